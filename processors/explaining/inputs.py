"""The one article to explain, from a file, an address or standard input, in whatever form it comes."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import msgspec

from entente.domain import Article, ArticleId
from entente.errors import InputError
from entente.settings import Settings
from processors.articles_io import STANDARD_INPUT, read_lines
from processors.explaining import web, webpages

_TITLE = re.compile(r"([^\n]{1,200})\n[^\S\n]*\n\s*(?=\S)")  # what is longer is no headline
_FEEDS = (b"<rss", b"<feed", b"<rdf:rdf")  # how feeds open, within
_HEAD = 1000  # bytes


@dataclass(frozen=True)
class Source:
    """What was given."""

    name: str  # for messages
    content: bytes
    media_type: str = ""  # as a server says it
    charset: str | None = None
    url: str | None = None


def load(where: str, settings: Settings) -> Source:
    """What stands in a file, at an address, or comes by standard input for `-`.

    Raises:
        InputError: it cannot be had.
    """
    if re.match(r"https?://", where, re.IGNORECASE):
        body, media_type, charset = web.get(where, settings)
        return Source(where, body, media_type, charset, url=where)
    if where == STANDARD_INPUT:
        return Source("standard input", click.get_binary_stream("stdin").read())
    try:
        return Source(where, Path(where).read_bytes())
    except OSError as error:
        raise InputError(
            f"{where}: {error.strerror or error}; give a file, an address with https://, or - for standard input"
        ) from error


def article(source: Source, now: datetime) -> tuple[Article, int]:
    """The first article that a source holds as JSON, HTML or plain text, and how many more there are.

    Args:
        source: what was given.
        now: the day as of which an article that tells none is read.

    Raises:
        InputError: it holds no article.
    """
    if not source.content.strip():
        raise InputError(f"{source.name} is empty; expected an article as plain text, HTML or JSON")
    start = source.content.removeprefix(codecs.BOM_UTF8).lstrip()[:_HEAD].lower()
    if start.startswith(b"<") and any(tag in start for tag in _FEEDS):
        raise InputError(f"{source.name} is a feed; explain the page of one of its items, or `entente feeds check` it")
    if "html" in source.media_type or source.name.endswith((".html", ".htm")) or start.startswith(b"<"):
        return _from_page(source, now), 0
    text = _text(source)
    if source.name.endswith((".json", ".jsonl")) or text.lstrip().startswith("{"):
        return _from_json(text, source.name)
    return _from_text(text.lstrip(), source, now), 0


def _from_text(text: str, source: Source, now: datetime) -> Article:
    title = _TITLE.match(text)
    return Article(
        id=ArticleId(_id(source)),
        url=source.url,
        outlet="",
        title=title[1].strip() if title else "",
        text=text[title.end() :] if title else text,
        published=now,
    )


def _from_page(source: Source, now: datetime) -> Article:
    page = webpages.read(source.content, source.charset)
    if page is None or not page.text:
        raise InputError(
            f"{source.name}: no paragraphs in this page; it may need a script to show them: "
            "copy the text out of a browser and give it as plain text"
        )
    return Article(
        id=ArticleId(_id(source)),
        url=source.url or page.url,
        outlet=page.outlet,
        title=page.title,
        text=page.text,
        published=page.published or now,
        language=page.language,
    )


def _from_json(text: str, name: str) -> tuple[Article, int]:
    lines = _lines(text)
    found = next(read_lines(lines, name))
    if isinstance(found, InputError):
        raise found
    return found, sum(bool(line.strip()) for line in lines) - 1


def _lines(text: str) -> Sequence[str]:
    """JSON lines; an object that is spread over lines as one."""
    lines = text.strip().split("\n")
    try:
        msgspec.json.decode(lines[0])
    except msgspec.DecodeError:
        return [" ".join(lines)]
    return lines


def _text(source: Source) -> str:
    try:
        text = source.content.decode(source.charset or "utf-8")
    except LookupError as error:
        raise InputError(f"{source.name}: unknown character set {source.charset!r}; save the page as a file") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source.name}: no {error.encoding} at byte {error.start}; convert it, for example with iconv"
        ) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _id(source: Source) -> str:
    """What the article is called: the file's name or the last part of the address."""
    return Path(source.url.rstrip("/") if source.url else source.name).stem
