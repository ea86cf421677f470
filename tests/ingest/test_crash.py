"""Whenever the poller is killed, no article is lost, and what comes twice has the same id and version."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from tests.ingest.desk import published
from tests.ingest.farm import Farm, rss

FEEDS = 6
KILLS = 8
POLLER = """
import sys, threading
from entente.settings import Settings
from ingest.stage import create
create(Settings(broker=sys.argv[1], feed_state=sys.argv[2], feeds=sys.argv[3], allow_private=("127.0.0.1",))).run(
    threading.Event()
)
"""


class Ledger:
    """Feeds that list one article each, and replace it as soon as the poller claims to hold it.

    The claim is the ETag it sends back: one that was stored before its article was safe would lose the article.
    """

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._listed = dict.fromkeys(map(str, range(FEEDS)), 0)  # feed to the number of its article
        self._claimed: set[str] = set()  # feeds of which all is claimed
        self._growing = True
        for feed in self._listed:
            farm.serve(f"/{feed}", self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        feed = request.path.strip("/")
        if request.headers.get("If-None-Match") == self._etag(feed):
            if not self._growing:
                self._claimed.add(feed)
                return web.Response(status=304)
            self._listed[feed] += 1
        title = f"Article {feed}/{self._listed[feed]}"
        return web.Response(body=rss([(title, title, f"Text of {title}.")]), headers={"ETag": self._etag(feed)})

    def _etag(self, feed: str) -> str:
        return f'"{feed}/{self._listed[feed]}"'

    def stop_growing(self) -> None:
        """List the same from now on."""
        self._growing = False

    @property
    def all_claimed(self) -> bool:
        """Whether the poller claims to hold all that was ever listed."""
        return len(self._claimed) == FEEDS

    def titles(self) -> set[str]:
        """Every title that was ever listed."""
        return {f"Article {feed}/{number}" for feed, last in self._listed.items() for number in range(last + 1)}

    def write(self, file: Path) -> Path:
        """The list of these feeds."""
        rest = "outlet: O, country: IN, language: en, every: 1s"
        records = (f"- {{id: f{feed}, url: '{self._farm.url(f'/{feed}')}', {rest}}}" for feed in self._listed)
        file.write_text("feeds:\n" + "\n".join(records) + "\n", encoding="utf-8")
        return file


def wait_until(happens: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while not happens():
        assert process.poll() is None, "the poller ended by itself"
        assert time.monotonic() < deadline, "the poller does not get on"
        time.sleep(0.002)


def test_nothing_is_lost_when_the_poller_is_killed_at_random_points(tmp_path: Path, farm: Farm) -> None:
    chance = random.Random(7)
    ledger = Ledger(farm)
    broker, state = f"sqlite:///{tmp_path}/log.db", f"sqlite:///{tmp_path}/feeds.db"
    command = [sys.executable, "-c", POLLER, broker, state, str(ledger.write(tmp_path / "feeds.yaml"))]
    for _ in range(KILLS):
        hits = len(farm.hits)
        with subprocess.Popen(command) as process:
            wait_until(lambda: len(farm.hits) > hits, process)  # noqa: B023 - called in this round
            time.sleep(chance.uniform(0, 0.06))
            process.kill()
    ledger.stop_growing()
    with subprocess.Popen(command) as process:
        wait_until(lambda: ledger.all_claimed, process)
        process.kill()
    copies: dict[str, list[tuple[str, int, str]]] = {}
    for article in published(broker):
        copies.setdefault(article.title, []).append((article.id, article.version, article.text))
    assert len(ledger.titles()) > FEEDS
    assert set(copies) == ledger.titles()
    assert all(set(same) == {(same[0][0], 1, same[0][2])} for same in copies.values())
