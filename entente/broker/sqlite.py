"""Producer and consumer on the log in SQLite."""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from entente.broker.base import FindOffsets, Position, Record, check_size, start_at
from entente.broker.log import Log, Row
from entente.errors import BrokerError
from entente.topics import Topic

FLUSH_BYTES = 4_000_000  # of values held before they are appended without being asked
FLUSH_ROWS = 500
SWEEP_EVERY = 3600.0  # seconds

log = logging.getLogger(__name__)


def path_of(url: str) -> Path:
    """The file of `sqlite:///data/log.db` (relative) or `sqlite:////var/lib/log.db` (absolute)."""
    return Path(url.removeprefix("sqlite:///"))


def create_sqlite_topics(path: Path, topics: Sequence[Topic]) -> None:
    """Create those topics that do not exist, and remove what is older than their retention.

    Every topic has one partition: one process reads it anyway, and so it keeps the order of arrival.

    Raises:
        BrokerError: the file cannot be written.
    """
    store = Log(path)
    try:
        for topic in topics:
            store.create(topic.name, retention=topic.retention)
        _sweep(store)
    finally:
        store.close()


class SqliteProducer:
    """Appends messages in transactions of many. Can be used by several threads."""

    def __init__(self, path: Path) -> None:
        self._store = Log(path)
        self._lock = threading.Lock()
        self._known: set[str] = set()  # topics
        self._held: list[Row] = []
        self._bytes = 0

    def send(self, topic: str, key: str | None, value: bytes, headers: Mapping[str, str]) -> None:
        """Take a message; many of them are appended at once, by `flush` or when enough are held.

        Raises:
            BrokerError: the topic does not exist, the message is too large, or what was held could not be appended.
        """
        if topic not in self._known:
            self._store.partitions(topic)  # raises when there is no such topic
            self._known.add(topic)
        key_bytes = None if key is None else key.encode()
        check_size(topic, key_bytes, value, headers)
        with self._lock:
            self._held.append(Row(topic, 0, key_bytes, value, headers))
            self._bytes += len(value)
            if len(self._held) >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
                self._append()

    def flush(self) -> None:
        """Append what is held, in one transaction.

        Raises:
            BrokerError: it could not be appended; all since the last flush may have to be sent again.
        """
        with self._lock:
            self._append()

    def close(self) -> None:
        """Flush, then close the file."""
        try:
            self.flush()
        finally:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self) -> None:
        rows, self._held, self._bytes = self._held, [], 0
        if rows:
            self._store.append(rows)


class SqliteConsumer:
    """Reads topics in turn, so that a long one does not hold up the others."""

    def __init__(self, path: Path, topics: Sequence[str], find_offsets: FindOffsets) -> None:
        self._store = Log(path)
        try:
            places = [Position(topic, part) for topic in topics for part in range(self._store.partitions(topic))]
            stored = find_offsets(places)
            self._positions = {
                place: start_at(
                    place, stored.get(place), self._store.first_offset(place), self._store.next_offset(place)
                )
                for place in places
            }
        except BaseException:
            self._store.close()
            raise
        self._turns = places
        self._version = 0
        self._swept = time.monotonic()

    def poll(self, timeout: float, limit: int) -> Sequence[Record]:
        """Up to `limit` next messages, waiting up to `timeout` seconds for the first.

        Raises:
            BrokerError: the file cannot be read.
        """
        if time.monotonic() - self._swept > SWEEP_EVERY:
            self._swept = time.monotonic()
            _sweep(self._store)
        deadline = time.monotonic() + timeout
        while True:
            # Asked before reading: what is appended in between makes the next wait return at once.
            self._version = self._store.wait(self._version, 0)
            records = self._read(limit)
            if records or time.monotonic() >= deadline:
                return records
            self._store.wait(self._version, deadline - time.monotonic())

    @property
    def positions(self) -> Mapping[Position, int]:
        """For each partition, the offset that comes next."""
        return dict(self._positions)

    def end_offsets(self) -> Mapping[Position, int]:
        """For each partition, the offset behind the last message."""
        return {place: self._store.next_offset(place) for place in self._positions}

    def seek(self, position: Position, offset: int) -> None:
        """Read on from this offset.

        Raises:
            KeyError: this consumer does not read that partition.
        """
        if position not in self._positions:
            raise KeyError(position)
        self._positions[position] = offset

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self, limit: int) -> list[Record]:
        records: list[Record] = []
        for place in list(self._turns):
            found = self._store.read(place, self._positions[place], limit - len(records))
            if found:
                records += found
                self._positions[place] = found[-1].offset + 1
                self._turns.remove(place)
                self._turns.append(place)
            if len(records) >= limit:
                break
        return records


def _sweep(store: Log) -> None:
    try:
        store.sweep(datetime.now(UTC))
    except BrokerError as error:  # nothing is lost by keeping messages for longer
        log.warning("old messages stay for now: %s", error)
