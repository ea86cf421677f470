"""The demo's newsroom prints its articles in order, and its file is checked."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from entente.errors import InputError
from ingest.demo.newsroom import AT_ONCE, PACE, Edition, Newsroom, load_articles, render
from ingest.parse import parse
from tests.builders import NOON

EDITION = load_articles()
GOOD = """
outlets: [{id: courier, name: The Courier}]
articles:
  - {id: b, outlet: courier, published: 2024-01-28T10:00:00+05:30, title: Second, text: Text., wire: w}
  - {id: a, outlet: courier, published: 2024-01-27T10:00:00+05:30, title: First, text: Text.}
"""


def read(folder: Path, text: str) -> Edition:
    file = folder / "articles.yaml"
    file.write_text(text, encoding="utf-8")
    return load_articles(file)


def test_fifty_articles_are_out_within_forty_five_seconds() -> None:
    assert len(EDITION.printed(0)) == AT_ONCE
    assert len(EDITION.printed(PACE)) == AT_ONCE + 1
    assert len(EDITION.printed(45)) >= min(50, len(EDITION.pieces))
    assert EDITION.printed(10_000) == EDITION.pieces


def test_articles_are_printed_in_the_order_of_their_dates(tmp_path: Path) -> None:
    assert [piece.id for piece in read(tmp_path, GOOD).pieces] == ["a", "b"]
    dates = [piece.published for piece in EDITION.pieces]
    assert dates == sorted(dates)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "outlet: courier, published: 2024-01-28",
            "outlet: other, published: 2024-01-28",
            "article b: outlet: no outlet",
        ),
        ("id: a,", "id: b,", "article b: id: stands twice"),
        ("2024-01-27T10:00:00+05:30", "2024-01-27T10:00:00", "article a: published: 2024-01-27T10:00:00 has no offset"),
        ("title: First", "title: ' '", "article a: title: is empty"),
        ("wire: w", "wires: w", "articles: number 1: no key 'wires'; known: "),
        ("title: Second, ", "", "articles: number 1: title is missing"),
        ("2024-01-27T10", "2024-02-31T10", "published '2024-02-31T10:00:00+05:30': use a time that exists"),
        ("outlets:", "outlets", "articles.yaml"),
    ],
)
def test_a_wrong_article_is_refused_with_its_id_and_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as refused:
        read(tmp_path, GOOD.replace(old, new))
    assert complaint in str(refused.value)
    assert "articles.yaml" in str(refused.value)


def test_what_is_printed_is_what_is_read() -> None:
    for outlet in EDITION.outlets:
        pieces = [piece for piece in EDITION.pieces if piece.outlet == outlet.id]
        items = parse(render(outlet, pieces, "http://127.0.0.1:1"), "application/rss+xml; charset=utf-8", NOON).items
        assert [(item.key, item.title) for item in items] == [(piece.id, piece.title) for piece in pieces]
        for item, piece in zip(items, pieces, strict=True):
            assert item.text.split() == piece.text.split()
            assert item.published in (piece.published, NOON)


def test_an_outlet_serves_etag_304_gzip_and_a_page_for_each_article() -> None:
    async def visit() -> None:
        newsroom = Newsroom(EDITION)
        await newsroom.start()
        try:
            async with aiohttp.ClientSession() as session:
                feed = next(f for f in newsroom.feeds if f.outlet == _outlet_of_first())
                async with session.get(feed.url) as first:
                    assert first.headers["Content-Encoding"] in ("gzip", "deflate")
                    items = parse(await first.read(), first.headers["Content-Type"], NOON).items
                async with session.get(feed.url, headers={"If-None-Match": first.headers["ETag"]}) as second:
                    assert second.status == 304
                assert items[-1].url is not None
                async with session.get(items[-1].url) as page:
                    assert EDITION.pieces[0].text.split()[0] in await page.text()
                for missing in ("/feeds/none.xml", "/articles/none", f"/articles/{EDITION.pieces[-1].id}", "/"):
                    async with session.get(f"http://127.0.0.1:{newsroom.endpoint[1]}{missing}") as answer:
                        assert answer.status == 404
        finally:
            await newsroom.close()

    asyncio.run(visit())


def _outlet_of_first() -> str:
    return next(outlet.name for outlet in EDITION.outlets if outlet.id == EDITION.pieces[0].outlet)
