"""Six made-up outlets on loopback, whose feeds grow while one watches.

Served as real outlets do: RSS 2.0 with whole articles, ETag and 304, gzip, a page for each article. The articles stand
in articles.yaml; they appear in the order of their dates, and keep those dates.
"""

import html
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
from aiohttp import web

from entente import documents
from entente.documents import MisfitError
from entente.errors import InputError
from ingest.feeds import Feed
from ingest.guard import Endpoint

AT_ONCE = 5  # articles that are there from the start
PACE = 0.8  # seconds between two further ones
POLL_EVERY = timedelta(seconds=1)
COUNTRY = "IN"  # what the articles are about
LISTED_AT_MOST = 30  # newest articles in a feed

_LOOPBACK = "127.0.0.1"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"


class Outlet(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One made-up newspaper or agency."""

    id: str
    name: str


class Piece(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One article of an outlet."""

    id: str
    outlet: str  # id
    published: datetime
    title: str
    text: str
    wire: str | None = None  # pieces that print one agency report share it


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    outlets: tuple[Outlet, ...]
    articles: tuple[Piece, ...]


@dataclass(frozen=True)
class Edition:
    """All that will be printed."""

    outlets: tuple[Outlet, ...]
    pieces: tuple[Piece, ...]  # in the order of their dates

    def printed(self, seconds: float) -> Sequence[Piece]:
        """What is out that long after the start."""
        return self.pieces[: AT_ONCE + int(seconds / PACE)]


def load_articles(path: Path | None = None) -> Edition:
    """The articles of a file, by default those that come with the program.

    Raises:
        InputError: with one line for each finding.
    """
    path = path or Path(str(files("ingest") / "demo" / "articles.yaml"))
    try:
        file = documents.fit(documents.read(path), _File)
    except MisfitError as error:
        raise InputError("\n".join(f"{path}: {text}" for text in error.findings)) from error
    findings = list(_findings(file))
    if findings:
        raise InputError("\n".join(f"{path}: {finding}" for finding in findings))
    return Edition(file.outlets, tuple(sorted(file.articles, key=lambda piece: piece.published)))


def _findings(file: _File) -> Iterable[str]:
    outlets = {outlet.id for outlet in file.outlets}
    seen: set[str] = set()
    for piece in file.articles:
        if piece.id in seen:
            yield f"article {piece.id}: id: stands twice"
        seen.add(piece.id)
        if piece.outlet not in outlets:
            yield f"article {piece.id}: outlet: no outlet {piece.outlet!r}; there are {', '.join(sorted(outlets))}"
        if piece.published.tzinfo is None:
            yield f"article {piece.id}: published: {piece.published.isoformat()} has no offset, such as +05:30"
        for name in ("title", "text"):
            if not getattr(piece, name).strip():
                yield f"article {piece.id}: {name}: is empty"


class Newsroom:
    """Serves an edition on a free port of loopback, from `start` to `close`, in the running loop."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._started = 0.0
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self) -> None:
        """Open the newsroom; the first articles are out."""
        app = web.Application()
        app.router.add_get("/feeds/{outlet}.xml", self._feed)
        app.router.add_get("/articles/{article}", self._page)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, _LOOPBACK, 0).start()
        self._port = self._runner.addresses[0][1]
        self._started = time.monotonic()

    async def close(self) -> None:
        """Close it."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return _LOOPBACK, self._port

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """The feeds of its outlets."""
        return tuple(
            Feed(f"demo-{o.id}", o.name, f"{self._base}/feeds/{o.id}.xml", COUNTRY, "en", POLL_EVERY)
            for o in self._edition.outlets
        )

    @property
    def _base(self) -> str:
        return f"http://{_LOOPBACK}:{self._port}"

    def _printed(self) -> Sequence[Piece]:
        return self._edition.printed(time.monotonic() - self._started)

    async def _feed(self, request: web.Request) -> web.Response:
        outlet = next((o for o in self._edition.outlets if o.id == request.match_info["outlet"]), None)
        if outlet is None:
            raise web.HTTPNotFound
        listed = [piece for piece in self._printed() if piece.outlet == outlet.id][-LISTED_AT_MOST:]
        body = render(outlet, listed[::-1], self._base)
        etag = blake2b(body, digest_size=8).hexdigest()
        if any(asked.value == etag for asked in request.if_none_match or ()):
            response = web.Response(status=304)
        else:
            response = web.Response(body=body, content_type="application/rss+xml", charset="utf-8")
            response.enable_compression()
        response.etag = etag
        return response

    async def _page(self, request: web.Request) -> web.Response:
        piece = next((p for p in self._printed() if p.id == request.match_info["article"]), None)
        if piece is None:
            raise web.HTTPNotFound
        title = html.escape(piece.title)
        page = f"<!doctype html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{_paragraphs(piece.text)}"
        return web.Response(text=page, content_type="text/html")


def render(outlet: Outlet, pieces: Sequence[Piece], base: str) -> bytes:
    """An outlet's feed as RSS 2.0; links lead to `base`."""
    ET.register_namespace("content", _CONTENT)
    rss = ET.Element("rss", version="2.0")
    channel = ET.SubElement(rss, "channel")
    _add(channel, "title", outlet.name)
    _add(channel, "link", base)
    _add(channel, "description", f"{outlet.name}, a made-up outlet of the demo")
    for piece in pieces:
        item = ET.SubElement(channel, "item")
        _add(item, "title", piece.title)
        _add(item, "link", f"{base}/articles/{piece.id}")
        _add(item, "guid", piece.id).set("isPermaLink", "false")
        _add(item, "pubDate", format_datetime(piece.published))
        _add(item, f"{{{_CONTENT}}}encoded", _paragraphs(piece.text))
    xml: bytes = ET.tostring(rss, encoding="utf-8", xml_declaration=True)
    return xml


def _add(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element


def _paragraphs(text: str) -> str:
    parts = (" ".join(part.split()) for part in text.split("\n\n"))
    return "".join(f"<p>{html.escape(part)}</p>" for part in parts if part)
