"""Every metric of the stage processors, each with its meaning."""

from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from entente.domain import ShiftStatus, StatementType
from entente.topics import ARTICLES, STATEMENTS, Topic
from processors.reading_process import Found

READ = (ARTICLES, STATEMENTS)  # the topics that this stage reads
OUTCOMES = ("relevant", "irrelevant", "dead")

ARTICLES_READ = Counter(
    "entente_articles_read_total", "Articles read, by what came of it: somebody watched is in it, or not", ["outcome"]
)
EXTRACT_DURATION = Histogram(
    "entente_extract_duration_seconds",
    "Time to read one article",
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
STATEMENTS_FOUND = Counter("entente_statements_total", "Stance statements found in articles", ["type"])
SHIFTS_FOUND = Counter("entente_shifts_total", "Shifts published, revisions included", ["status"])
PUBLISHED_TO_READ = Histogram(
    "entente_published_to_read_seconds",
    "Time from an article's publication, as its outlet says, until it was read",
    buckets=(10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400, 604800),
)
LAG = Gauge("entente_lag_messages", "Messages that wait to be handled", ["stage", "topic"])
DEAD_LETTERS = Counter("entente_dead_letters_total", "Messages that could not be handled", ["topic"])


def lag_of(topic: Topic) -> Gauge:
    """The gauge of one topic's waiting messages."""
    return LAG.labels(stage="processors", topic=topic.short)


def count_article(found: Found, now: datetime) -> None:
    """Note an article that was read."""
    ARTICLES_READ.labels(outcome="relevant" if found.relevant else "irrelevant").inc()
    EXTRACT_DURATION.observe(found.seconds)
    PUBLISHED_TO_READ.observe(max(0.0, (now - found.published).total_seconds()))
    for type_ in found.types:
        STATEMENTS_FOUND.labels(type=type_.value).inc()


def count_dead_letter(topic: Topic) -> None:
    """Note a message that could not be handled."""
    DEAD_LETTERS.labels(topic=topic.short).inc()
    if topic is ARTICLES:
        ARTICLES_READ.labels(outcome="dead").inc()


for _outcome in OUTCOMES:
    ARTICLES_READ.labels(outcome=_outcome)
for _type in StatementType:
    STATEMENTS_FOUND.labels(type=_type.value)
for _status in ShiftStatus:
    SHIFTS_FOUND.labels(status=_status.value)
for _topic in READ:
    lag_of(_topic)
    DEAD_LETTERS.labels(topic=_topic.short)
