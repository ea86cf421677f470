"""An append-only log of topics in one SQLite file, for many threads and processes.

A message is there for good once `append` returns: the write-ahead log is synced to disk at every commit.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from entente.broker.base import Position, Record
from entente.errors import BrokerError

BUSY_TIMEOUT = 10.0  # seconds that a write waits for another process's
LOOK_EVERY = 0.02  # seconds between looks for what another process appended
SWEEP_ROWS = 1000  # removed in one transaction, so that no append waits long for a sweep

_EPOCH = datetime.fromtimestamp(0, UTC)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topic (
    name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, retention INTEGER, compact INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS seq (
    topic TEXT, part INTEGER, next INTEGER NOT NULL, PRIMARY KEY (topic, part)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log (
    topic TEXT, part INTEGER, off INTEGER, ts INTEGER NOT NULL, key BLOB, value BLOB, headers TEXT NOT NULL,
    PRIMARY KEY (topic, part, off)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS committed (
    grp TEXT, topic TEXT, part INTEGER, off INTEGER NOT NULL, PRIMARY KEY (grp, topic, part)
) WITHOUT ROWID;
"""  # times and durations in microseconds
_REMEDIES = {
    sqlite3.SQLITE_FULL: "free some space; nothing of this write was stored",
    sqlite3.SQLITE_BUSY: f"another process kept it locked for {BUSY_TIMEOUT:.0f} s; nothing of this write was stored",
    sqlite3.SQLITE_NOTADB: "it is no log of ours; let ENTENTE_BROKER name another file",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore a copy, or move it away to start an empty log",
    sqlite3.SQLITE_CANTOPEN: "let ENTENTE_BROKER name a file that can be written",
    sqlite3.SQLITE_READONLY: "make it and its folder writable, or let ENTENTE_BROKER name another file",
}


