"""What of a feed's items is new, and what has changed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from entente.domain import Article, ArticleId
from ingest.feeds import Feed
from ingest.parse import Item


@dataclass(frozen=True)
class Seen:
    """What was published last of an item."""

    content: str  # Item.content
    version: int
    published: datetime


@dataclass(frozen=True)
class News:
    """An article to publish, and what to remember once that is acknowledged."""

    article: Article
    seen: Seen


def article_id(feed: Feed, key: str) -> ArticleId:
    """The id of an item: the same in every poll, after every restart."""
    return ArticleId(blake2b(f"{feed.id}\0{key}".encode(), digest_size=16).hexdigest())


def find_news(feed: Feed, items: Sequence[Item], seen: Mapping[ArticleId, Seen], now: datetime) -> list[News]:
    """The new items as first versions, and the changed ones as next versions, oldest first.

    Args:
        feed: where they stand.
        items: as parsed; feeds list the newest first.
        seen: what was published of them.
        now: when they were fetched; the publication of a new item without a date.
    """
    news: list[News] = []
    for item in reversed(items):
        known = seen.get(article_id(feed, item.key))
        if known is not None and known.content == item.content:
            continue
        published = item.published or (known.published if known else now)
        version = known.version + 1 if known else 1
        article = Article(
            id=article_id(feed, item.key),
            url=item.url,
            outlet=feed.outlet,
            title=item.title,
            text=item.text,
            published=published,
            version=version,
            fetched=now,
            language=feed.language,
            feed=feed.id,
        )
        news.append(News(article, Seen(item.content, version, published)))
    return sorted(news, key=lambda one: one.article.published)
