"""Every article is published once, and remembered only when it is safe."""

import asyncio
import gzip
import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from entente.broker import Producer
from entente.errors import BrokerError
from ingest.fetch import Validators
from ingest.poller import Poller
from ingest.state import Memory, State
from tests.ingest.desk import Desk, feed
from tests.ingest.farm import Farm, rss

ONE, TWO, THREE = (("1", "Title 1", "Text."), ("2", "Title 2", "Text."), ("3", "Title 3", "Text."))


@pytest.fixture
def desk(tmp_path: Path, farm: Farm) -> Desk:
    return Desk(tmp_path, farm)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_the_same_content_is_published_once(desk: Desk, farm: Farm) -> None:
    """Whether the server says 304, sends the same body, or another body with the same items."""
    url = farm.answer("/f", rss([TWO, ONE]), headers={"ETag": '"1"'})
    desk.poll(feed(url), feed(url))
    farm.answer("/f", status=304)
    desk.poll(feed(url))
    farm.answer("/f", gzip.compress(rss([ONE, TWO]) + b"<!-- written 12:01 -->"), headers={"Content-Encoding": "gzip"})
    desk.poll(feed(url))
    assert [(article.title, article.version) for article in desk.articles()] == [("Title 1", 1), ("Title 2", 1)]
    assert [hit.headers.get("If-None-Match") for hit in farm.hits] == [None, '"1"', '"1"', '"1"']


def test_a_changed_item_is_the_next_version_of_the_same_article(desk: Desk, farm: Farm) -> None:
    url = farm.answer("/f", rss([ONE, TWO]))
    desk.poll(feed(url))
    farm.answer("/f", rss([("1", "Title 1", "Another text."), TWO]))
    desk.poll(feed(url))
    first, second = (article for article in desk.articles() if article.title == "Title 1")
    assert (first.id, first.version, second.version) == (second.id, 1, 2)
    assert (first.text, second.text) == ("Text.", "Another text.")
    assert first.published == second.published


def test_a_message_carries_what_the_topic_promises(desk: Desk, farm: Farm) -> None:
    desk.poll(feed(farm.answer("/f", rss([ONE]))))
    (article,) = desk.articles()
    assert (article.outlet, article.feed, article.language) == ("The Hilltop Daily", "hilltop", "en")
    assert article.fetched == article.published


def test_a_feed_that_breaks_off_is_asked_again_for_the_whole(desk: Desk, farm: Farm) -> None:
    whole = rss([ONE, TWO, THREE])
    url = farm.answer("/f", whole[: whole.index(b"Title 3")], headers={"ETag": '"1"'})
    desk.poll(feed(url))
    assert [article.title for article in desk.articles()] == ["Title 2", "Title 1"]
    farm.answer("/f", whole, headers={"ETag": '"1"'})
    desk.poll(feed(url))
    assert "If-None-Match" not in farm.hits[-1].headers
    assert [article.title for article in desk.articles()] == ["Title 2", "Title 1", "Title 3"]


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (b"<!doctype html><title>Consent</title>", 200, "no feed; it starts"),
        (b"", 404, "404 Not Found"),
        (gzip.compress(rss([ONE, TWO]), mtime=0)[:60], 200, "cut off"),
    ],
)
def test_a_failure_keeps_what_was_known_and_waits(desk: Desk, farm: Farm, body: bytes, status: int, why: str) -> None:
    url = farm.answer("/f", rss([ONE]), headers={"ETag": '"1"'})
    desk.poll(feed(url))
    farm.answer("/f", body, status, {"ETag": '"of an error page"'})

    async def fail_twice(poller: Poller, state: State) -> None:
        failed = metric("entente_polls_total", outcome="failed")
        once = await poller.poll(feed(url), state.recall(feed(url)))
        twice = await poller.poll(feed(url), once)
        assert (once.fails, twice.fails) == (1, 2)
        assert why in str(twice.error)
        assert twice.validators == Validators('"1"')
        assert state.recall(feed(url)) == twice
        assert metric("entente_polls_total", outcome="failed") == failed + 2

    desk.run(fail_twice)
    farm.answer("/f", rss([TWO, ONE]))
    desk.poll(feed(url))
    assert [article.title for article in desk.articles()] == ["Title 1", "Title 2"]


class Unreliable:
    """A producer whose broker refuses a number of times, having kept nothing or all of it."""

    def __init__(self, producer: Producer, refusals: int, *, kept: bool) -> None:
        self._producer, self._refusals, self._kept = producer, refusals, kept
        self._taken: list[tuple[str, str | None, bytes, Mapping[str, str]]] = []

    def send(self, topic: str, key: str | None, value: bytes, headers: Mapping[str, str]) -> None:
        """Take a message."""
        self._taken.append((topic, key, value, headers))

    def flush(self) -> None:
        """Refuse, or pass on."""
        taken, self._taken = self._taken, []
        self._refusals -= 1
        if self._refusals < 0 or self._kept:
            for message in taken:
                self._producer.send(*message)
            self._producer.flush()
        if self._refusals >= 0:
            raise BrokerError("the broker is away")

    def close(self) -> None:
        """Close what is behind it."""
        self._producer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()


