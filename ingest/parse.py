"""The bytes of a feed to its items. Pure, and safe on whatever a server sends.

RSS 0.9x to 2.0, RSS 1.0 (RDF) and Atom, read by feedparser on bytes made harmless first: it reads local files when it
is given their name, and its lenient parser expands entities without bound.
"""

import html
import io
import re
from calendar import timegm
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import feedparser
from feedparser.encodings import convert_to_utf8

from ingest.markup import clean, line, paragraphs, plain_paragraphs

ITEMS_AT_MOST = 2000
TAGS_AT_MOST = 100_000  # twenty times those of a feed of a hundred items
TAG_AT_MOST = 50_000  # bytes
TITLE_AT_MOST = 1000  # characters, as the next two: a message must not outgrow what brokers take
TEXT_AT_MOST = 100_000
URL_AT_MOST = 4000
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before there were feeds: a misread or made-up date
_AHEAD_AT_MOST = timedelta(days=1)

_CONTROL = bytes(set(range(32)) - {9, 10, 13})  # no XML may hold these
_REFERENCE = re.compile(rb"&#(x?)((?:0*[01]?[0-9A-Fa-f]|0*[Dd][89A-Fa-f][0-9A-Fa-f]{2}|0*5[5-7][0-9]{3}));")
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_DOCTYPE_OPENS = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE_REST = re.compile(
    rb"""(?:[^"'\[>]|"[^"]*+"|'[^']*+')*+ (?:\[ (?:[^"'\]]|"[^"]*+"|'[^']*+')*+ \]\s*+)? >""", re.VERBOSE
)
_LONG_TAG = re.compile(rb"<[^<>]{%d}" % TAG_AT_MOST)
_ROOT = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|RDF))[\s>]")
_ITEM_OPENS = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_ITEM_CLOSES = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|at_medium|at_campaign", re.IGNORECASE)


class NotAFeedError(Exception):
    """The document is no feed; the text says what it looks like."""


@dataclass(frozen=True)
class Item:
    """One article as the feed lists it."""

    key: str  # what it is known by in this feed: its guid, else its link, else its content
    url: str | None
    title: str
    text: str  # paragraphs, with an empty line between them
    published: datetime | None  # None: the feed gives no date that can be
    content: str  # hash of title and text, the same when only white space changes


@dataclass(frozen=True)
class Parsed:
    """What a document says."""

    items: tuple[Item, ...]  # in its order
    skipped: int = 0  # items without title and text, or listed twice
    truncated: bool = False  # it breaks off: complete items only, more may have followed