class Row(NamedTuple):
    """A message to append."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str]


class Log:
    """One log file, created with its folder when it is missing. All methods can be called from any thread.

    Raises:
        BrokerError: from any method: the file cannot be opened, read or written, or a topic does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BrokerError(f"{path.parent}: {error.strerror}; let ENTENTE_BROKER name another folder") from error
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        with _told(path):
            self._write, self._read = _connect(path), _connect(path)
        self._bell = _bell_of(path)

    def create(
        self, topic: str, partitions: int = 1, *, retention: timedelta | None = None, compact: bool = False
    ) -> None:
        """Create a topic; one that exists stays as it is.

        Args:
            topic: its name.
            partitions: how many.
            retention: how long `sweep` keeps its messages; None keeps them for good.
            compact: whether `sweep` keeps only the last message of each key.
        """
        kept = None if retention is None else _microseconds(retention)
        with self._transaction() as connection:
            known = connection.execute("SELECT 1 FROM topic WHERE name = ?", (topic,)).fetchone()
            if known:
                return
            connection.execute("INSERT INTO topic VALUES (?, ?, ?, ?)", (topic, partitions, kept, compact))
            connection.executemany("INSERT INTO seq VALUES (?, ?, 0)", [(topic, part) for part in range(partitions)])

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has."""
        found = self._query("SELECT partitions FROM topic WHERE name = ?", (topic,))
        if not found:
            raise BrokerError(_unknown(topic, self.path))
        count: int = found[0][0]
        return count

    def append(self, rows: Sequence[Row], commits: Mapping[tuple[str, Position], int] | None = None) -> list[int]:
        """Store all rows in their order, and for (group, position) the offset to read next, or nothing of both.

        Returns:
            The offset of each row.
        """
        with self._transaction() as connection:
            following = {place: self._next(connection, place) for place in dict.fromkeys(map(_place, rows))}
            now = _microseconds(datetime.now(UTC) - _EPOCH)
            offsets = []
            for place in map(_place, rows):
                offsets.append(following[place])
                following[place] += 1
            connection.executemany(
                "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (row.topic, row.partition, offset, now, row.key, row.value, json.dumps(dict(row.headers)))
                    for row, offset in zip(rows, offsets, strict=True)
                ],
            )
            connection.executemany(
                "UPDATE seq SET next = ? WHERE topic = ? AND part = ?",
                [(offset, *place) for place, offset in following.items()],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)",
                [(group, *place, offset) for (group, place), offset in (commits or {}).items()],
            )
        if rows:
            self._bell.ring()
        return offsets

    def read(self, position: Position, offset: int, limit: int) -> list[Record]:
        """Up to `limit` messages from this offset on; offsets that a sweep emptied are passed over."""
        found = self._query(
            "SELECT off, ts, key, value, headers FROM log WHERE topic = ? AND part = ? AND off >= ? "
            "ORDER BY off LIMIT ?",
            (*position, offset, limit),
        )
        if not found:
            self.next_offset(position)  # tells an unknown topic from one that has no more
        return [
            Record(*position, off, key, value, json.loads(headers), _EPOCH + timedelta(microseconds=ts))
            for off, ts, key, value, headers in found
        ]

    def first_offset(self, position: Position) -> int:
        """The offset of the oldest message still kept, or of the next one if there is none."""
        ((first,),) = self._query("SELECT min(off) FROM log WHERE topic = ? AND part = ?", position)
        return self.next_offset(position) if first is None else int(first)

    def next_offset(self, position: Position) -> int:
        """The offset that the next message will get."""
        with self._read_lock, _told(self.path):
            return self._next(self._read, position)

    def committed(self, group: str) -> Mapping[Position, int]:
        """For each position that a group committed, the offset to read next."""
        found = self._query("SELECT topic, part, off FROM committed WHERE grp = ?", (group,))
        return {Position(topic, part): off for topic, part, off in found}

    def wait(self, version: int, timeout: float) -> int:
        """Wait until the log is beyond this version, for `timeout` seconds at most; the version then.

        The version is the number of messages ever appended by anyone: begin with 0. Threads of this process are
        woken at once, other processes look every `LOOK_EVERY` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            rung = self._bell.rung
            ((now,),) = self._query("SELECT coalesce(sum(next), 0) FROM seq", ())
            left = deadline - time.monotonic()
            if now > version or left <= 0:
                return int(now)
            self._bell.listen(rung, min(left, LOOK_EVERY))

    def sweep(self, now: datetime) -> None:
        """Remove what is older than its topic's retention, and in compacted topics what a later message replaced."""
        topics = self._query("SELECT name, part, retention, compact FROM topic JOIN seq ON seq.topic = topic.name", ())
        for topic, part, retention, compact in topics:
            place = Position(topic, part)
            if retention is not None:
                self._expire(place, _microseconds(now - _EPOCH) - retention)
            if compact:
                self._compact(place)

    def close(self) -> None:
        """Close the file."""
        with self._write_lock, self._read_lock:
            self._write.close()
            self._read.close()

    def _expire(self, place: Position, before: int) -> None:
        first, end = self.first_offset(place), self.next_offset(place)
        found = self._query(
            "SELECT off FROM log WHERE topic = ? AND part = ? AND ts >= ? ORDER BY off LIMIT 1", (*place, before)
        )
        keep = found[0][0] if found else end
        for upto in range(first + SWEEP_ROWS, keep + SWEEP_ROWS, SWEEP_ROWS):
            with self._transaction() as connection:
                connection.execute(
                    "DELETE FROM log WHERE topic = ? AND part = ? AND off < ?", (*place, min(upto, keep))
                )

    def _compact(self, place: Position) -> None:
        with self._transaction() as connection:
            connection.execute(
                "DELETE FROM log WHERE topic = :t AND part = :p AND key IS NOT NULL AND off NOT IN "
                "(SELECT max(off) FROM log WHERE topic = :t AND part = :p GROUP BY key)",
                {"t": place.topic, "p": place.partition},
            )

    def _next(self, connection: sqlite3.Connection, place: Position) -> int:
        found = connection.execute("SELECT next FROM seq WHERE topic = ? AND part = ?", place).fetchone()
        if found is not None:
            return int(found[0])
        known = connection.execute("SELECT partitions FROM topic WHERE name = ?", (place.topic,)).fetchone()
        if known is None:
            raise BrokerError(_unknown(place.topic, self.path))
        raise BrokerError(f"topic {place.topic!r} has {known[0]} partitions, none with the number {place.partition}")

    def _query(self, statement: str, values: Sequence[Any]) -> list[Any]:
        with self._read_lock, _told(self.path):
            return self._read.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._write_lock, _told(self.path):
            self._write.execute("BEGIN IMMEDIATE")
            try:
                yield self._write
                self._write.execute("COMMIT")
            except BaseException:
                if self._write.in_transaction:  # some errors have rolled back already
                    self._write.execute("ROLLBACK")
                raise


class _Bell:
    """Wakes the threads of this process that wait for one file."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.rung = 0

    def ring(self) -> None:
        with self._condition:
            self.rung += 1
            self._condition.notify_all()

    def listen(self, rung: int, timeout: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self.rung != rung, timeout)


_bells: WeakValueDictionary[Path, _Bell] = WeakValueDictionary()
_bells_lock = threading.Lock()


def _bell_of(path: Path) -> _Bell:
    with _bells_lock:
        return _bells.setdefault(path.resolve(), _Bell())


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        _use_write_ahead_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not wait by itself when two processes turn a new file into a write-ahead log at once.
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(LOOK_EVERY)
        else:
            return


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        remedy = _REMEDIES.get(_code(error), "see the message of SQLite before the semicolon")
        raise BrokerError(f"the log {path} ({error.__class__.__name__}): {error}; {remedy}") from error


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # without the extension; misuse of the module has none


def _unknown(topic: str, path: Path) -> str:
    return f"topic {topic!r} does not exist in {path}; every stage creates its topics at start (broker.create_topics)"


def _place(row: Row) -> Position:
    return Position(row.topic, row.partition)


def _microseconds(duration: timedelta) -> int:
    return duration // timedelta(microseconds=1)
