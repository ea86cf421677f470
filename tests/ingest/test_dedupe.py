"""What of a feed's items is new, and what has changed."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.dedupe import Seen, article_id, find_news
from ingest.parse import Item
from tests.builders import NOON
from tests.ingest.desk import feed

FEED = feed("https://hilltop.example/feed")
ITEM = Item("k1", "https://hilltop.example/1", "Title", "Text", NOON - timedelta(hours=1), "hash-1")


def test_a_new_item_is_a_first_version_with_all_that_is_known() -> None:
    ((article, seen),) = [(n.article, n.seen) for n in find_news(FEED, [ITEM], {}, NOON)]
    assert article.id == article_id(FEED, "k1")
    assert len(article.id) == 32
    assert (article.version, article.outlet, article.feed, article.language) == (1, FEED.outlet, FEED.id, "en")
    assert (article.url, article.title, article.text) == (ITEM.url, "Title", "Text")
    assert (article.published, article.fetched) == (ITEM.published, NOON)
    assert seen == Seen("hash-1", 1, article.published)


def test_an_unchanged_item_is_no_news_and_a_changed_one_is_the_next_version() -> None:
    seen = {article_id(FEED, "k1"): Seen("hash-1", 4, NOON)}
    assert find_news(FEED, [ITEM], seen, NOON) == []
    (news,) = find_news(FEED, [replace(ITEM, content="hash-2")], seen, NOON)
    assert (news.article.id, news.article.version) == (article_id(FEED, "k1"), 5)


def test_an_item_without_a_date_keeps_the_time_it_was_first_seen() -> None:
    undated = replace(ITEM, published=None)
    (first,) = find_news(FEED, [undated], {}, NOON)
    assert first.article.published == NOON
    later = find_news(FEED, [replace(undated, content="2")], {first.article.id: first.seen}, NOON + timedelta(days=1))
    assert later[0].article.published == NOON


def test_the_oldest_news_comes_first() -> None:
    items = [replace(ITEM, key=str(n), published=NOON - timedelta(hours=n)) for n in range(5)]
    assert [n.article.published for n in find_news(FEED, items, {}, NOON)] == sorted(
        i.published for i in items if i.published
    )


@given(st.text(), st.text(), st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"]))
def test_ids_are_the_same_for_the_same_feed_and_key_and_for_no_other(key: str, other: str, one: str, two: str) -> None:
    first, second = (article_id(feed("https://x.example/", name), text) for name, text in ((one, key), (two, other)))
    assert (first == second) == ((one, key) == (two, other))
