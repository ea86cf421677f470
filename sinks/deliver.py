"""From the outbox to people: each channel in its own queue, tried until it succeeds or nothing is left to try."""

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import Engine

from entente.packs import Actors
from sinks import metrics, retry
from sinks.alerts import render
from sinks.alerts.announce import Announcement
from sinks.archive import outbox, store
from sinks.archive.outbox import Attempt, Delivery, DeliveryStatus
from sinks.channels.base import Channel, Outcome, Result, kind_of
from sinks.leader import Leadership
from sinks.patience import Patience

LOOK_EVERY = 1.0  # seconds between looks for what became due, or was written by another process
LANES = 128  # channels served at the same moment
AT_A_TIME = 50  # deliveries read at once
OLD = timedelta(days=1)  # reports older than that are a replay, and tell nothing about speed

log = logging.getLogger(__name__)


class Deliverer:
    """Sends what is due, as long as this process has the right to."""

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self,
        engine: Engine,
        leadership: Leadership,
        channels: Mapping[str, Channel],
        titles: Mapping[str, str],
        actors: Actors,
        *,
        schedule: Sequence[timedelta] = retry.SCHEDULE,
    ) -> None:
        """A deliverer.

        Args:
            engine: the archive.
            leadership: the right to send.
            channels: by name.
            titles: of the subscriptions, by id.
            actors: for their short names.
            schedule: the delay after each failed attempt.
        """
        self._engine = engine
        self._leadership = leadership
        self._channels = channels
        self._titles = titles
        self._actors = actors
        self._schedule = schedule
        self._busy: set[str] = set()
        self._resting: dict[str, datetime] = {}  # channels that failed, and until when they are left alone
        self._wake = threading.Event()
        self.ticked_at = monotonic()
        self.failure: Exception | None = None  # why it stopped by itself
        self.patience: Patience | None = None

    def wake(self) -> None:
        """Look at once: something was written."""
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; what is being sent then is finished."""
        patience = self.patience = Patience(stop)
        pool = ThreadPoolExecutor(LANES, thread_name_prefix="lane")
        try:
            while not stop.is_set():
                self.ticked_at = monotonic()
                self._wake.clear()
                patience.until_done(lambda: self._dispatch(pool, stop))
                self._wake.wait(LOOK_EVERY)
        except Exception as error:
            log.exception("the delivery of alerts failed")
            self.failure = error
        finally:
            pool.shutdown(wait=True)
            self._leadership.release()

    def _dispatch(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        now = datetime.now(UTC)
        leads = self._leadership.hold()
        with self._engine.begin() as connection:
            backlog = outbox.backlog(connection)
            channels = outbox.due_channels(connection, now) if leads else []
        metrics.OUTBOX_PENDING.set(backlog.waiting)
        metrics.OUTBOX_OLDEST.set((backlog.oldest or now).timestamp())
        for channel in channels:
            if channel not in self._busy and self._resting.get(channel, now) <= now:
                self._busy.add(channel)
                pool.submit(self._serve, channel, stop)

    def _serve(self, channel: str, stop: threading.Event) -> None:
        """Send what is due on the channel, until nothing is or it fails."""
        patience = Patience(stop)
        try:
            while not stop.is_set():
                deliveries, closed = patience.until_done(lambda: self._due(channel)) or ([], None)
                if not deliveries:
                    return
                for delivery in deliveries:
                    if stop.is_set():
                        return
                    result = self._attempt(delivery, closed, patience)
                    if result is Result.RETRY:
                        return
                    if result is Result.CLOSED:
                        break
        except Exception as error:
            log.exception("channel %s failed", channel)
            self.failure = error
        finally:
            self._busy.discard(channel)
            self._wake.set()

    def _due(self, channel: str) -> tuple[list[Delivery], str | None]:
        with self._engine.begin() as connection:
            due = outbox.due(connection, channel, datetime.now(UTC), AT_A_TIME)
            return due, outbox.closed(connection, channel)

    def _attempt(self, delivery: Delivery, closed: str | None, patience: Patience) -> Result:
        """Try once and write that down."""
        began = datetime.now(UTC)
        outcome = Outcome(Result.REFUSED, closed) if closed else self._send(delivery)
        attempt = judge(delivery, outcome, began, datetime.now(UTC), random.random(), self._schedule)  # noqa: S311
        self._count(delivery, attempt)
        patience.until_done(lambda: self._record(delivery, attempt))
        if outcome.result is Result.RETRY:
            wait = None if attempt.status is DeliveryStatus.DEAD else attempt.due_at - attempt.ended_at
            self._resting[delivery.channel] = attempt.ended_at + retry.rest(wait, self._schedule)
        return outcome.result

    def _send(self, delivery: Delivery) -> Outcome:
        channel = self._channels.get(delivery.channel)
        if channel is None:
            return Outcome(Result.REFUSED, "no subscription has this channel any more")
        subscription = delivery.announcement.alert.subscription
        title = self._titles.get(subscription, subscription)
        try:
            return channel.send(render.message(delivery.announcement, title, self._actors))
        except Exception as error:  # a channel's fault delays nobody else
            log.exception("channel %s raised", delivery.channel)
            return Outcome(Result.RETRY, f"{type(error).__name__}: {error}")

    def _record(self, delivery: Delivery, attempt: Attempt) -> None:
        with self._engine.begin() as connection:
            outbox.record(connection, delivery, attempt)
            if attempt.outcome.result is Result.CLOSED:
                reason = f"closed by its receiver on {attempt.ended_at:%Y-%m-%d}: {attempt.outcome.detail}"
                store.close_channel(connection, delivery.channel, reason, attempt.ended_at)

    def _count(self, delivery: Delivery, attempt: Attempt) -> None:
        outcome = {DeliveryStatus.DELIVERED: "delivered", DeliveryStatus.PENDING: "retried"}.get(
            attempt.status, "failed"
        )
        metrics.DELIVERIES.labels(channel=kind_of(delivery.channel), outcome=outcome).inc()
        if outcome == "delivered":
            age = attempt.ended_at - published(delivery.announcement)
            if age < OLD:
                metrics.PUBLISHED_TO_DELIVERED.observe(max(0.0, age.total_seconds()))  # outlets' clocks may be ahead
        else:
            say: Callable[..., None] = log.info if outcome == "retried" else log.warning
            say("delivery %s on %s: %s, %s", delivery.id, delivery.channel, attempt.outcome.detail, outcome)


def judge(  # noqa: PLR0913, PLR0917 - all that decides it
    delivery: Delivery,
    outcome: Outcome,
    began: datetime,
    ended: datetime,
    chance: float,
    schedule: Sequence[timedelta] = retry.SCHEDULE,
) -> Attempt:
    """Where a delivery stands after an attempt (pure)."""
    match outcome.result:
        case Result.DELIVERED:
            return Attempt(outcome, DeliveryStatus.DELIVERED, ended, began, ended)
        case Result.REFUSED | Result.CLOSED:
            return Attempt(outcome, DeliveryStatus.FAILED, ended, began, ended)
    wait = retry.delay(delivery.attempts + 1, outcome.retry_after, chance, schedule)
    if wait is None:
        return Attempt(outcome, DeliveryStatus.DEAD, ended, began, ended)
    return Attempt(outcome, DeliveryStatus.PENDING, ended + wait, began, ended)


def published(announcement: Announcement) -> datetime:
    """When the newest report that the alert shows was published."""
    alert = announcement.alert
    if alert.shift is not None:
        return max(statement.published for statement in alert.shift.statements)
    if alert.mentions is None:
        raise ValueError(f"alert {alert.id} tells nothing")
    return alert.mentions.published
