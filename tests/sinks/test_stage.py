"""The stage as a whole: it starts, waits for a database that is away, tells how it does, and stops."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from prometheus_client import REGISTRY

from entente import codec
from entente.broker import create_topics, open_producer
from entente.errors import InputError
from entente.settings import Settings
from entente.topics import ALL
from sinks.archive.database import open_database
from sinks.stage import SinksStage, create
from tests import builders
from tests.services.wait import wait_until
from tests.sinks.parts import TOPICS, rows


def settings(folder: Path, database: str) -> Settings:
    return Settings(
        broker=f"sqlite:///{folder / 'log.db'}", database=database, alerts_file=str(folder / "alerts.jsonl")
    )


def publish(settings: Settings, *words: object) -> None:
    create_topics(settings.broker, ALL)
    with open_producer(settings.broker) as producer:
        for word in words:
            producer.send(TOPICS[type(word)].name, codec.key(word), codec.encode(word), {})


@contextmanager
def running(stage: SinksStage) -> Iterator[SinksStage]:
    stop = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        try:
            stage.run(stop)
        except Exception as error:  # noqa: BLE001 - shown below
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stage
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()
    assert failures == []


def lines(settings: Settings) -> int:
    path = Path(settings.alerts_file)
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def test_a_shift_published_while_it_runs_is_told_within_a_second(tmp_path: Path, database_url: str) -> None:
    ours = settings(tmp_path, database_url)
    with running(create(ours)) as stage:
        assert stage.ready() in {"starts", None}
        wait_until(lambda: stage.ready() is None, "ready", 20)
        publish(ours, builders.article(), builders.shift())
        began = time.monotonic()
        wait_until(lambda: lines(ours) == 1, "the alert is in the file", 10)
        assert time.monotonic() - began < 1
        assert stage.live() is None


def test_the_lag_is_what_is_published_and_not_archived(tmp_path: Path) -> None:
    ours = settings(tmp_path, f"sqlite:///{tmp_path / 'entente.db'}")
    publish(ours, *(builders.article(id=f"a{number}") for number in range(1200)))
    with running(create(ours)):
        wait_until(lambda: REGISTRY.get_sample_value("entente_sink_lag_messages", {"topic": "articles"}), "a lag", 20)
        wait_until(
            lambda: REGISTRY.get_sample_value("entente_sink_lag_messages", {"topic": "articles"}) == 0, "no lag", 20
        )
    engine = open_database(ours.database)
    assert len(rows(engine, "articles")) == 1200
    engine.dispose()


def test_wrong_subscriptions_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("subscriptions: [{id: a, channels: [{type: slak}]}]")
    with pytest.raises(InputError, match="no channel 'slak'"):
        create(Settings(subscriptions=str(tmp_path / "mine.yaml")))


@pytest.mark.postgres
def test_a_database_that_goes_away_is_waited_for_and_nothing_is_lost(
    tmp_path: Path, postgres_url: str, postgres_database: str
) -> None:
    ours = settings(tmp_path, postgres_database)
    with running(create(ours)) as stage:
        publish(ours, builders.article(id="before"))
        wait_until(lambda: stage.ready() is None, "ready", 20)
        with closed(postgres_url, postgres_database):
            publish(ours, builders.article(id="meanwhile"), builders.shift())
            wait_until(lambda: (stage.ready() or "").startswith("waits: "), "it says that it waits", 20)
            assert stage.live() is None
            time.sleep(1)
            assert lines(ours) == 0
        wait_until(lambda: stage.ready() is None and lines(ours) == 1, "it goes on", 30)
    engine = open_database(postgres_database)
    assert {row["id"] for row in rows(engine, "articles")} == {"before", "meanwhile"}
    engine.dispose()


@pytest.mark.postgres
def test_a_database_that_is_away_at_the_start_is_waited_for(
    tmp_path: Path, postgres_url: str, postgres_database: str
) -> None:
    ours = settings(tmp_path, postgres_database)
    publish(ours, builders.shift())
    with closed(postgres_url, postgres_database):
        stage = create(ours)
        running_stage = running(stage)
        running_stage.__enter__()
        wait_until(lambda: (stage.ready() or "").startswith("waits: "), "it says that it waits", 20)
    try:
        wait_until(lambda: lines(ours) == 1, "it starts", 30)
    finally:
        running_stage.__exit__(None, None, None)


@contextmanager
def closed(postgres_url: str, database: str) -> Iterator[None]:
    """The server turns everybody away from the database, and throws out who is in."""
    name = urlsplit(database).path.removeprefix("/")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
