"""Killed again and again in the middle of its work, it ends with the archive and alerts of an undisturbed run."""

import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from entente import codec
from entente.broker import create_topics, open_producer
from entente.domain import ShiftStatus
from entente.settings import Settings
from entente.topics import ALL, ARTICLES
from sinks.archive import tables
from sinks.archive.database import migrate, open_database
from sinks.stage import create
from tests import builders
from tests.road.program import SUBSCRIPTIONS, Program
from tests.services.wait import wait_until
from tests.sinks.parts import TOPICS, rows

EACH = 500  # articles, mentions, statements and shifts: 2,000 messages
KILL_AT = ((1, 0), (600, 0), (0, 20), (0, 110), (0, 220))  # messages archived, alerts in the file
COMPARED = sorted(set(tables.metadata.tables) - {"delivery_attempts"})


def words() -> Iterator[Any]:
    """Messages with all that a crash of their sender brings: revisions out of order, and the same again."""
    rng = random.Random(5)
    for number in range(EACH):
        name = f"a{number // 2}"
        yield builders.article(id=name, version=1 + number % 2)
        yield builders.actor_mentions(article_id=name, article_version=1 + number % 2)
        yield builders.statement(article_id=name)
        cause = builders.statement(article_id=name)
        status = rng.choice(list(ShiftStatus))
        yield replace(
            builders.shift(id=f"s{rng.randrange(150)}", status=status, sources=rng.randrange(1, 4)),
            revision=f"{status}-{rng.randrange(5)}",
            article_ids=(cause.article_id,),
            statements=(cause,),
        )


def fill(broker: str) -> None:
    create_topics(broker, ALL)
    with open_producer(broker) as producer:
        for word in words():
            producer.send(TOPICS[type(word)].name, codec.key(word), codec.encode(word), {})
        producer.send(ARTICLES.name, "bad", b"{", {})


def settings(folder: Path, database: str) -> dict[str, str]:
    (folder / "subscriptions.yaml").write_text(json.dumps(SUBSCRIPTIONS))
    return {
        "ENTENTE_BROKER": f"sqlite:///{folder / 'log.db'}",
        "ENTENTE_DATABASE": database,
        "ENTENTE_SUBSCRIPTIONS": str(folder / "subscriptions.yaml"),
        "ENTENTE_ALERTS_FILE": str(folder / "alerts.jsonl"),
    }


def read(engine: Engine) -> int:
    return sum(row["next_offset"] for row in rows(engine, "positions"))


def is_done(engine: Engine) -> bool:
    return read(engine) == 4 * EACH + 1 and all(row["status"] == "delivered" for row in rows(engine, "deliveries"))


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(engine, table) for table in COMPARED}


def told(folder: Path) -> Counter[tuple[str, str]]:
    lines = (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    return Counter((said["id"], said["revision"]) for said in map(json.loads, lines))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Counter[tuple[str, str]]]:
    """Archive and alerts of a stage that nobody kills."""
    folder = tmp_path_factory.mktemp("undisturbed")
    environ = settings(folder, f"sqlite:///{folder / 'entente.db'}")
    fill(environ["ENTENTE_BROKER"])
    engine = open_database(environ["ENTENTE_DATABASE"])
    migrate(engine)
    stop = threading.Event()
    stage = create(Settings.from_env(environ))
    thread = threading.Thread(target=stage.run, args=(stop,))
    thread.start()
    try:
        wait_until(lambda: is_done(engine), "all is archived and delivered", 60)
    finally:
        stop.set()
        thread.join(30)
    found = contents(engine), told(folder)
    engine.dispose()
    return found


def test_nothing_is_lost_and_nothing_told_twice_when_it_is_killed_at_several_points(
    tmp_path: Path, database_url: str, undisturbed: tuple[dict[str, Any], Counter[tuple[str, str]]]
) -> None:
    environ = settings(tmp_path, database_url)
    fill(environ["ENTENTE_BROKER"])
    engine = open_database(database_url)
    migrate(engine)
    program = Program(tmp_path, "sink", environ)
    alerts = tmp_path / "alerts.jsonl"

    def lines() -> int:
        return alerts.read_bytes().count(b"\n") if alerts.exists() else 0

    for archived, told_so_far in KILL_AT:
        with program:
            wait_for(lambda a=archived, t=told_so_far: lines() >= t and (not a or read(engine) >= a))
            program.signal(signal.SIGKILL)
    with program:
        wait_until(lambda: is_done(engine), f"all is archived and delivered; log: {program.log[-3000:]}", 60)
        program.signal(signal.SIGTERM)
        assert program.exit_status == 0
    archive, alerts_told = contents(engine), told(tmp_path)
    engine.dispose()
    expected, expected_told = undisturbed
    for table in COMPARED:
        assert archive[table] == expected[table], table
    assert alerts_told == expected_told
    assert set(alerts_told.values()) == {1}


def wait_for(holds: Any) -> None:
    """As wait_until, but looking so often that the kill comes in the middle."""
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the stage did not come that far within 60 s")
        time.sleep(0.002)
