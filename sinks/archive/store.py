"""What messages do to the archive. Everything here runs inside the caller's transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Table, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from entente import codec
from entente.broker import Position, Record
from entente.domain import ActorMentions, AlertId, Article, Shift, ShiftId, Statement
from sinks.alerts.announce import History, Telling, revision_of_shift
from sinks.archive import tables

CHUNK = 500  # values in one question to the database

Row = dict[str, Any]


class Arrival(NamedTuple):
    """A message and the word in it."""

    record: Record
    word: Article | ActorMentions | Statement | Shift


def archive(connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Keep the words. The same words again change nothing; an older version of an article does not replace a newer."""
    words = [arrival.word for arrival in arrivals]
    _upsert(connection, tables.articles, [_article(w, now) for w in words if isinstance(w, Article)], "version")
    mentions = [_mentions(w, now) for w in words if isinstance(w, ActorMentions)]
    _upsert(connection, tables.mentions, mentions, "article_version")
    _upsert(connection, tables.statements, [_statement(w, now) for w in words if isinstance(w, Statement)])
    shifts = [(a.record, a.word) for a in arrivals if isinstance(a.word, Shift)]
    _upsert(connection, tables.shifts, [_shift(w, now) for _, w in shifts])  # the last in the topic's order stands
    insert_new(connection, tables.shift_revisions, [_shift_revision(r, w, now) for r, w in shifts])


def lock_positions(connection: Connection, positions: Iterable[Position]) -> Mapping[Position, int]:
    """The stored offsets of these partitions, which nobody else can change before this transaction ends."""
    table, wanted = tables.positions, sorted(positions)
    rows = [{"topic": place.topic, "partition": place.partition, "next_offset": 0} for place in wanted]
    insert_new(connection, table, rows)
    # Always in the same order, so that two owners of the same partitions do not wait for each other.
    query = select(table).order_by(table.c.topic, table.c.partition).with_for_update()
    query = query.where(tuple_(table.c.topic, table.c.partition).in_(wanted))
    return {Position(row.topic, row.partition): row.next_offset for row in connection.execute(query)}


def move_positions(connection: Connection, offsets: Mapping[Position, int]) -> None:
    """Store the offsets to read next."""
    rows = [{"topic": place.topic, "partition": place.partition, "next_offset": o} for place, o in offsets.items()]
    _upsert(connection, tables.positions, rows)


def stored_positions(connection: Connection) -> Mapping[Position, int]:
    """The offsets to read next, of all partitions ever read."""
    rows = connection.execute(select(tables.positions))
    return {Position(row.topic, row.partition): row.next_offset for row in rows}


def history(connection: Connection, shifts: Iterable[ShiftId]) -> History:
    """What was seen and told of these shifts."""
    ids = sorted(set(shifts))
    return History(_tellings(connection, tables.alerts.c.shift_id, ids), _seen(connection, ids))


def tellings_of_alerts(connection: Connection, alerts: Iterable[AlertId]) -> dict[AlertId, list[Telling]]:
    """What was told under these ids."""
    return _tellings(connection, tables.alerts.c.id, sorted(set(alerts)))


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert those rows whose key does not stand there."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def close_channel(connection: Connection, channel: str, reason: str, now: datetime) -> None:
    """Send nothing to the channel any more."""
    _upsert(connection, tables.closed_channels, [{"channel": channel, "reason": reason, "closed_at": now}])


def open_channels(connection: Connection, channels: Iterable[str]) -> None:
    """Send to these channels again."""
    connection.execute(delete(tables.closed_channels).where(tables.closed_channels.c.channel.in_(set(channels))))


def _tellings(connection: Connection, column: Column[Any], values: Sequence[str]) -> dict[AlertId, list[Telling]]:
    table = tables.alerts
    told: dict[AlertId, list[Telling]] = {}
    for chunk in _chunks(values):
        query = select(table.c.id, table.c.revision, table.c.number, table.c.status).where(column.in_(chunk))
        for row in connection.execute(query):
            told.setdefault(row.id, []).append(Telling(row.revision, row.number, row.status))
    return told


def _seen(connection: Connection, shifts: Sequence[ShiftId]) -> dict[ShiftId, set[str]]:
    table = tables.shift_revisions
    parts = (table.c.shift_id, table.c.status, table.c.type, table.c.from_label, table.c.to_label)
    seen: dict[ShiftId, set[str]] = {}
    for chunk in _chunks(shifts):
        for row in connection.execute(select(*parts).where(table.c.shift_id.in_(chunk))):
            seen.setdefault(row.shift_id, set()).add(revision_of_shift(*row))
    return seen


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _upsert(connection: Connection, table: Table, rows: Sequence[Row], version: str | None = None) -> None:
    """Insert the rows, or change those with the same key; with `version`, unless what stands there is newer."""
    if not rows:
        return
    insert = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    insert = insert.on_conflict_do_update(
        index_elements=keys,
        set_={column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys},
        where=table.c[version] <= insert.excluded[version] if version else None,
    )
    connection.execute(insert, rows)


def _body(word: object) -> str:
    return codec.encode(word).decode()


def _article(word: Article, now: datetime) -> Row:
    return {
        "id": word.id,
        "version": word.version,
        "outlet": word.outlet,
        "url": word.url,
        "title": word.title,
        "published": word.published,
        "body": _body(word),
        "archived_at": now,
    }


def _mentions(word: ActorMentions, now: datetime) -> Row:
    return {
        "article_id": word.article_id,
        "actor": word.actor,
        "article_version": word.article_version,
        "outlet": word.outlet,
        "published": word.published,
        "count": len(word.mentions),
        "body": _body(word),
        "archived_at": now,
    }


def _statement(word: Statement, now: datetime) -> Row:
    return {
        "id": word.id,
        "article_id": word.article_id,
        "article_version": word.article_version,
        "holder": word.holder,
        "target": word.target,
        "type": word.type.value,
        "outlet": word.outlet,
        "polarity": word.polarity,
        "confidence": word.confidence,
        "published": word.published,
        "body": _body(word),
        "archived_at": now,
    }


def _shift(word: Shift, now: datetime) -> Row:
    return {"id": word.id, "revision": word.revision, **_told(word, now)}


def _shift_revision(record: Record, word: Shift, now: datetime) -> Row:
    return {
        "shift_id": word.id,
        "revision": word.revision,
        "topic_partition": record.partition,
        "topic_offset": record.offset,
        **_told(word, now),
    }


def _told(word: Shift, now: datetime) -> Row:
    return {
        "holder": word.holder,
        "target": word.target,
        "type": word.type.value,
        "from_label": word.from_.value,
        "to_label": word.to.value,
        "at": word.at,
        "status": word.status.value,
        "sources": word.sources,
        "body": _body(word),
        "archived_at": now,
    }
