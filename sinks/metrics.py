"""Every metric of the stage sinks, each with its meaning."""

from prometheus_client import Counter, Gauge, Histogram

from entente.domain import ShiftStatus
from entente.topics import ARTICLES, MENTIONS, SHIFTS, STATEMENTS, Topic
from sinks.alerts.announce import MENTION
from sinks.registry import CHANNELS

READ = (ARTICLES, MENTIONS, STATEMENTS, SHIFTS)  # the topics that this stage reads
OUTCOMES = ("delivered", "retried", "failed")

ARCHIVED = Counter("entente_archived_total", "Messages kept in the archive", ["topic"])
ALERTS = Counter("entente_alerts_total", "Alerts raised, updates included, by the status of the shift", ["status"])
DELIVERIES = Counter(
    "entente_deliveries_total",
    "Attempts to send an alert: delivered, to be tried again, or given up",
    ["channel", "outcome"],
)
OUTBOX_PENDING = Gauge("entente_outbox_pending", "Deliveries that wait to be sent")
OUTBOX_OLDEST = Gauge(
    "entente_outbox_oldest_pending_timestamp_seconds",
    "When the delivery that waits longest was written; now, when none waits",
)
PUBLISHED_TO_DELIVERED = Histogram(
    "entente_published_to_delivered_seconds",
    "Time from the publication of the newest report that an alert shows until it was delivered; "
    "alerts on reports older than a day are left out, as a replay tells nothing about speed",
    buckets=(1, 3, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400),
)
LAG = Gauge("entente_sink_lag_messages", "Messages that wait to be archived", ["topic"])
DEAD_LETTERS = Counter("entente_sink_dead_letters_total", "Messages that could not be archived", ["topic"])


def archived_of(topic: Topic) -> Counter:
    """The counter of one topic's messages."""
    return ARCHIVED.labels(topic=topic.short)


def lag_of(topic: Topic) -> Gauge:
    """The gauge of one topic's waiting messages."""
    return LAG.labels(topic=topic.short)


def dead_letters_of(topic: Topic) -> Counter:
    """The counter of one topic's messages that could not be archived."""
    return DEAD_LETTERS.labels(topic=topic.short)


for _topic in READ:
    archived_of(_topic)
    lag_of(_topic)
    dead_letters_of(_topic)
for _status in (*ShiftStatus, MENTION):
    ALERTS.labels(status=str(_status))
for _channel in CHANNELS:
    for _outcome in OUTCOMES:
        DELIVERIES.labels(channel=_channel, outcome=_outcome)