@pytest.mark.parametrize("kept", [False, True])
def test_nothing_is_lost_or_marked_as_seen_while_the_broker_refuses(desk: Desk, farm: Farm, *, kept: bool) -> None:
    url = farm.answer("/f", rss([ONE, TWO]), headers={"ETag": '"1"'})

    async def poll(poller: Poller, state: State) -> None:
        polling = asyncio.create_task(poller.poll(feed(url), state.recall(feed(url))))
        await asyncio.sleep(0.3)
        assert state.recall(feed(url)).validators == Validators()
        await polling
        assert state.recall(feed(url)).validators == Validators('"1"')

    desk.run(poll, wrap=lambda producer: Unreliable(producer, 1, kept=kept))
    assert {(article.title, article.version) for article in desk.articles()} == {("Title 1", 1), ("Title 2", 1)}
    assert len(desk.articles()) == (4 if kept else 2)


def test_feeds_are_polled_again_at_their_own_pace(desk: Desk, farm: Farm) -> None:
    urls = [farm.answer(f"/{n}", rss([ONE])) for n in range(2)]
    desk.follow(2, feed(urls[0], "quick", 0.2), feed(urls[1], "slow", 60))
    assert 6 <= len(farm.asked("/0")) <= 11
    assert len(farm.asked("/1")) == 1


def test_a_restart_keeps_the_pace(desk: Desk, farm: Farm) -> None:
    url = farm.answer("/f", rss([ONE]))
    for _ in range(3):
        desk.follow(0.3, feed(url, every=60))
    assert len(farm.hits) == 1


def test_a_due_time_of_a_clock_that_was_wrong_is_not_waited_for(desk: Desk, farm: Farm) -> None:
    quick = feed(farm.answer("/f", rss([ONE])), every=0.2)

    async def with_a_wrong_clock(_: Poller, state: State) -> None:
        state.remember(quick, Memory(next_due=datetime.now(UTC) + timedelta(days=365)))

    desk.run(with_a_wrong_clock)
    desk.follow(1, quick)
    assert len(farm.hits) > 2


def test_one_host_is_asked_one_thing_at_a_time(desk: Desk, farm: Farm) -> None:
    now, most = 0, 0

    async def slow(_: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return web.Response(body=rss([ONE]))

    desk.follow(1, *(feed(farm.serve(f"/{n}", slow), f"f{n}") for n in range(10)))
    assert len(farm.hits) >= 10
    assert most == 1


def test_retry_after_holds_the_whole_host(desk: Desk, farm: Farm) -> None:
    good = feed(farm.answer("/good", rss([ONE])), "good")
    busy = feed(farm.answer("/busy", status=429, headers={"Retry-After": "2"}), "busy")
    desk.follow(1.5, busy, good)
    assert len(farm.asked("/busy")) == 1
    assert len(farm.asked("/good")) <= 1
    desk.follow(2.5, busy, good)
    assert len(farm.asked("/good")) > 1


def test_a_feed_that_hangs_or_fails_delays_no_other(desk: Desk, farm: Farm) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(20)
        return web.Response()

    with Farm() as other:
        hanging = feed(other.serve("/hang", hang), "hanging")
        refused = feed("http://127.0.0.1:9/feed", "refused")
        good = feed(farm.answer("/good", rss([ONE])), "good")
        start = time.monotonic()
        desk.follow(1, hanging, refused, good)
    assert time.monotonic() - start < 4
    assert len(desk.articles()) == 1
    assert len(farm.asked("/good")) > 5


def test_many_failing_feeds_are_one_line_in_the_log(
    desk: Desk, farm: Farm, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.poller._REPORT_EVERY", 0.3)
    with caplog.at_level(logging.INFO, "ingest"):
        desk.follow(1.5, *(feed(farm.url(f"/{n}"), f"f{n}") for n in range(10)))
    assert [record.getMessage() for record in caplog.records] == [
        "10 of 10 feeds fail and are tried again: 404 Not Found (f0, f1, f2 and 7 more)"
    ]


def test_metrics_count_what_came(desk: Desk, farm: Farm) -> None:
    before = {name: metric("entente_polls_total", outcome=name) for name in ("fresh", "unchanged")}
    articles = metric("entente_articles_published_total")
    url = farm.answer("/f", rss([ONE, TWO]))
    desk.poll(feed(url), feed(url))
    assert metric("entente_polls_total", outcome="fresh") == before["fresh"] + 1
    assert metric("entente_polls_total", outcome="unchanged") == before["unchanged"] + 1
    assert metric("entente_articles_published_total") == articles + 2
    assert time.time() - metric("entente_last_article_timestamp_seconds") < 10
    assert metric("entente_feeds", state="ok") == 1
    assert metric("entente_feeds", state="failing") == 0
