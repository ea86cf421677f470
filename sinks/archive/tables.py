"""The tables of the archive.

Columns whose name ends in `_at` hold the clock of this machine. All others follow from the messages alone, so that two
archives of the same messages are equal without them (`deliveries` and `delivery_attempts` also tell how sending went).
Words stand whole in `body`, as on their topics; the columns beside it are what is searched for.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Time(TypeDecorator[datetime]):
    """A zone-aware time; kept as UTC, also where the database knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The time in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """The time with its zone."""
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
    }
)

articles = Table(
    "articles",  # the newest version of each
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("published", Time, nullable=False),
    Column("body", Text, nullable=False),
    Column("archived_at", Time, nullable=False),
    Index(None, "published"),
)

mentions = Table(
    "mentions",  # of an actor in the newest version of an article
    metadata,
    Column("article_id", Text, primary_key=True),
    Column("actor", Text, primary_key=True),
    Column("article_version", Integer, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("published", Time, nullable=False),
    Column("count", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("archived_at", Time, nullable=False),
    Index(None, "actor", "published"),
)

statements = Table(
    "statements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("article_id", Text, nullable=False),
    Column("article_version", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("polarity", Float, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("published", Time, nullable=False),
    Column("body", Text, nullable=False),
    Column("archived_at", Time, nullable=False),
    Index(None, "holder", "target", "published"),
    Index(None, "article_id"),
)


def _told_columns() -> list[Column[Any]]:
    """What a shift's current form and its revisions have in common."""
    return [
        Column("holder", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("from_label", Text, nullable=False),
        Column("to_label", Text, nullable=False),
        Column("at", Time, nullable=False),
        Column("status", Text, nullable=False),
        Column("sources", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("archived_at", Time, nullable=False),
    ]


shifts = Table(
    "shifts",  # the current form of each
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", Text, nullable=False),
    *_told_columns(),
    Index(None, "at"),
    Index(None, "holder", "target", "at"),
)

shift_revisions = Table(
    "shift_revisions",  # every form that a shift had, in order of partition and offset
    metadata,
    Column("shift_id", Text, primary_key=True),
    Column("revision", Text, primary_key=True),
    Column("topic_partition", Integer, nullable=False),
    Column("topic_offset", BigInteger, nullable=False),  # of its first arrival
    *_told_columns(),
)

alerts = Table(
    "alerts",  # every revision of an alert; the one with the highest number is current
    metadata,
    Column("id", Text, primary_key=True),
    Column("revision", Text, primary_key=True),
    Column("number", Integer, nullable=False),  # 1 for what was told first
    Column("subscription", Text, nullable=False),
    Column("shift_id", Text),
    Column("status", Text, nullable=False),  # of the shift, or "mention"
    Column("body", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    Index(None, "subscription", "created_at"),
    Index(None, "shift_id"),
)

deliveries = Table(
    "deliveries",  # the outbox: one row for each alert revision and channel
    metadata,
    Column("id", Text, primary_key=True),
    Column("alert_id", Text, nullable=False),
    Column("alert_revision", Text, nullable=False),
    Column("channel", Text, nullable=False),  # type and target, without secrets
    Column("topic_offset", BigInteger, nullable=False),  # of the message that caused it: the order of sending
    Column("status", Text, nullable=False),  # a DeliveryStatus
    Column("attempts", Integer, nullable=False),
    Column("error", Text),  # of the last attempt
    Column("created_at", Time, nullable=False),
    Column("due_at", Time, nullable=False),  # when to try next
    Column("finished_at", Time),
    UniqueConstraint("alert_id", "alert_revision", "channel"),
    ForeignKeyConstraint(["alert_id", "alert_revision"], ["alerts.id", "alerts.revision"]),
    Index(None, "status", "channel", "due_at"),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempted_at", Time, nullable=False),
    Column("duration", Float, nullable=False),  # seconds
    ForeignKeyConstraint(["delivery_id"], ["deliveries.id"]),
    Index(None, "delivery_id"),
)

closed_channels = Table(
    "closed_channels",  # whose receiver said that it wants no more
    metadata,
    Column("channel", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("closed_at", Time, nullable=False),
)

positions = Table(
    "positions",  # the offset to read next, changed in the transaction of the effects
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)
