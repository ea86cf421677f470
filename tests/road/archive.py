"""What stands at the end of the road: the archive, the alerts file, the table of stances."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from entente.broker import Position
from entente.broker.log import Log
from entente.topics import ALL, ARTICLES, DEADLETTERS, STATEMENTS
from processors.tracking.shifts import RETOLD

COMPARED = ("articles", "mentions", "statements", "shifts", "shift_revisions", "alerts")
FINAL = ("articles", "mentions", "statements", "shifts")  # current forms, without the way to them
CLOCKS = ("fetched",)  # fields of bodies that hold this machine's clock
PLACES = ("topic_partition", "topic_offset")  # a message that is sent again stands in another place
GROUP = "entente-processors"


def contents(database: Path, tables: Iterable[str] = COMPARED) -> dict[str, list[dict[str, Any]]]:
    """The rows of the tables, without the clocks of this machine; empty before there is an archive."""
    if not database.exists():
        return {table: [] for table in tables}
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)
    connection.row_factory = sqlite3.Row
    try:
        found = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608
    except sqlite3.OperationalError as error:  # before the first migration
        if "no such table" not in str(error):
            raise
        return {table: [] for table in tables}
    finally:
        connection.close()
    return {table: sorted(map(_timeless, rows), key=json.dumps) for table, rows in found.items()}


def _timeless(row: sqlite3.Row) -> dict[str, Any]:
    kept = {name: row[name] for name in row.keys() if not name.endswith("_at") and name not in PLACES}  # noqa: SIM118
    if "body" in kept:
        kept["body"] = {k: v for k, v in json.loads(kept["body"]).items() if k not in CLOCKS}
    return kept


def standing(shifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shifts without those that only the order of arrival showed for a while, and that were taken back for it."""
    return [shift for shift in shifts if shift["body"]["reason"] != RETOLD]


def alerts(file: Path) -> list[dict[str, Any]]:
    """The alerts in the file."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def doubled(file: Path) -> list[tuple[str, str]]:
    """Alerts that stand in the file more than once in the same revision."""
    told = [(alert["id"], alert["revision"]) for alert in alerts(file)]
    return sorted({alert for alert in told if told.count(alert) > 1})


def stances(log_file: Path) -> dict[bytes, bytes]:
    """The table of stances as its changelog keeps it."""
    log = Log(log_file)
    changelog = Position(f"{GROUP}-stances-changelog", 0)
    rows = log.read(changelog, log.first_offset(changelog), 1_000_000)
    log.close()
    return {row.key: row.value for row in rows if row.key and row.value}


def settled(folder: Path) -> bool:
    """Whether everything in the log of this folder has been read, tracked and archived."""
    if not (folder / "entente.db").exists() or not (folder / "log.db").exists():
        return False
    log = Log(folder / "log.db")
    try:
        committed = log.committed(GROUP)
        ends = {topic: log.next_offset(Position(topic.name, 0)) for topic in ALL}
    finally:
        log.close()
    archived = _archived(folder / "entente.db")
    read = all(committed.get(Position(topic.name, 0), 0) >= ends[topic] for topic in (ARTICLES, STATEMENTS))
    return read and all(archived.get(topic.name, 0) >= end for topic, end in ends.items() if topic is not DEADLETTERS)


def _archived(database: Path) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)
    try:
        rows = connection.execute("SELECT topic, next_offset FROM positions").fetchall()
    except sqlite3.OperationalError as error:  # before the first migration
        if "no such table" not in str(error):
            raise
        return {}
    finally:
        connection.close()
    return dict(rows)


def final(archive: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """What does not depend on the order of arrival, which Kafka keeps only within a partition."""
    kept = {table: archive[table] for table in FINAL}
    return {**kept, "shifts": standing(kept["shifts"])}
