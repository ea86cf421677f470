"""Feeds of every kind become items; nothing a server sends does harm."""

import json
import re
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.parse import (
    ITEMS_AT_MOST,
    TEXT_AT_MOST,
    TITLE_AT_MOST,
    NotAFeedError,
    canonical,
    complete_items,
    harmless,
    parse,
)

FEEDS = Path(__file__).parents[1] / "feeds"
NOW = datetime(2024, 2, 7, 12, 0, tzinfo=UTC)
XML = "application/xml"


def of_items(*items: str) -> bytes:
    return f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()


@pytest.mark.parametrize("feed", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.stem)
def test_a_feed_is_read_as_expected(feed: Path) -> None:
    """Each feed in tests/feeds stands beside what must be read in it, at noon of 7 February 2024."""
    parsed = parse(feed.read_bytes(), XML, NOW)
    expected = json.loads(feed.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert (parsed.skipped, parsed.truncated) == (expected["skipped"], expected["truncated"])
    assert [
        {
            "key": item.key,
            "url": item.url,
            "title": item.title,
            "text": item.text,
            "published": item.published.isoformat() if item.published else None,
        }
        for item in parsed.items
    ] == expected["items"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_feed_that_breaks_off_keeps_its_complete_items_and_no_other(cut: int) -> None:
    whole = (FEEDS / "rss2.xml").read_bytes()
    items = {item.key: item for item in parse(whole, XML, NOW).items}
    piece = whole[: len(whole) * cut // 12]
    parsed = parse(piece, XML, NOW)
    assert parsed.truncated
    assert all(items[item.key] == item for item in parsed.items)
    assert len(parsed.items) == min(3, piece.count(b"</item>"))


def test_the_charset_of_the_header_counts() -> None:
    body = "<rss version='2.0'><channel><item><title>Möwe</title></item></channel></rss>".encode("iso-8859-1")
    assert parse(body, "text/xml; charset=ISO-8859-1", NOW).items[0].title == "Möwe"


@pytest.mark.parametrize("charset", ["klingon", "undefined", "hex", "utf-8"])
def test_a_wrong_charset_is_no_fault(charset: str) -> None:
    body = "<rss version='2.0'><channel><item><title>Möwe</title></item></channel></rss>".encode()
    assert parse(body, f"text/xml; charset={charset}", NOW).items[0].title == "Möwe"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><head><title>Cookies?</title></head><body><p>Consent</p></body></html>",
        b'{"version": "https://jsonfeed.org/version/1.1", "items": []}',
        b"/etc/passwd",
        b"file:///etc/passwd",
        b"http://127.0.0.1/feed",
        b"\x00\x01\x02",
    ],
)
def test_what_is_no_feed_is_refused_with_its_start_and_nothing_is_opened(body: bytes) -> None:
    with pytest.raises(NotAFeedError, match=r"no feed; it starts b'"):
        parse(body, XML, NOW)


def test_an_empty_feed_has_no_items() -> None:
    assert parse(of_items(), XML, NOW).items == ()


def test_what_is_longer_than_a_message_may_be_is_cut() -> None:
    long = of_items(f"<item><title>{'t' * 9000}</title><description>{'word ' * 90_000}</description></item>")
    (item,) = parse(long, XML, NOW).items
    assert len(item.title) == TITLE_AT_MOST
    assert len(item.text) == TEXT_AT_MOST


def test_characters_that_no_message_can_carry_are_dropped() -> None:
    (item,) = parse(of_items("<item><title>a\x00b&#xD800;c&#55296;&#1;d&#x1F600;&#9;e</title></item>"), XML, NOW).items
    assert item.title == "abcd\U0001f600 e"


def test_white_space_alone_changes_no_content_hash() -> None:
    one, other = (
        parse(of_items(f"<item><guid>1</guid><title>T</title><description>{text}</description></item>"), XML, NOW)
        for text in ("&lt;p&gt;One two.&lt;/p&gt;", "&lt;div class='x'&gt; One\n two. &lt;/div&gt;")
    )
    assert one.items[0].content == other.items[0].content


@pytest.mark.parametrize(
    ("link", "same"),
    [
        ("https://A.example/p?utm_source=x&id=1#top", "https://a.example/p?id=1"),
        ("https://a.example/p?fbclid=1", "https://a.example/p"),
        ("https://a.example/p?q=a%20b&e=", "https://a.example/p?q=a+b&e="),
    ],
)
def test_a_link_is_the_same_without_tracking(link: str, same: str) -> None:
    assert canonical(link) == same


def quadratic(encoding: str) -> bytes:
    uses = "&a;" * 5000
    bomb = f"""<?xml version="1.0" encoding="{encoding}"?>
<!DOCTYPE rss [
<!ENTITY a "{"x" * 100_000}">
]>
<rss version="2.0"><channel><item><title>{uses}</title><description>{uses}</description></item></channel></rss>"""
    return bomb.encode(encoding)


@pytest.mark.parametrize(
    "body",
    [
        of_items("<item><title>t</title></item>" * 200_000),
        of_items("<item><title>t</title>" + "<a>" * 200_000 + "</a>" * 200_000 + "</item>"),
        of_items("<b>" * 3_000_000),
        of_items("<item><title>" + "<" * 9_000_000 + "</title></item>"),
        of_items("<item a='" + "x" * 8_000_000 + "'><title>t</title></item>"),
        of_items("<item " + "".join(f"a{n}='' " for n in range(300_000)) + "/>"),
        of_items("<item><title>" + "<![CDATA[" * 1_000_000 + "</title></item>"),
        of_items("<!--" * 2_000_000),
    ],
    ids=["items", "nested", "unclosed", "less-than", "attribute", "attributes", "cdata", "comments"],
)
def test_what_would_keep_the_parser_busy_for_minutes_is_refused_at_once(body: bytes) -> None:
    start = time.monotonic()
    with pytest.raises(NotAFeedError, match="no feed has "):
        parse(body, XML, NOW)
    assert time.monotonic() - start < 2


def test_a_large_feed_is_read_to_its_most_items() -> None:
    """2000 items of five tags each, with twenty tags of HTML in each text."""
    text = "<![CDATA[" + "<p>A <b>paragraph</b>.</p>" * 5 + "]]>"
    item = f"<item><link>https://a.example/%d</link><title>t</title><description>{text}</description></item>"
    parsed = parse(of_items(*(item % number for number in range(ITEMS_AT_MOST + 5))), XML, NOW)
    assert len(parsed.items) == ITEMS_AT_MOST


NESTED = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>
<rss version="2.0"><channel><item><title>&e;&e;&e;&e;</title></item></channel></rss>"""
HIDDEN = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY q "]>">
<!ENTITY a "{0}">
<!-- " --> ]><rss version="2.0"><channel><item><title>{1}</title></item></channel></rss>"""
EXTERNAL = """<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<rss version="2.0"><channel><item><title>&secret;</title></item></channel></rss>"""


@pytest.mark.parametrize(
    "bomb",
    [
        quadratic("utf-8"),
        quadratic("utf-16"),
        NESTED.encode(),
        HIDDEN.format("x" * 100_000, "&a;" * 5000).encode(),
        EXTERNAL.encode(),
        b"<!DOCTYPE " * 200_000,
        b"<rss version='2.0'><channel><item><title>t</title><description>" + b"&lt;b&gt;" * 20_000 + b"</description>",
    ],
    ids=["quadratic", "quadratic-utf-16", "nested", "hidden", "external", "doctypes", "unclosed"],
)
def test_declared_entities_are_never_expanded(bomb: bytes) -> None:
    """Under two seconds and 100 MB, where feedparser alone takes up to 34 s and 1.4 GB."""
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        items = parse(bomb, XML, NOW).items
    except NotAFeedError:
        items = ()
    assert time.monotonic() - start < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert all("root:" not in item.title and "haha" not in item.title for item in items)


TAGS = st.sampled_from(
    re.findall(
        r"<.*?>|\S+",
        """<rss version='2.0'> <channel> <item> </item> </channel> </rss> <title> </title> <guid> </guid> <link> </link>
        <description> </description> <feed xmlns='http://www.w3.org/2005/Atom'> <entry> </entry> <pubDate> </pubDate>
        <?xml version='1.0' encoding='utf-7'?> <![CDATA[ ]]> <!DOCTYPE [ ]> <!ENTITY a 'b'> &a; &amp; &#xD800; &#1; <p>
        <!-- --> 2024- """,
    )
)
SOUP = st.lists(TAGS | st.text(max_size=8), max_size=40).map(lambda parts: "".join(parts).encode("utf-8", "replace"))


@given(SOUP | st.binary(max_size=300), st.sampled_from([XML, "text/html", "", "text/xml; charset=utf-16", "\x00;;="]))
@example(b"<!DOCTYPE a [<!ENTITY ", "")
@example(b"<![", "")
def test_no_bytes_make_the_parser_fail_otherwise_than_as_no_feed(body: bytes, content_type: str) -> None:
    try:
        parsed = parse(body, content_type, NOW)
    except NotAFeedError:
        return
    for item in parsed.items:
        assert item.key
        assert item.title or item.text
        assert (item.key + item.title + item.text + (item.url or "")).encode()
    assert len({item.key for item in parsed.items}) == len(parsed.items)
    assert parse(body, content_type, NOW) == parsed


@given(SOUP)
def test_a_document_that_breaks_off_is_mended_once(body: bytes) -> None:
    mended, _ = complete_items(harmless(body, XML))
    assert complete_items(mended) == (mended, False) or b"<rss" not in mended


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5, unique_by=lambda pair: pair[0].strip()))
def test_an_item_keeps_its_key_whatever_stands_around_it(pairs: list[tuple[str, str]]) -> None:
    written = [f"<item><guid>{_escape(guid)}</guid><title>{_escape(title)}</title></item>" for guid, title in pairs]
    together = {item.key: item.content for item in parse(of_items(*written), XML, NOW).items}
    alone = [item for one in written for item in parse(of_items(one), XML, NOW).items]
    assert {item.content for item in alone} == set(together.values())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
