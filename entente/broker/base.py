"""What every broker offers: a producer that acknowledges, a consumer that tells its positions."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from entente.errors import BrokerError

MAX_MESSAGE_BYTES = 5_000_000  # key, value and headers of one message, on every broker

log = logging.getLogger(__name__)


class Position(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True)
class Record:
    """A message as the broker keeps it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, str] = field(default_factory=dict)
    timestamp: datetime | None = None  # when the broker took it

    @property
    def position(self) -> Position:
        """The partition it stands in."""
        return Position(self.topic, self.partition)


# Given partitions, the offset to read next in each; what it leaves out is read from the start.
FindOffsets = Callable[[Sequence[Position]], Mapping[Position, int]]


class Producer(Protocol):
    """Appends messages. Messages of one key stay in order."""

    def send(self, topic: str, key: str | None, value: bytes, headers: Mapping[str, str]) -> None:
        """Take a message for sending; it is only safe after `flush`.

        Raises:
            BrokerError: the topic does not exist, or the message is too large.
        """

    def flush(self) -> None:
        """Return when the broker has acknowledged all messages taken.

        Raises:
            BrokerError: it did not acknowledge one of them; all since the last flush may have to be sent again.
        """

    def close(self) -> None:
        """Flush, then let go of the broker."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Consumer(Protocol):
    """Reads messages in the order of each partition, in one thread.

    Whoever reads keeps the offsets with the effect. Partitions can come and go with every poll; one that comes is read
    from where `find_offsets`, called in the polling thread, then says.
    """

    def poll(self, timeout: float, limit: int) -> Sequence[Record]:
        """Up to `limit` next messages, waiting up to `timeout` seconds for the first.

        What earlier calls returned is taken to be dealt with.

        Raises:
            BrokerError: the broker refuses; a broker that is merely away is waited for.
        """

    @property
    def positions(self) -> Mapping[Position, int]:
        """For each partition now read by this consumer, the offset that comes next."""

    def end_offsets(self) -> Mapping[Position, int]:
        """For each partition now read by this consumer, the offset behind the last message, for the lag."""

    def seek(self, position: Position, offset: int) -> None:
        """Read on from this offset.

        Raises:
            KeyError: this consumer does not read that partition now.
        """

    def close(self) -> None:
        """Let go of the broker."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def check_size(topic: str, key: bytes | None, value: bytes, headers: Mapping[str, str]) -> None:
    """Check that a message may be sent.

    Raises:
        BrokerError: it is too large.
    """
    size = len(key or b"") + len(value) + sum(len(name) + len(text.encode()) for name, text in headers.items())
    if size > MAX_MESSAGE_BYTES:
        raise BrokerError(
            f"a message for {topic!r} with the key {key!r} has {size} bytes, {MAX_MESSAGE_BYTES} are allowed; "
            "shorten its text"
        )


def start_at(position: Position, stored: int | None, first: int, end: int) -> int:
    """Where to read on in a partition that holds the offsets from `first` to before `end`.

    Normally where the reader stopped. Where that is not there any more, nothing that is there may be passed over.
    """
    if stored is None:
        return first
    where = f"topic {position.topic!r}, partition {position.partition}"
    if stored > end:
        log.warning("%s ends at %d and was read to %d: it was made anew, reading from its start", where, end, stored)
        return first
    if stored < first:
        log.warning("%s: %d messages expired before they were read", where, first - stored)
    return max(stored, first)
