"""Faust on the log in SQLite."""

import asyncio
import sqlite3
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from faust.types import TP, ConsumerMessage

from entente import codec, topics
from entente.broker import create_topics, open_producer
from entente.broker.base import Position
from entente.broker.log import Log
from entente.broker.sqlite import path_of
from entente.domain import Article
from entente.packs import Actors
from entente.settings import Settings
from processors.app import App, create_app
from processors.messages import Output
from processors.transport import sqlite
from tests.processors.running import publish, records, running_stage, wait_for, words
from tests.processors.standins import news
from tests.services.wait import wait_until

CHANGELOG = Position("entente-processors-stances-changelog", 0)
HERE = TP(topics.ARTICLES.name, 0)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'log.db'}"


def test_a_message_is_read_as_soon_as_it_is_appended(url: str) -> None:
    """Nobody waits for a poll or for the commit interval: the news is minutes old already."""
    with running_stage(url):
        publish(url, [news(0)])
        wait_for(url, topics.SHIFTS, 1)
        log, end = Log(path_of(url)), Position(topics.SHIFTS.name, 0)
        delays = []
        for number in range(1, 6):
            begin = datetime.now(UTC)
            publish(url, [news(number)])
            wait_until(lambda number=number: log.next_offset(end) > number, "the shift is told")  # type: ignore[misc]  # mypy infers no lambda with a default
            told = log.read(end, number, 1)[0].timestamp
            assert told is not None
            delays.append((told - begin).total_seconds())
        log.close()
    assert min(delays) < 0.2


def test_the_stances_of_pairs_survive_the_compaction_of_their_log(url: str) -> None:
    """Only the last state of each pair is kept, and a restart finds it."""
    publish(url, [news(n, "jdu MEET nda", f"party-{n} MEET nda") for n in range(5)])
    with running_stage(url):
        log = Log(path_of(url))
        wait_until(lambda: _length(log, CHANGELOG) == 10, "all statements are tracked")
    log.sweep(datetime.now(UTC))
    assert _length(log, CHANGELOG) == 6
    publish(url, [news(9, "jdu EXIT nda")])
    with running_stage(url):
        wait_for(url, topics.SHIFTS, 1)
    last = {record.key: record.value for record in records(url, CHANGELOG.topic)}
    assert len(codec.decode(last[b"jdu>nda"] or b"", dict)["statements"]) == 6
    log.close()


def test_a_second_worker_on_the_same_log_is_refused(url: str) -> None:
    """It would do everything twice; Kafka shares partitions, a log does not."""
    with running_stage(url):
        with pytest.raises(Exception, match="another process works on the log"), running_stage(url):
            pass
        publish(url, [news(1)])
        wait_for(url, topics.SHIFTS, 1)
    assert len(words(url, topics.STATEMENTS)) == 1


DAMAGES = {
    "a commit": (
        "CREATE TRIGGER trouble BEFORE INSERT ON committed BEGIN SELECT RAISE(ABORT, 'trouble'); END",
        "DROP TRIGGER trouble",
        "trouble",
    ),
    "publishing": (
        "DELETE FROM topic WHERE name = 'entente.mentions.v1'; DELETE FROM seq WHERE topic = 'entente.mentions.v1'",
        "SELECT 1",  # the stage creates its topics when it starts
        "does not exist",
    ),
}


@pytest.mark.parametrize("what", DAMAGES)
def test_a_log_that_fails_ends_the_stage_with_its_error_and_nothing_is_lost(what: str, url: str) -> None:
    """The supervisor starts it again; what was not stored is read again, and told once."""
    damage, repair, error = DAMAGES[what]
    create_topics(url, topics.ALL)
    with sqlite3.connect(path_of(url)) as connection:
        with pytest.raises(Exception, match=r".") as raised, running_stage(url) as stage:  # noqa: PT012 - a stage runs
            connection.executescript(damage)
            publish_one(url, news(1))
            wait_until(lambda: stage.ready() is not None, "the stage has ended")
        assert error in "".join(traceback.format_exception(raised.value))
        connection.executescript(repair)
    with running_stage(url):
        wait_for(url, topics.SHIFTS, 1)
    assert len(words(url, topics.STATEMENTS)) == 1


def publish_one(url: str, article: Article) -> None:
    """Without creating topics, as `publish` does."""
    with open_producer(url) as producer:
        producer.send(topics.ARTICLES.name, article.id, codec.encode(article), {})


def test_outputs_wait_for_the_offset_of_their_event(url: str) -> None:
    """Those of later events stay behind while an earlier one is not done."""

    async def check(app: App) -> None:
        first, second = deliver(app, 0), deliver(app, 1)
        await app.producer.publish(second, [output(b"second")], None)
        assert app.consumer.ledger.committable(HERE) == 0
        assert app.producer.held_below({HERE: 0}) == []
        await app.producer.publish(first, [output(b"first"), output(b"also first")], None)
        assert app.consumer.ledger.committable(HERE) == 2

    with_app(url, check)


def test_agents_wait_when_too_many_outputs_wait_for_their_commit(url: str) -> None:
    """Memory stays bounded when the disk is slow."""

    async def check(app: App) -> None:
        many = [output(b"x")] * (sqlite.HOLD + 1)
        full = asyncio.ensure_future(app.producer.publish(deliver(app, 0), many, None))
        await asyncio.wait([full], timeout=0.2)
        assert not full.done()
        assert len(app.producer.held_below({HERE: 1})) == len(many)
        app.producer.drop_below({HERE: 1})
        await asyncio.wait_for(full, 1)

    with_app(url, check)


def test_an_event_of_a_partition_that_was_taken_away_changes_nothing(url: str) -> None:
    """Neither topics nor tables: whoever has the partition now does it again."""

    async def check(app: App) -> None:
        written = []
        event = deliver(app, 0)
        app.consumer_generation_id += 1
        await app.producer.publish(event, [output(b"late")], lambda: written.append("late"))
        assert app.producer.held_below({HERE: 1}) == []
        assert written == []

    with_app(url, check)


def test_a_table_written_outside_an_event_is_refused(url: str) -> None:
    """Such a write would belong to no transaction."""

    async def check(app: App) -> None:
        app.consumer_generation_id = 1
        with pytest.raises(RuntimeError, match="belongs to no event"):
            app.tables["stances"].send_changelog(0, b"k", b"v")

    with_app(url, check)


def with_app(url: str, check: Callable[[App], Awaitable[None]]) -> None:
    """Check an application that is not started, on a log that has its topics."""

    async def run() -> None:
        app = create_app(Settings.of({"broker": url}), reading=None, actors=Actors({}))  # type: ignore[arg-type]  # nothing is read
        await app.on_first_start()
        await check(app)
        app.transport.close()

    asyncio.run(run())


def deliver(app: App, offset: int) -> ConsumerMessage:
    """A message that the consumer has handed to an agent."""
    app.topics._acking_topics.add(HERE.topic)
    message: Any = ConsumerMessage(
        HERE.topic, 0, offset, 0.0, 1, [], b"k", b"v", None, tp=HERE, generation_id=app.consumer_generation_id
    )
    app.consumer.ledger.deliver(HERE, offset)
    return message


def output(value: bytes) -> Output:
    return Output(topics.STATEMENTS.name, b"k", value)


def _length(log: Log, position: Position) -> int:
    return len(log.read(position, 0, 1000))
