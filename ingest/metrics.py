"""What the stage ingest shows of itself."""

from enum import StrEnum

from prometheus_client import Counter, Gauge, Histogram


class Outcome(StrEnum):
    """How a poll ended."""

    FRESH = "fresh"
    UNCHANGED = "unchanged"
    FAILED = "failed"


POLLS = Counter("entente_polls", "Polls of feeds, by what they brought.", ["outcome"])
POLL_DURATION = Histogram(
    "entente_poll_duration_seconds",
    "Time from the request for a feed to its articles being safe with the broker.",
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
)
ARTICLES = Counter("entente_articles_published", "Articles published, new ones and new versions.")
FEEDS = Gauge("entente_feeds", "Feeds by how their last poll went; those not polled yet are in neither.", ["state"])
LAST_ARTICLE = Gauge("entente_last_article_timestamp_seconds", "When an article was last published, in Unix time.")

for _outcome in Outcome:
    POLLS.labels(_outcome)
for _state in ("ok", "failing"):
    FEEDS.labels(_state)
