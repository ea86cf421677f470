"""Real articles, and those of the gold, go the whole road on both brokers and come out the same."""

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entente.domain import Article, ArticleId
from tests.road.archive import FINAL, alerts, contents, final
from tests.road.newsstand import Newsstand
from tests.road.program import ROOT, Program, environment, wait_until
from tests.services.kafka import KafkaBroker

SEEDS = ROOT.parent / "shared" / "gold" / "seeds" / "articles.jsonl"
DEV = ROOT / "tests" / "gold" / "dev" / "articles.jsonl"
PATIENCE = 120.0

needs_seeds = pytest.mark.skipif(
    not SEEDS.exists(),
    reason="the real articles are other people's texts and not in the project: put them at ../shared",
)
on_both = pytest.mark.parametrize("size", ["embedded", pytest.param("distributed", marks=pytest.mark.kafka)])


def articles(file: Path) -> Iterator[Article]:
    """The articles of a file of the gold."""
    for line in file.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        yield Article(
            id=ArticleId(said["id"]),
            url=f"https://gold.example/{said['id']}",
            outlet=said["outlet"] or "unknown",
            title=said["title"] or "",
            text=said["text"],
            published=datetime.fromisoformat(said["published"]).replace(tzinfo=UTC),
        )


def road(folder: Path, broker: str, news: list[Article]) -> dict[str, list[dict[str, Any]]]:
    """Put the articles into a feed, and let the road carry them until nothing more comes."""
    commands = ["run"] if broker.startswith("sqlite") else ["poll", "work", "sink"]
    with Newsstand() as stand, ExitStack() as stack:
        stand.publish("gold", news)
        environ = environment(folder, stand, ["gold"], broker)
        programs = [stack.enter_context(Program(folder, command, environ)) for command in commands]
        worker = next(program for program in programs if program.command in ("run", "work"))
        wait_until(lambda: worker.metric("entente_articles_read_total") >= len(news), PATIENCE, programs)
        seen: list[dict[str, list[dict[str, Any]]]] = [{}] * 30

        def still() -> bool:
            seen.append(contents(folder / "entente.db", FINAL))
            return all(now == seen[-1] for now in seen[-30:])

        wait_until(still, PATIENCE, programs)
        for program in programs:
            program.signal(signal.SIGTERM)
            assert program.exit_status == 0, program.log
    assert len(seen[-1]["articles"]) == len(news)
    return seen[-1]


def url_of(size: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The broker of the size."""
    if size == "embedded":
        return f"sqlite:///{folder}/log.db"
    broker: KafkaBroker = request.getfixturevalue("fresh_kafka")
    return broker.url


@needs_seeds
@on_both
def test_the_three_real_articles_come_out_as_statements_and_alerts(
    size: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    archive = road(tmp_path, url_of(size, tmp_path, request), list(articles(SEEDS)))
    told = {(row["holder"], row["type"], row["target"]) for row in archive["statements"]}
    assert {("inc", "REJECT", "aimim"), ("aimim", "OFFER", "inc"), ("tmc", "SKIP", "india-bloc")} <= told
    assert ("jmm", "MEET", "india-bloc") in told
    assert ("ani", "MEET", "india-bloc") not in told
    assert alerts(tmp_path / "alerts.jsonl")


@needs_seeds
@pytest.mark.kafka
def test_the_seventy_articles_give_the_same_statements_and_shifts_on_both_brokers(
    tmp_path: Path, fresh_kafka: KafkaBroker
) -> None:
    news = [*articles(DEV), *articles(SEEDS)]
    assert len(news) == 70
    embedded, distributed = tmp_path / "embedded", tmp_path / "distributed"
    embedded.mkdir()
    distributed.mkdir()
    on_sqlite = road(embedded, f"sqlite:///{embedded}/log.db", news)
    on_kafka = road(distributed, fresh_kafka.url, news)
    assert len(on_sqlite["statements"]) > 100
    one, other = final(on_sqlite), final(on_kafka)
    for table in FINAL:
        assert one[table] == other[table], table
