"""The stage starts, polls, tells how it does, and stops when it is told to."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entente.broker import Producer, open_producer
from entente.errors import BrokerError, InputError, SettingsError
from entente.settings import Settings
from ingest.demo.newsroom import AT_ONCE
from ingest.stage import IngestStage, create
from tests.ingest.desk import published
from tests.ingest.farm import Farm, rss

NO_NETWORK = """
feeds:
- {id: away-1, outlet: A, url: 'https://one.invalid/feed', country: IN, language: en, every: 5m}
- {id: away-2, outlet: B, url: 'https://two.invalid/feed', country: IN, language: en, every: 5m}
"""


def settings(folder: Path, feeds: str, **given: object) -> Settings:
    (folder / "feeds.yaml").write_text(feeds, encoding="utf-8")
    return Settings.of(
        {
            "broker": f"sqlite:///{folder}/log.db",
            "feed_state": f"sqlite:///{folder}/feeds.db",
            "feeds": str(folder / "feeds.yaml"),
            **given,
        }
    )


def until(happens: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


@contextmanager
def running(stage: IngestStage) -> Iterator[IngestStage]:
    stop = threading.Event()
    thread = threading.Thread(target=stage.run, args=(stop,))
    thread.start()
    try:
        yield stage
    finally:
        start = time.monotonic()
        stop.set()
        thread.join(15)
        assert not thread.is_alive()
        assert time.monotonic() - start < 5


def test_a_demo_needs_no_network(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The newsroom's articles come, and the real feeds that cannot be reached are one line at most."""
    chosen = settings(tmp_path, NO_NETWORK, demo=True)
    stage = create(chosen)
    assert stage.ready() == "waits for start"
    with caplog.at_level(logging.INFO, "ingest"), running(stage):
        until(lambda: stage.ready() is None)
        until(lambda: len(published(chosen.broker)) > AT_ONCE)
        until(lambda: any("fail" in line for line in caplog.messages))
        time.sleep(1)
        assert stage.live() is None
    assert all(record.levelno == logging.INFO for record in caplog.records)
    assert [line for line in caplog.messages if "away" in line] == [
        "2 of 8 feeds fail and are tried again: the host's name does not resolve (away-1, away-2)"
    ]


def test_a_private_address_is_polled_only_when_it_is_allowed(tmp_path: Path, farm: Farm) -> None:
    record = f"{{id: own, outlet: O, url: '{farm.answer('/f', rss([('1', 'T', 't')]))}', country: IN, language: en, "
    chosen = settings(tmp_path, f"feeds: [{record}every: 1s}}]")
    with running(create(chosen)) as stage:
        until(lambda: stage.ready() is None)
        time.sleep(0.5)
    assert farm.hits == []
    (tmp_path / "feeds.db").unlink()
    with running(create(settings(tmp_path, f"feeds: [{record}every: 1s}}]", allow_private="127.0.0.0/8"))):
        until(lambda: published(chosen.broker))


def test_it_waits_for_a_broker_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = [True]

    def open_producer_later(url: str) -> Producer:
        if away[0]:
            raise BrokerError("the broker is away")
        return open_producer(url)

    monkeypatch.setattr("ingest.stage.open_producer", open_producer_later)
    with running(create(settings(tmp_path, NO_NETWORK))) as stage:
        until(lambda: stage.ready() == "waits for the broker")
        time.sleep(0.3)
        assert stage.live() is None
        away[0] = False
        until(lambda: stage.ready() is None)


def test_wrong_feeds_and_settings_are_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="feed away-1"):
        create(settings(tmp_path, NO_NETWORK.replace("5m", "now")))
    with pytest.raises(SettingsError, match="ENTENTE_ALLOW_PRIVATE 'here'"):
        create(settings(tmp_path, NO_NETWORK, allow_private="here"))


def test_a_loop_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = create(settings(tmp_path, NO_NETWORK))
    monkeypatch.setattr("ingest.stage._HANGS_AFTER", 0.05)
    time.sleep(0.1)
    assert str(stage.live()).startswith("no sign of life")
