"""What the poller remembers between polls and over restarts, in SQLite.

A feed's validators are an offset: stored before its articles are safe, they would make the server say "not modified"
and lose them. So `remember` is called after the broker has acknowledged, and stores everything in one transaction.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from entente.domain import ArticleId
from entente.errors import SettingsError
from ingest.dedupe import News, Seen
from ingest.feeds import Feed
from ingest.fetch import NO_VALIDATORS, Validators

_SCHEMA = 1
_TABLES = """
CREATE TABLE feed (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body TEXT,
    next_due TEXT,
    fails INTEGER NOT NULL,
    error TEXT,
    last_ok TEXT,
    last_article TEXT
) STRICT;
CREATE TABLE seen (
    article TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    published TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_CHUNK = 500  # parameters of one query


@dataclass(frozen=True)
class Memory:
    """What is known of one feed."""

    validators: Validators = NO_VALIDATORS
    body: str | None = None  # hash of the last document that was taken in whole
    next_due: datetime | None = None
    fails: int = 0  # in a row
    error: str | None = None  # of the last failure
    last_ok: datetime | None = None  # when the feed last answered well
    last_article: datetime | None = None  # when something of it was last published


class State:
    """The memory of all feeds. Thread-safe; for one poller at a time.

    Raises:
        SettingsError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")  # after a power cut some articles are published again
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._db.executescript(f"BEGIN IMMEDIATE; {_TABLES} COMMIT;")
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(f"ENTENTE_FEED_STATE {path}: {error}") from error
        if version > _SCHEMA:
            self._db.close()
            raise SettingsError(f"ENTENTE_FEED_STATE {path}: written by a newer entente; upgrade, or name another file")

    def recall(self, feed: Feed) -> Memory:
        """What is known of a feed; of its past addresses only what concerns its articles."""
        with self._lock:
            row = self._db.execute(
                "SELECT url, etag, last_modified, body, next_due, fails, error, last_ok, last_article"
                " FROM feed WHERE id = ?",
                (feed.id,),
            ).fetchone()
        if row is None:
            return Memory()
        url, etag, last_modified, body, next_due, fails, error, last_ok, last_article = row
        if url != feed.url:
            return Memory(last_ok=_time(last_ok), last_article=_time(last_article))
        return Memory(
            Validators(etag, last_modified), body, _time(next_due), fails, error, _time(last_ok), _time(last_article)
        )

    def last_article(self) -> datetime | None:
        """When something was last published."""
        with self._lock:
            return _time(self._db.execute("SELECT max(last_article) FROM feed").fetchone()[0])

    def seen(self, articles: Sequence[ArticleId]) -> dict[ArticleId, Seen]:
        """What was published of these articles."""
        found: dict[ArticleId, Seen] = {}
        with self._lock:
            for start in range(0, len(articles), _CHUNK):
                ids = articles[start : start + _CHUNK]
                marks = ",".join("?" * len(ids))
                rows = self._db.execute(
                    f"SELECT article, content, version, published FROM seen WHERE article IN ({marks})",  # noqa: S608 - marks only
                    ids,
                )
                for article, content, version, published in rows:
                    found[ArticleId(article)] = Seen(content, version, datetime.fromisoformat(published))
        return found

    def remember(self, feed: Feed, memory: Memory, news: Iterable[News] = ()) -> None:
        """Store what is known of a feed and what of it is now safe with the broker, in one transaction."""
        row = (
            feed.id,
            feed.url,
            memory.validators.etag,
            memory.validators.last_modified,
            memory.body,
            _text(memory.next_due),
            memory.fails,
            memory.error,
            _text(memory.last_ok),
            _text(memory.last_article),
        )
        seen = [(n.article.id, n.seen.content, n.seen.version, n.seen.published.isoformat()) for n in news]
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", seen)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
