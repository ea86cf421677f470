"""Messages that could not be handled: how they are written, found and sent again."""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from entente import codec
from entente.broker import Consumer, Position, Record, open_consumer, open_producer
from entente.broker.sqlite import path_of
from entente.domain import DeadLetter
from entente.errors import BrokerError, InputError, UndecodableMessageError
from entente.topics import DEADLETTERS

log = logging.getLogger(__name__)

LARGEST = 3_000_000  # bytes of a message that a dead letter keeps: JSON makes four thirds of them, and 5 MB may be sent
LONGEST = 2_000  # characters of an error
LIMIT = 500  # messages a poll
PATIENCE = 30.0  # seconds without a message, although the broker has more


class Letter(NamedTuple):
    """A dead letter and its number, which is its offset in the topic."""

    number: int
    word: DeadLetter


def of(record: Record, error: BaseException, place: str, attempt: int, at: datetime) -> DeadLetter:
    """The message as it was, with why and where.

    Of a value of more than LARGEST bytes only the start is kept, so that the letter can be sent; `replay` finds the
    whole in its topic.

    Args:
        record: the message.
        error: why it could not be handled.
        place: the agent or sink that gave up.
        attempt: how often it was tried.
        at: when.
    """
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=(record.value or b"")[:LARGEST],
        headers=record.headers,
        error=f"{type(error).__name__}: {error}"[:LONGEST],
        place=place,
        attempt=attempt,
        at=at,
    )


def read(url: str) -> Iterator[Letter]:
    """All dead letters that the broker still keeps, the oldest first; one that is itself unreadable is only logged.

    Before anything ran there are none, and no file is made.

    Raises:
        BrokerError: the broker does not answer.
    """
    if urlsplit(url).scheme == "sqlite" and not path_of(url).exists():
        return
    with open_consumer(url, [DEADLETTERS.name], _group(), lambda _: {}) as consumer:
        for record in _until_end(consumer):
            try:
                yield Letter(record.offset, codec.read(DEADLETTERS, record.value, record.headers))
            except UndecodableMessageError as error:
                log.warning("dead letter %d is itself unreadable: %s", record.offset, error)


def replay(url: str, wanted: Callable[[Letter], bool]) -> Iterator[Letter]:
    """Send the messages of these letters to where they came from, each as it was; yield each letter that was sent.

    Raises:
        BrokerError: the broker refuses.
        InputError: the letter keeps only the start of its message, and the message itself is gone.
    """
    letters = [letter for letter in read(url) if wanted(letter)]
    if not letters:
        return
    with open_producer(url) as producer:
        for letter in letters:
            word = letter.word
            value = word.value if len(word.value) < LARGEST else _whole(url, letter)
            # A key only groups messages, so that one which is no text may change.
            key = None if word.key is None else word.key.decode(errors="replace")
            producer.send(word.topic, key, value, word.headers)
            producer.flush()
            yield letter


def _whole(url: str, letter: Letter) -> bytes:
    word = letter.word
    place = Position(word.topic, word.partition)
    with open_consumer(url, [word.topic], _group(), lambda _: {place: word.offset}) as consumer:
        for record in _until_end(consumer):
            if record.position == place and record.offset == word.offset and record.value is not None:
                return record.value
    raise InputError(
        f"dead letter {letter.number} keeps only the first {LARGEST} bytes, and its message is no longer at "
        f"{word.topic}:{word.partition}:{word.offset}; it cannot be replayed"
    )


def _group() -> str:
    """One of its own, so that nobody who looks at the same time shares the messages."""
    return f"entente-deadletters-{uuid4().hex}"


def _until_end(consumer: Consumer) -> Iterator[Record]:
    """What stands in the consumer's topics now."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        records: Iterable[Record] = consumer.poll(0.5, LIMIT)
        for record in records:
            yield record
            deadline = monotonic() + PATIENCE
        positions, ends = consumer.positions, consumer.end_offsets()
        if positions and all(positions.get(position, 0) >= end for position, end in ends.items()):
            return
    raise BrokerError(f"the broker sent nothing for {PATIENCE:.0f} s, although it has more messages; is it healthy?")
