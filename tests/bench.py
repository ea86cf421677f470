"""Measure the whole road on this machine: python -m tests.bench (or `make bench`).

Throughput: articles of mixed news, preloaded into the topic, are read by one `entente work`; beside it, in the same
run, the pure extraction function in a loop. Delay: a newsstand publishes articles at a steady rate, and the alert
about each arrives in a file. All figures of one run belong together: quote the ratios.
"""

import argparse
import json
import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.progress import track as progress
from rich.table import Table

from deploy.kafka import local
from entente import codec, topics
from entente.broker import create_topics, open_producer
from entente.domain import Article, ArticleId
from entente.settings import Settings
from processors.extraction.extract import Extractor, load_extractor
from processors.tracking.shifts import track
from tests.newswire import cast, mixed_news
from tests.road.newsstand import Newsstand
from tests.road.program import Program, environment, wait_until
from tests.services.kafka import running_kafka

PATIENCE = 600.0  # seconds that anything may take
GLANCE = 0.25  # seconds between looks at the worker's count, which themselves cost it time
WARM_UP = 50  # articles before the clock starts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=2000, help="preloaded for the throughput (default 2000)")
    parser.add_argument("--seconds", type=int, default=30, help="of steady news for the delay (default 30)")
    parser.add_argument("--rate", type=int, default=20, help="articles a second for the delay (default 20)")
    options = parser.parse_args()
    console = Console()
    table = Table(title="The road on this machine", title_justify="left")
    for column in ("", "articles/s", "of the loop", "p50 s", "p99 s"):
        table.add_column(column, justify="right" if column else "left")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entente-bench-")))
        news = list(mixed_news(options.articles))
        extractor = load_extractor(Settings())
        telling = telling_news(extractor, options.rate * options.seconds)
        loops = [loop_rate(extractor, news)]
        brokers = ["SQLite log"]
        if local.brought():
            brokers.append("Apache Kafka")
        else:
            console.print("Apache Kafka is not measured: run `make kafka` first")
        for name in brokers:
            console.print(f"{name} ...")
            rate = road_rate(folder, fresh_broker(name, folder, stack), news)
            loops.append(loop_rate(extractor, news))
            loop = statistics.mean(loops[-2:])  # before and after: machines grow slower and faster
            delays = sorted(road_delays(folder, fresh_broker(name, folder, stack), options.rate, telling))
            p50, p99 = statistics.median(delays), delays[int(len(delays) * 0.99)]
            table.add_row(name, f"{rate:.1f}", f"{rate / loop:.2f}", f"{p50:.2f}", f"{p99:.2f}")
        table.add_row("pure extraction in a loop", f"{statistics.mean(loops):.1f}", "1.00", "", "")
    console.print(table)
    console.print(f"{options.articles} articles of some 600 words; delay from published to alert at {options.rate}/s")


def fresh_broker(name: str, folder: Path, stack: ExitStack) -> str:
    """The URL of an empty broker that ends with the stack."""
    own = folder / f"broker-{time.monotonic_ns()}"
    own.mkdir()
    return f"sqlite:///{own}/log.db" if name == "SQLite log" else stack.enter_context(running_kafka(own)).url


def loop_rate(extractor: Extractor, news: list[Article]) -> float:
    """Articles a second that the pure function reads."""
    for article in news[:WARM_UP]:
        extractor.read(article)
    begin = time.perf_counter()
    for article in progress(news, "pure extraction in a loop", transient=True):
        extractor.read(article)
    return len(news) / (time.perf_counter() - begin)


def road_rate(folder: Path, broker: str, news: list[Article]) -> float:
    """Articles a second from the topic into statements, by one worker, after its start-up."""
    create_topics(broker, topics.ALL)
    with open_producer(broker) as producer:
        for article in news:
            producer.send(
                topics.ARTICLES.name,
                codec.key(article),
                codec.encode(article),
                codec.headers(topics.ARTICLES, f"{article.id}.{article.version}", "bench", article.published),
            )
    begin: tuple[float, float] | None = None
    with Program(folder, "work", {"ENTENTE_BROKER": broker}) as worker:
        deadline = time.monotonic() + PATIENCE
        while (done := worker.metric("entente_articles_read_total")) < len(news):
            if begin is None and done >= WARM_UP:
                begin = (time.perf_counter(), done)
            if worker.exit_status is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the worker read {done} of {len(news)} articles:\n{worker.log[-3000:]}")
            time.sleep(GLANCE)
        end = time.perf_counter()
    if begin is None:
        raise RuntimeError("all was read before the clock started: use more --articles")
    return (len(news) - begin[1]) / (end - begin[0])


def road_delays(folder: Path, broker: str, rate: int, news: list[Article]) -> list[float]:
    """Seconds from an article's appearance in its feed to its alert in the file."""
    own = folder / f"delay-{time.monotonic_ns()}"
    own.mkdir()
    with Newsstand() as stand, ExitStack() as stack:
        environ = environment(own, stand, ["flood"], broker)
        commands = ["run"] if broker.startswith("sqlite") else ["poll", "work", "sink"]
        programs = [stack.enter_context(Program(own, command, environ)) for command in commands]
        time.sleep(10)  # the start-up is no delay of news
        begin = time.monotonic()
        published: dict[str | None, datetime] = {}  # to the microsecond, where the feed says seconds
        for number, article in enumerate(news):
            time.sleep(max(0.0, begin + number / rate - time.monotonic()))
            published[article.url] = datetime.now(UTC)
            stand.publish("flood", [replace(article, published=published[article.url])])
        alerts = own / "alerts.jsonl"
        wait_until(lambda: alerts.exists() and len(alerts.read_bytes().splitlines()) >= len(news), 120, programs)
        return [
            (datetime.fromisoformat(said["sent"]) - published[said["shift"]["statements"][0]["url"]]).total_seconds()
            for said in map(json.loads, alerts.read_text().splitlines())
        ]


def telling_news(extractor: Extractor, count: int) -> list[Article]:
    """Articles on as many pairs, each of which brings one alert, as reading and tracking alone show."""
    people = cast(parties=200, alliances=20)
    found: list[Article] = []
    for number, (alliance, party) in enumerate(product(people.alliances, people.parties)):
        article = Article(
            id=ArticleId(f"flood-{number}"),
            url=f"https://news.example/flood/{number}",
            outlet="flood",
            title=f"Report {number} of the day",
            text=f"The {party.name} quit the {alliance.name} on Monday. The decision was taken at a late meeting.",
            published=datetime.now(UTC),
        )
        if sum(len(track(None, statement, None)[1]) for statement in extractor.read(article).statements) == 1:
            found.append(article)
        if len(found) == count:
            return found
    raise RuntimeError(f"only {len(found)} of {count} such articles: use a lower --rate or fewer --seconds")


if __name__ == "__main__":
    main()
