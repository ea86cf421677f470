"""Nothing is lost, however a worker ends; on the log in SQLite nothing is done twice either."""

import random
import signal
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from entente import codec, topics
from entente.broker.base import Position
from entente.broker.log import Log
from entente.broker.sqlite import path_of
from entente.domain import ActorId, Article, ArticleId, Shift, Statement
from processors.tracking.shifts import RETOLD, PairState, track
from tests.processors import standins
from tests.processors.running import Worker, publish, records, wait_for, words
from tests.processors.standins import news
from tests.services.kafka import KafkaBroker
from tests.services.wait import wait_until

CHANGELOG = "entente-processors-stances-changelog"
GROUP = "entente-processors"
ENDS = [signal.SIGTERM, signal.SIGKILL]


@pytest.fixture
def log_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'log.db'}"


@pytest.mark.parametrize("end", ENDS)
def test_on_sqlite_every_article_is_handled_once_although_the_worker_ends_in_the_middle_of_one(
    end: signal.Signals, log_url: str, tmp_path: Path
) -> None:
    """Twelve articles, the sixth of which takes long when the end comes."""
    assert sorted(holders_after(end, log_url, tmp_path)) == sorted(f"party-{n}" for n in range(12))


@pytest.mark.kafka
@pytest.mark.parametrize("end", ENDS)
def test_on_kafka_no_article_is_lost_although_the_worker_ends_in_the_middle_of_one(
    end: signal.Signals, fresh_kafka: KafkaBroker, tmp_path: Path
) -> None:
    """Twelve articles, the sixth of which takes long when the end comes; some may be handled twice."""
    assert set(holders_after(end, fresh_kafka.url, tmp_path)) == {f"party-{n}" for n in range(12)}


def holders_after(end: signal.Signals, url: str, folder: Path) -> list[ActorId]:
    """Whose shifts are told when a worker ended in the middle of the sixth article, and another one did the rest."""
    articles = [news(n, f"party-{n} EXIT nda", *(["fault slow"] if n == 5 else [])) for n in range(12)]
    publish(url, [replace(article, id=ArticleId("same")) for article in articles])  # of one partition
    worker = Worker(url, folder)
    worker.faults.touch()
    with worker:
        wait_for(url, topics.SHIFTS, 5)
        worker.end(end)
        assert len(words(url, topics.SHIFTS)) == 5
        worker.faults.unlink()
        worker.start()
        wait_until(lambda: len({shift.holder for shift in words(url, topics.SHIFTS)}) == 12, "all are told")
        assert words(url, topics.DEADLETTERS) == []
        worker.end(signal.SIGTERM)
    return [shift.holder for shift in words(url, topics.SHIFTS)]


def test_on_sqlite_many_kills_leave_topics_and_tables_as_one_run_would(log_url: str, tmp_path: Path) -> None:
    """Every statement and shift once and in order, and the stance of every pair exact."""
    articles = many(1000)
    publish(log_url, articles)
    log, done = Log(path_of(log_url)), Position(topics.ARTICLES.name, 0)

    def position() -> int:
        return log.committed(GROUP).get(done, 0)

    with Worker(log_url, tmp_path) as worker:
        for target in (60, 250, 450, 700):
            wait_until(lambda target=target: position() > target, f"{target} articles are read")  # type: ignore[misc]  # mypy infers no lambda with a default
            worker.end(signal.SIGKILL)
            worker.start()
        wait_until(lambda: position() == len(articles), "all articles are read")
        statements = [s for article in articles for s in standins.statements_in(article)]
        wait_until(
            lambda: log.committed(GROUP).get(Position(topics.STATEMENTS.name, 0), 0) == len(statements),
            "all statements are tracked",
        )
        worker.end(signal.SIGTERM)
    shifts, states = tracked(statements)
    assert words(log_url, topics.STATEMENTS) == statements
    assert words(log_url, topics.SHIFTS) == shifts
    assert stored_states(log_url) == states


@pytest.mark.kafka
def test_on_kafka_a_kill_under_load_leaves_the_stance_of_every_pair_right(
    fresh_kafka: KafkaBroker, tmp_path: Path
) -> None:
    """Some statements are tracked twice, which changes nothing.

    Kafka keeps no order over partitions: what only the order of arrival showed for a while is told as retracted, and
    left out here.
    """
    articles = many(1000)
    url = fresh_kafka.url
    publish(url, articles)
    statements = [s for article in articles for s in standins.statements_in(article)]
    with Worker(url, tmp_path) as worker:
        wait_for(url, topics.STATEMENTS, 200)
        worker.end(signal.SIGKILL)
        worker.start()
        wait_until(lambda: {s.id for s in words(url, topics.STATEMENTS)} == {s.id for s in statements}, "all are found")
        _, states = tracked(statements)
        wait_until(lambda: stored_statements(url) == statements_of(states), "all are tracked")
        worker.end(signal.SIGTERM)
    shifts, states = tracked(statements)
    assert in_the_end(stored_states(url)) == in_the_end(states)
    assert last_revisions(words(url, topics.SHIFTS)) == last_revisions(shifts)


def many(count: int) -> list[Article]:
    """Articles on a hundred pairs, whose stances go back and forth."""
    rng = random.Random(7)
    kinds = ("EXIT", "ALLY", "OPPOSE", "MEET", "COORDINATE", "ACCUSE")
    return [
        replace(
            news(n, *(f"party-{rng.randrange(24)} {rng.choice(kinds)} bloc-{rng.randrange(4)}" for _ in range(2))),
            outlet=rng.choice(("The Courier", "The Lantern", "The Post")),
        )
        for n in range(count)
    ]


def tracked(statements: Iterable[Statement]) -> tuple[list[Shift], dict[str, PairState]]:
    """What one run that nothing disturbs tells, and what it keeps."""
    shifts: list[Shift] = []
    states: dict[str, PairState] = {}
    for statement in statements:
        pair = codec.key(statement)
        states[pair], told = track(states.get(pair), statement, None)
        shifts += told
    return shifts, states


def stored_states(url: str) -> dict[str, PairState]:
    """What the table's changelog says at the end."""
    last = {record.key: record.value for record in records(url, CHANGELOG)}
    return {key.decode(): codec.decode(value, PairState) for key, value in last.items() if key and value}


def stored_statements(url: str) -> set[str]:
    return statements_of(stored_states(url))


def statements_of(states: dict[str, PairState]) -> set[str]:
    return {statement.id for state in states.values() for statement in state.statements}


def in_the_end(states: Mapping[str, PairState]) -> dict[str, PairState]:
    return {pair: replace(state, retracted=()) for pair, state in states.items()}


def last_revisions(shifts: Iterable[Shift]) -> dict[str, str]:
    """Of each shift that was not retracted in the end."""
    last = {shift.id: shift for shift in shifts}
    return {id_: shift.revision for id_, shift in last.items() if shift.reason != RETOLD}