def parse(body: bytes, content_type: str, now: datetime) -> Parsed:
    """The complete items of a feed.

    Args:
        body: as served, decompressed.
        content_type: the HTTP header; its charset counts.
        now: no item is taken to be published later than a day after.

    Raises:
        NotAFeedError: it is something else.
    """
    xml, truncated = complete_items(harmless(body, content_type))
    _check_bounds(xml)
    try:
        document = feedparser.parse(
            io.BytesIO(xml),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # no markup is kept
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever its lenient parser raises on hostile bytes
        raise NotAFeedError(f"cannot be parsed: {error!r}") from error
    if not document.get("version") and not document.entries:
        raise NotAFeedError(f"no feed; it starts {body[:60]!r}")
    entries = document.entries[:ITEMS_AT_MOST]
    guids = Counter(_guid(entry) for entry in entries)
    items: dict[str, Item] = {}
    for entry in entries:
        item = _item(entry, now, unique=guids[_guid(entry)] == 1)
        if item is not None:
            items.setdefault(item.key, item)
    return Parsed(tuple(items.values()), len(entries) - len(items), truncated)


def harmless(body: bytes, content_type: str) -> bytes:
    """The document in UTF-8, without a document type and what it declares."""
    xml = _utf8(body, content_type).translate(None, _CONTROL)
    xml = _REFERENCE.sub(_allowed, xml)
    opens = _DOCTYPE_OPENS.search(xml)
    closes = _DOCTYPE_REST.match(xml, opens.end()) if opens else None
    if opens and closes:
        xml = xml[: opens.start()] + xml[closes.end() :]
    return _ENTITY.sub(b"<!-ENTITY", xml)  # one that hides from the pattern above becomes plain bad XML


def _utf8(body: bytes, content_type: str) -> bytes:
    try:
        xml: bytes = convert_to_utf8({"content-type": content_type}, body, {})
    except (LookupError, ValueError) as error:  # some names of encodings raise instead of being skipped
        if content_type:
            return _utf8(body, "")
        raise NotAFeedError(f"its encoding cannot be read: {error}") from error
    return xml


def _allowed(reference: "re.Match[bytes]") -> bytes:
    number = int(reference[2], 16 if reference[1] else 10)
    control = number < 32 and number not in (9, 10, 13)  # noqa: PLR2004 - XML's tab and line ends
    surrogate = 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - halves of characters
    return b"" if control or surrogate else reference[0]


def _check_bounds(xml: bytes) -> None:
    """Refuse what would keep the parser busy for minutes; its lenient half is quadratic in places."""
    markup = _without_cdata(xml)
    if markup.count(b"<") > TAGS_AT_MOST:
        raise NotAFeedError(f"no feed has more than {TAGS_AT_MOST} tags")
    if _LONG_TAG.search(markup):
        raise NotAFeedError(f"no feed has a tag of more than {TAG_AT_MOST} bytes")


def _without_cdata(xml: bytes) -> bytes:
    parts: list[bytes] = []
    start = 0
    while (opens := xml.find(b"<![CDATA[", start)) >= 0 and (closes := xml.find(b"]]>", opens)) >= 0:
        parts.append(xml[start:opens])
        start = closes
    return b"".join([*parts, xml[start:]])


def complete_items(xml: bytes) -> tuple[bytes, bool]:
    """The document up to its last complete item when it breaks off, and whether it does."""
    root = _ROOT.search(xml)
    if root is None:
        return xml, False
    end = max((match.end() for match in _ITEM_CLOSES.finditer(xml)), default=root.end())
    if re.compile(rb"</%b\s*>" % re.escape(root[1])).search(xml, end):
        return xml, False
    begun = _ITEM_OPENS.search(xml, end)
    kept = xml[: begun.start()] if begun else xml
    channel = b"</channel>" if b"<channel" in kept and b"</channel" not in kept else b""
    return kept + channel + b"</%b>" % root[1], True


def canonical(link: str) -> str:
    """The link without what changes between two looks at a page: tracking parameters, fragment, case of the host."""
    parts = urlsplit(link)
    query = [(name, value) for name, value in parse_qsl(parts.query, True) if not _TRACKING.fullmatch(name)]
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, urlencode(query), ""))


def _item(entry: Any, now: datetime, *, unique: bool) -> Item | None:  # noqa: ANN401 - feedparser has no types
    title, text = _title(entry)[:TITLE_AT_MOST], _text(entry)[:TEXT_AT_MOST]
    if not title and not text:
        return None
    url = _url(entry)
    content = blake2b(f"{line(title)}\0{line(text)}".encode(), digest_size=16).hexdigest()
    guid, link = _guid(entry), canonical(url) if url else ""
    key = (guid if unique else f"{guid} {link}".strip()) or link or content
    return Item(key, url, title, text, _published(entry, now), content)


def _guid(entry: Any) -> str:  # noqa: ANN401
    return line(clean(entry.get("id") or ""))


def _url(entry: Any) -> str | None:  # noqa: ANN401
    link = clean(entry.get("link") or "").strip()
    try:
        parts = urlsplit(link)
    except ValueError:  # such as an unclosed bracket
        return None
    return link if parts.scheme in ("http", "https") and parts.netloc and len(link) <= URL_AT_MOST else None


def _title(entry: Any) -> str:  # noqa: ANN401
    value = entry.get("title") or ""
    markup = "html" in (entry.get("title_detail") or {}).get("type", "")
    return line(paragraphs(value) if markup else html.unescape(clean(value)))


def _text(entry: Any) -> str:  # noqa: ANN401
    details = [*(entry.get("content") or []), entry.get("summary_detail") or {}]
    return next(filter(None, map(_rendered, details)), "")


def _rendered(detail: Any) -> str:  # noqa: ANN401
    value = detail.get("value") or ""
    return paragraphs(value) if "html" in (detail.get("type") or "html") else plain_paragraphs(value)


def _published(entry: Any, now: datetime) -> datetime | None:  # noqa: ANN401
    for name in ("published", "updated"):
        if f"{name}_parsed" not in entry:  # asked first, as feedparser answers one for the other, with a warning
            continue
        parsed = entry[f"{name}_parsed"]
        if parsed is None or (entry.get(name) or "").strip().isdecimal():  # seconds since 1970 are misread
            continue
        try:
            date = datetime.fromtimestamp(timegm(parsed), UTC)
        except (ValueError, OverflowError, OSError):
            continue
        if date >= _EARLIEST:
            return date if date <= now + _AHEAD_AT_MOST else now
    return None
