"""From the outbox to receivers: retried with the same id, given up visibly, and nobody waits for somebody else's."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Engine
from standardwebhooks import Webhook

from entente.domain import ShiftStatus
from entente.packs import Actors
from entente.settings import Settings
from sinks.alerts import render
from sinks.archive import outbox
from sinks.channels.base import Channel, ChannelConfig
from sinks.channels.console import ConsoleConfig
from sinks.channels.file import FileConfig
from sinks.channels.webhook import WebhookConfig
from sinks.deliver import Deliverer
from sinks.leader import leadership
from sinks.registry import open_channel
from tests import builders
from tests.services.wait import wait_until
from tests.sinks.parts import SECRET, archiver, record, rows, subscription, write_secret
from tests.sinks.receiver import Answer, Receiver

SOON = (timedelta(seconds=0.05),) * 3


class Desk:
    """An archive into which shifts come, and the deliverer of what they bring."""

    def __init__(self, engine: Engine, folder: Path, actors: Actors, configs: Sequence[ChannelConfig]) -> None:
        self.engine = engine
        self.folder = folder
        self.alerts = folder / "alerts.jsonl"
        self.settings = Settings(alerts_file=str(self.alerts), allow_private=("127.0.0.1",))
        self._actors = actors
        self._wanted = subscription(*configs)
        self._offset = 0

    def hear(self, count: int = 1) -> None:
        """Archive that many shifts."""
        with archiver(self.engine, self.folder, self._actors, [self._wanted]) as archive:
            shifts = [builders.shift(id=f"s{self._offset + number}") for number in range(count)]
            archive.take([record(shift, self._offset + number) for number, shift in enumerate(shifts)])
        self._offset += count

    @contextmanager
    def delivering(self, schedule: Sequence[timedelta] = SOON) -> Iterator[Deliverer]:
        """Deliver meanwhile."""
        channels: dict[str, Channel] = {c.name: open_channel(c, self.settings) for c in self._wanted.channels}
        titles = {self._wanted.id: self._wanted.title}
        lead = leadership(self.engine)
        deliverer = Deliverer(self.engine, lead, channels, titles, self._actors, schedule=schedule)
        stop = threading.Event()
        thread = threading.Thread(target=deliverer.run, args=(stop,))
        thread.start()
        try:
            yield deliverer
        finally:
            stop.set()
            deliverer.wake()
            thread.join(30)
            for channel in channels.values():
                channel.close()
        assert not thread.is_alive()
        assert deliverer.failure is None

    def statuses(self) -> list[str]:
        """Of all deliveries, sorted."""
        return sorted(row["status"] for row in rows(self.engine, "deliveries"))

    def lines(self) -> int:
        """Of the alerts file."""
        return len(self.alerts.read_bytes().splitlines()) if self.alerts.exists() else 0


@pytest.fixture
def hook(receiver: Receiver, tmp_path: Path) -> WebhookConfig:
    return WebhookConfig(url=receiver.url(), secret_file=write_secret(tmp_path))


def headers(receiver: Receiver) -> list[dict[str, str]]:
    return [{name.lower(): value for name, value in request.headers.items()} for request in receiver.requests]


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_receiver_that_is_busy_twice_gets_the_same_id_with_new_timestamps(
    engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    receiver.answers += [Answer(503, {"Retry-After": "1"}), Answer(503, {"Retry-After": "2"})]
    desk = Desk(engine, tmp_path, actors, [hook])
    desk.hear()
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["delivered"], "delivered at the third attempt", 15)
    seen = headers(receiver)
    assert len({header["webhook-id"] for header in seen}) == 1
    stamps = [int(header["webhook-timestamp"]) for header in seen]
    assert stamps[1] - stamps[0] >= 1
    assert stamps[2] - stamps[1] >= 2
    assert [row["outcome"] for row in rows(engine, "delivery_attempts")] == ["retry", "retry", "delivered"]
    Webhook(SECRET).verify(receiver.requests[-1].body, receiver.requests[-1].headers)


def test_a_receiver_that_stays_broken_is_given_up_visibly_and_a_replay_reaches_it(
    engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    receiver.answers += [Answer(500, body=b"out of order")] * 4
    desk = Desk(engine, tmp_path, actors, [hook])
    desk.hear()
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["dead"], "given up", 15)
        (row,) = rows(engine, "deliveries")
        assert (row["attempts"], row["error"]) == (4, "500 Internal Server Error: out of order")
        with engine.begin() as connection:
            assert outbox.replay(connection, None, builders.NOON) == 1
        wait_until(lambda: desk.statuses() == ["delivered"], "delivered after the replay", 15)
    assert len({header["webhook-id"] for header in headers(receiver)}) == 1


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refusal_is_not_tried_again_and_stands_as_failed(  # noqa: PLR0913, PLR0917 - fixtures
    sqlite_engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig, status: int
) -> None:
    receiver.answers.append(Answer(status, {"Location": "/elsewhere"}))
    desk = Desk(sqlite_engine, tmp_path, actors, [hook])
    desk.hear(2)
    before = metric("entente_deliveries_total", channel="webhook", outcome="failed")
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["delivered", "failed"], "the second is delivered", 15)
    assert len(receiver.requests) == 2
    assert metric("entente_deliveries_total", channel="webhook", outcome="failed") == before + 1


def test_a_receiver_that_is_gone_for_good_is_left_alone_until_it_is_opened_again(
    engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    receiver.answers.append(Answer(410))
    desk = Desk(engine, tmp_path, actors, [hook])
    desk.hear(3)
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["failed"] * 3, "all failed", 15)
        assert len(receiver.requests) == 1
        assert "410 Gone" in rows(engine, "deliveries")[0]["error"]
        with engine.begin() as connection:
            outbox.replay(connection, None, builders.NOON)
        wait_until(lambda: desk.statuses() == ["delivered"] * 3, "delivered after the replay", 15)


def test_a_channel_that_hangs_delays_no_other(
    engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    hold = threading.Event()
    receiver.answers += [Answer(204, hold=hold)] * 20
    desk = Desk(engine, tmp_path, actors, [hook, FileConfig()])
    with desk.delivering() as deliverer:
        began = time.monotonic()
        desk.hear(20)
        deliverer.wake()
        wait_until(lambda: desk.lines() == 20, "20 lines while the webhook hangs", 10)
        assert time.monotonic() - began < 5
        assert desk.statuses().count("delivered") >= 19
        hold.set()
        wait_until(lambda: desk.statuses() == ["delivered"] * 40, "the webhook too, later", 15)


def test_an_alert_whose_sender_died_before_writing_that_down_stands_in_the_file_once(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    desk = Desk(engine, tmp_path, actors, [FileConfig()])
    desk.hear(3)
    with engine.begin() as connection:
        first = outbox.due(connection, "file", datetime.now(UTC), 1)[0]
    open_channel(FileConfig(), desk.settings).send(render.message(first.announcement, "Every shift", actors))
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["delivered"] * 3, "delivered", 15)
    assert desk.lines() == 3


def test_updates_follow_what_they_update_in_the_order_of_the_topic(
    engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    desk = Desk(engine, tmp_path, actors, [hook])
    shifts = [
        builders.shift(id=f"s{number}", status=status)
        for number in range(5)
        for status in (ShiftStatus.PROVISIONAL, ShiftStatus.CONFIRMED)
    ]
    with archiver(engine, tmp_path, actors, [subscription(hook)]) as archive:
        archive.take([record(shift, offset) for offset, shift in enumerate(shifts)])
    with desk.delivering():
        wait_until(lambda: len(receiver.requests) == 10, "all are sent", 15)
    said = [Webhook(SECRET).verify(request.body, request.headers) for request in receiver.requests]
    assert [(one["shift"]["id"], one["number"]) for one in said] == [
        (f"s{shift}", number) for shift in range(5) for number in (1, 2)
    ]


def test_of_two_processes_only_one_sends_and_the_other_takes_over_when_it_stops(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    first, second = leadership(engine), leadership(engine)
    assert first.hold()
    assert not second.hold()
    assert first.hold()
    first.release()
    assert second.hold()
    second.release()
    desk = Desk(engine, tmp_path, actors, [FileConfig()])
    desk.hear(30)
    with desk.delivering(), desk.delivering():
        wait_until(lambda: desk.statuses() == ["delivered"] * 30, "delivered", 15)
    assert len(rows(engine, "delivery_attempts")) == desk.lines() == 30


def test_a_delivery_whose_channel_is_no_longer_asked_for_is_failed_not_forgotten(
    sqlite_engine: Engine, tmp_path: Path, actors: Actors, hook: WebhookConfig
) -> None:
    Desk(sqlite_engine, tmp_path, actors, [hook]).hear()
    desk = Desk(sqlite_engine, tmp_path, actors, [FileConfig()])
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["failed"], "failed", 15)
    assert rows(sqlite_engine, "deliveries")[0]["error"] == "no subscription has this channel any more"


def test_speed_is_measured_on_news_and_not_on_a_replay(sqlite_engine: Engine, tmp_path: Path, actors: Actors) -> None:
    desk = Desk(sqlite_engine, tmp_path, actors, [FileConfig()])
    name = "entente_published_to_delivered_seconds_count"
    before = metric(name)
    desk.hear(2)  # of years ago
    with desk.delivering():
        wait_until(lambda: desk.lines() == 2, "delivered", 15)
        assert metric(name) == before
        fresh = datetime.now(UTC) - timedelta(seconds=20)
        cause = replace(builders.statement(), published=fresh)
        with archiver(desk.engine, tmp_path, actors, [subscription()]) as archive:
            archive.take([record(builders.shift(id="new", at=fresh, statements=(cause,)), 50)])
        wait_until(lambda: metric(name) == before + 1, "measured", 15)


def test_the_backlog_is_shown_while_something_waits(
    sqlite_engine: Engine, tmp_path: Path, actors: Actors, receiver: Receiver, hook: WebhookConfig
) -> None:
    receiver.answers += [Answer(500)]
    desk = Desk(sqlite_engine, tmp_path, actors, [hook])
    desk.hear()
    began = time.time()
    with desk.delivering([timedelta(seconds=3)]):
        wait_until(lambda: metric("entente_outbox_pending") == 1, "one waits", 10)
        assert abs(metric("entente_outbox_oldest_pending_timestamp_seconds") - began) < 2
        wait_until(lambda: metric("entente_outbox_pending") == 0, "none waits", 15)
        assert metric("entente_outbox_oldest_pending_timestamp_seconds") >= began + 2


def test_the_console_shows_the_words_of_an_alert(
    sqlite_engine: Engine, tmp_path: Path, actors: Actors, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(sqlite_engine, tmp_path, actors, [ConsoleConfig()])
    desk.hear()
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["delivered"], "printed", 15)
    assert capsys.readouterr().out.startswith("JD(U) moved away from Mahagathbandhan: ally → rival [confirmed]\n")


def test_a_channel_that_raises_is_tried_again_and_harms_nobody(
    sqlite_engine: Engine, tmp_path: Path, actors: Actors, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(sqlite_engine, tmp_path, actors, [ConsoleConfig(), FileConfig()])
    raised: list[Any] = []

    def explode(*_: Any) -> None:
        raised.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr("sinks.channels.console.ConsoleChannel.send", explode)
    desk.hear()
    with desk.delivering():
        wait_until(lambda: desk.statuses() == ["dead", "delivered"], "the file has it", 15)
    assert len(raised) == 1 + len(SOON)
