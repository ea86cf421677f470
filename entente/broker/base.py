"""What every broker offers: a producer that acknowledges, a consumer that tells its positions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self


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
    """Reads messages in the order of each partition. Stores no offsets: whoever reads keeps them with the effect."""

    def poll(self, timeout: float, limit: int) -> Sequence[Record]:
        """Up to `limit` next messages, waiting up to `timeout` seconds for the first.

        Raises:
            BrokerError: the broker refuses; a broker that is merely away is waited for.
        """

    @property
    def positions(self) -> Mapping[Position, int]:
        """For each partition now read by this consumer, the offset that comes next."""

    def end_offsets(self) -> Mapping[Position, int]:
        """For each partition now read by this consumer, the offset behind the last message, for the lag."""

    def seek(self, position: Position, offset: int) -> None:
        """Read on from this offset."""

    def close(self) -> None:
        """Let go of the broker."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
