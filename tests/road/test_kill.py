"""Nothing is lost and nothing is told twice, whenever a process is killed."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.newswire import short_news
from tests.road.archive import COMPARED, alerts, contents, doubled, final, settled, stances
from tests.road.newsstand import Newsstand
from tests.road.program import Program, environment, wait_until
from tests.services.kafka import KafkaBroker

ARTICLES = 2000
SETTLE = 240.0  # seconds that the rest may take after the last kill
QUIET = 2.0  # seconds in which nothing more may come


class Undisturbed(NamedTuple):
    """What a run that nobody disturbed left behind."""

    archive: dict[str, list[dict[str, Any]]]
    told: set[tuple[str, str]]
    stances: dict[bytes, bytes]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """The embedded road over all articles, without a disturbance."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with Newsstand() as stand:
        environ = environment(folder, stand, ["wire"], f"sqlite:///{folder}/log.db") | QUICK_START
        with Program(folder, "run", environ) as program:
            for part in parts(ARTICLES // 100):
                stand.publish("wire", part)
                time.sleep(1.5)  # the feed lists only its newest items
            wait_until(lambda: complete(folder) and settled(folder), SETTLE, [program])
            time.sleep(QUIET)
            program.signal(signal.SIGTERM)
    archive = contents(folder / "entente.db")
    assert len(archive["articles"]) == ARTICLES
    assert len(archive["shifts"]) > 100
    told = {(alert["id"], alert["revision"]) for alert in alerts(folder / "alerts.jsonl")}
    return Undisturbed(archive, told, stances(folder / "log.db"))


QUICK_START = {"ENTENTE_READERS": "1"}  # thirty starts in all; what is lost or doubled does not depend on it


def parts(count: int) -> Iterator[list[Any]]:
    """The articles in that many parts."""
    news = list(short_news(ARTICLES))
    size = ARTICLES // count
    return (news[i : i + size] for i in range(0, ARTICLES, size))


def complete(folder: Path) -> bool:
    """Whether every article has been archived."""
    return len(contents(folder / "entente.db", ["articles"])["articles"]) == ARTICLES


def test_twenty_kills_of_the_one_process_lose_and_double_nothing(tmp_path: Path, undisturbed: Undisturbed) -> None:
    """On the embedded log: archive, alerts and table are exactly those of an undisturbed run."""
    rng = random.Random(20)
    with Newsstand() as stand:
        environ = environment(tmp_path, stand, ["wire"], f"sqlite:///{tmp_path}/log.db") | QUICK_START
        with Program(tmp_path, "run", environ) as program:
            for part in parts(20):
                stand.publish("wire", part)
                time.sleep(rng.uniform(3.0, 9.0))  # within the start-up, or while articles flow
                program.signal(signal.SIGKILL)
                program.start()
            wait_until(lambda: complete(tmp_path) and settled(tmp_path), SETTLE, [program])
            time.sleep(QUIET)
            program.signal(signal.SIGTERM)
    archive = contents(tmp_path / "entente.db")
    for table in COMPARED:
        assert archive[table] == undisturbed.archive[table], table
    assert doubled(tmp_path / "alerts.jsonl") == []
    assert {(alert["id"], alert["revision"]) for alert in alerts(tmp_path / "alerts.jsonl")} == undisturbed.told
    assert stances(tmp_path / "log.db") == undisturbed.stances


@pytest.mark.kafka
def test_ten_kills_of_a_worker_on_kafka_lose_nothing(
    tmp_path: Path, fresh_kafka: KafkaBroker, undisturbed: Undisturbed
) -> None:
    """Of two workers one is killed again and again; what is told by id is what an undisturbed run tells."""
    rng = random.Random(10)
    with Newsstand() as stand, ExitStack() as stack:
        environ = environment(tmp_path, stand, ["wire"], fresh_kafka.url) | QUICK_START
        programs = [stack.enter_context(Program(tmp_path, name, environ)) for name in ("poll", "sink", "work", "work")]
        for part in parts(10):
            stand.publish("wire", part)
            time.sleep(rng.uniform(4.0, 12.0))
            victim = programs[rng.choice((2, 3))]
            victim.signal(signal.SIGKILL)
            victim.start()
        database = tmp_path / "entente.db"
        wait_until(lambda: final(contents(database)) == final(undisturbed.archive), SETTLE, programs)
        time.sleep(QUIET)
    assert final(contents(database)) == final(undisturbed.archive)
    assert doubled(tmp_path / "alerts.jsonl") == []
