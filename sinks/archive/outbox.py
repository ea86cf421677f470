"""The outbox: deliveries written with the archive, and what came of them. Inside the caller's transaction."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, insert, select, update

from entente import codec
from entente.domain import Alert
from sinks.alerts.announce import Announcement
from sinks.archive import store, tables
from sinks.archive.tables import alerts, closed_channels, deliveries, delivery_attempts
from sinks.channels.base import Outcome


class DeliveryStatus(StrEnum):
    """Where an attempt chain stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"  # the receiver refuses it, or its channel is no more
    DEAD = "dead"  # tried to the end of the schedule


GIVEN_UP = (DeliveryStatus.FAILED, DeliveryStatus.DEAD)


class Delivery(NamedTuple):
    """A row of the outbox, with its alert."""

    id: str
    channel: str
    status: DeliveryStatus
    attempts: int  # made so far
    error: str | None
    created_at: datetime
    announcement: Announcement


class Backlog(NamedTuple):
    """What waits to be sent."""

    waiting: int
    oldest: datetime | None


class Attempt(NamedTuple):
    """One try, and where the chain stands after it."""

    outcome: Outcome
    status: DeliveryStatus
    due_at: datetime  # when to try next, if it is pending
    began_at: datetime
    ended_at: datetime


def put(
    connection: Connection, announcement: Announcement, channels: Sequence[str], offset: int, now: datetime
) -> None:
    """Write an alert and a delivery for each channel.

    Args:
        connection: in the transaction of the effects.
        announcement: what is told.
        channels: where.
        offset: of the message that caused it.
        now: the clock.
    """
    alert = announcement.alert
    row = {
        "id": alert.id,
        "revision": alert.revision,
        "number": announcement.number,
        "subscription": alert.subscription,
        "shift_id": alert.shift.id if alert.shift else None,
        "status": announcement.status,
        "body": codec.encode(alert).decode(),
        "created_at": now,
    }
    store.insert_new(connection, alerts, [row])
    rows = [
        {
            "id": delivery_id(alert.id, alert.revision, channel),
            "alert_id": alert.id,
            "alert_revision": alert.revision,
            "channel": channel,
            "topic_offset": offset,
            "status": DeliveryStatus.PENDING.value,
            "attempts": 0,
            "created_at": now,
            "due_at": now,
        }
        for channel in channels
    ]
    store.insert_new(connection, deliveries, rows)


def delivery_id(alert_id: str, revision: str, channel: str) -> str:
    """The id of the one delivery of this alert revision on this channel."""
    return hashlib.blake2b(f"{alert_id}\n{revision}\n{channel}".encode(), digest_size=8).hexdigest()


def due_channels(connection: Connection, now: datetime) -> list[str]:
    """The channels for which something is due."""
    query = select(deliveries.c.channel).where(_is_due(now)).distinct().order_by(deliveries.c.channel)
    return list(connection.execute(query).scalars())


def due(connection: Connection, channel: str, now: datetime, limit: int) -> list[Delivery]:
    """What is due on the channel, in the order of the messages that caused it."""
    order = (deliveries.c.created_at, deliveries.c.topic_offset, alerts.c.number, deliveries.c.id)
    query = _joined().where(_is_due(now), deliveries.c.channel == channel).order_by(*order).limit(limit)
    return _read(connection, query)


def record(connection: Connection, delivery: Delivery, attempt: Attempt) -> None:
    """Write down an attempt."""
    outcome, status = attempt.outcome, attempt.status
    connection.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id)
        .values(
            status=status.value,
            attempts=delivery.attempts + 1,
            error=None if status is DeliveryStatus.DELIVERED else outcome.detail,
            due_at=attempt.due_at,
            finished_at=None if status is DeliveryStatus.PENDING else attempt.ended_at,
        )
    )
    connection.execute(
        insert(delivery_attempts).values(
            delivery_id=delivery.id,
            attempt=delivery.attempts + 1,
            outcome=outcome.result.value,
            detail=outcome.detail,
            attempted_at=attempt.began_at,
            duration=(attempt.ended_at - attempt.began_at) / timedelta(seconds=1),
        )
    )


def closed(connection: Connection, channel: str) -> str | None:
    """Why nothing is sent to the channel, if so."""
    query = select(closed_channels.c.reason).where(closed_channels.c.channel == channel)
    return connection.execute(query).scalar_one_or_none()


def backlog(connection: Connection) -> Backlog:
    """What waits to be sent, now or later."""
    query = select(func.count(), func.min(deliveries.c.created_at)).where(
        deliveries.c.status == DeliveryStatus.PENDING.value
    )
    count, oldest = connection.execute(query).one()
    return Backlog(count, oldest)


def recent(connection: Connection, limit: int, statuses: Sequence[DeliveryStatus]) -> list[Delivery]:
    """The newest deliveries of these statuses, the newest first."""
    wanted = deliveries.c.status.in_([status.value for status in statuses])
    order = (deliveries.c.created_at.desc(), deliveries.c.topic_offset.desc(), alerts.c.number.desc())
    return _read(connection, _joined().where(wanted).order_by(*order).limit(limit))


def replay(connection: Connection, delivery: str | None, now: datetime) -> int:
    """Send again what was given up, or the one delivery with that id whatever its status; how many these are."""
    which = (
        deliveries.c.status.in_([status.value for status in GIVEN_UP])
        if delivery is None
        else deliveries.c.id == delivery
    )
    channels = connection.execute(select(deliveries.c.channel).where(which)).scalars().all()
    store.open_channels(connection, channels)
    connection.execute(
        update(deliveries)
        .where(which)
        .values(status=DeliveryStatus.PENDING.value, attempts=0, due_at=now, finished_at=None)
    )
    return len(channels)


def _is_due(now: datetime) -> Any:  # noqa: ANN401 - an expression of SQLAlchemy
    return (deliveries.c.status == DeliveryStatus.PENDING.value) & (deliveries.c.due_at <= now)


def _joined() -> Select[Any]:
    last = alerts.alias("before")
    was = (
        select(last.c.status)
        .where(last.c.id == alerts.c.id, last.c.number == alerts.c.number - 1)
        .scalar_subquery()
        .label("was")
    )
    told = (deliveries.c.alert_id == alerts.c.id) & (deliveries.c.alert_revision == alerts.c.revision)
    columns = (alerts.c.number, alerts.c.status.label("alert_status"), alerts.c.body, was)
    return select(deliveries, *columns).select_from(deliveries.join(tables.alerts, told))


def _read(connection: Connection, query: Select[Any]) -> list[Delivery]:
    return [
        Delivery(
            id=row.id,
            channel=row.channel,
            status=DeliveryStatus(row.status),
            attempts=row.attempts,
            error=row.error,
            created_at=row.created_at,
            announcement=Announcement(codec.decode(row.body.encode(), Alert), row.number, row.alert_status, row.was),
        )
        for row in connection.execute(query)
    ]
