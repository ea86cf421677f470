"""The two agents, thin around pure functions: read an article, track a stance.

An agent never acknowledges by going on: `publish` finishes an event, with what follows from it or with a dead letter.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import NamedTuple

import faust
from faust.types import ConsumerMessage, EventT, StreamT

from entente import codec, deadletters
from entente.broker import Record
from entente.broker.base import check_size
from entente.broker.kafka_cluster import MAX_BATCH_BYTES
from entente.domain import Statement
from entente.errors import UndecodableMessageError
from entente.packs import Actors
from entente.topics import ARTICLES, STATEMENTS, Topic, pair_key
from processors import messages, metrics
from processors.messages import Output
from processors.reading_process import Found, ReaderUnavailableError, ReadingPool
from processors.tracking.shifts import PairState, prior, track
from processors.transport import Write, headers_of, publish

log = logging.getLogger(__name__)

ATTEMPTS = 2  # at a message with which something failed unexpectedly
AHEAD = 64  # articles that wait in the reading processes, so that they need not wait for the loop
LAG_EVERY = 5.0  # seconds


class Following(NamedTuple):
    """What follows from a message."""

    outputs: list[Output]
    write: Write | None = None


Follow = Callable[[], Awaitable[Following]]


def register(app: faust.App, reading: ReadingPool, actors: Actors) -> None:
    """Add the agents `extract` and `track`, and the table `stances` (pair to PairState), to the application."""
    stances = app.Table(
        "stances",
        key_type=bytes,
        value_type=bytes,
        partitions=STATEMENTS.partitions,
        extra_topic_configs={"max.message.bytes": str(MAX_BATCH_BYTES)},
    )
    stances.changelog_topic.replicas = -1  # as many as the broker's default says

    @app.agent(_bytes_of(app, ARTICLES), name="extract")
    async def extract(stream: StreamT) -> None:
        waiting: asyncio.Queue[tuple[EventT, Future[Found]]] = asyncio.Queue(AHEAD)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_publish_in_order(waiting, reading))
            async for event in stream.noack().events():
                await waiting.put((event, _submit(reading, event.message)))

    @app.agent(_bytes_of(app, STATEMENTS), name="track")
    async def follow(stream: StreamT) -> None:
        async for event in stream.noack().events():
            message = event.message

            async def find_shifts(message: ConsumerMessage = message) -> Following:
                return track_statement(stances, actors, message)

            await handle(event, STATEMENTS, "track", find_shifts)

    @app.timer(LAG_EVERY)
    async def measure_lag() -> None:
        for topic in metrics.READ:
            lag = await app.consumer.lag(topic.name)
            if lag is not None:
                metrics.lag_of(topic).set(lag)


def _bytes_of(app: faust.App, topic: Topic) -> faust.TopicT:
    return app.topic(topic.name, key_type=bytes, value_type=bytes, value_serializer="raw", allow_empty=True)


def _submit(reading: ReadingPool, message: ConsumerMessage) -> Future[Found]:
    return reading.submit(message.value, headers_of(message))


async def _publish_in_order(waiting: asyncio.Queue[tuple[EventT, Future[Found]]], reading: ReadingPool) -> None:
    while True:
        event, first = await waiting.get()
        futures = [first]  # the first attempt is under way, a second one would begin when the first has failed

        async def find_statements(event: EventT = event, futures: list[Future[Found]] = futures) -> Following:
            found = await reading.result(futures.pop() if futures else _submit(reading, event.message))
            metrics.count_article(found, datetime.now(UTC))
            return Following(found.outputs)

        await handle(event, ARTICLES, "extract", find_statements)


def track_statement(stances: faust.Table, actors: Actors, message: ConsumerMessage) -> Following:
    """What a statement changes: the shifts that must be told, and the new state of its pair.

    Raises:
        UndecodableMessageError: the message is no statement that this program reads.
        BrokerError: the state or a shift has become too large for a broker.
    """
    statement: Statement = codec.read(STATEMENTS, message.value, headers_of(message))
    key = pair_key(statement.holder, statement.target).encode()
    known = stances.get(key)
    state, shifts = track(
        None if known is None else codec.decode(known, PairState),
        statement,
        prior(actors, statement.holder, statement.target, statement.published.date()),
    )
    outputs, value = messages.of_shifts(shifts), codec.encode(state)
    check_size(stances.changelog_topic_name, key, value, {})

    def write() -> None:
        # Also when nothing changed: the first time, the program may have ended before this write was safe.
        stances[key] = value

    for shift in shifts:
        metrics.SHIFTS_FOUND.labels(status=shift.status.value).inc()
    return Following(outputs, write)


async def handle(event: EventT, topic: Topic, place: str, follow: Follow) -> None:
    """Publish what follows from a message; one that cannot be handled goes to the dead letters, as it is.

    Errors of the broker, or of a reader that cannot start, are not the message's fault: they are raised, and stop the
    worker.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            following = await follow()
        except UndecodableMessageError as error:
            await bury(event, topic, place, error, attempt)
            return
        except ReaderUnavailableError:
            raise
        except Exception as error:
            log.exception("%s failed at %s, attempt %d", place, _where(event.message), attempt)
            if attempt == ATTEMPTS:
                await bury(event, topic, place, error, attempt)
        else:
            await publish(event, following.outputs, following.write)
            return


async def bury(event: EventT, topic: Topic, place: str, error: Exception, attempt: int) -> None:
    """Publish a dead letter instead of what would follow. If that cannot be sent, the event stays unfinished."""
    message = event.message
    record = Record(message.topic, message.partition, message.offset, message.key, message.value, headers_of(message))
    letter = deadletters.of(record, error, place, attempt, datetime.now(UTC))
    log.warning("%s gave up %s: %s", place, _where(message), letter.error)
    await publish(event, [messages.of_letter(letter)])
    metrics.count_dead_letter(topic)


def _where(message: ConsumerMessage) -> str:
    return f"{message.topic}:{message.partition}:{message.offset}"
