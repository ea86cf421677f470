"""The article of a web page: headline, paragraphs, address, outlet and day, as far as the page says them. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from entente.domain import YEARS

_BLOCKS = frozenset(
    """
    address article blockquote body br dd div dl dt h1 h2 h3 h4 h5 h6 hr li main ol p pre section table td th tr ul
    """.split()  # noqa: SIM905 - a list of so many quoted words reads badly
)
_UNREAD = frozenset(
    """
    aside button dialog figure footer form head header iframe nav noscript object script select style svg template
    """.split()  # noqa: SIM905
)
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’)\]]*$")
_LONG = 80  # characters from which a line is read although it does not end like a sentence: menus are shorter
_MOST = 0.5  # of the page's text, from which one <article> is taken for the page's own
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class WebPage:
    """What a page says of its article; empty or None where it says nothing."""

    title: str
    text: str  # paragraphs with an empty line between them
    url: str | None
    outlet: str
    published: datetime | None
    language: str | None


def read(content: bytes, charset: str | None = None) -> WebPage | None:
    """The article of an HTML page; None if the bytes hold no markup.

    Args:
        content: the page.
        charset: what the server said; without it UTF-8 if the bytes are, else what the page says.
    """
    parser = etree.HTMLParser(encoding=_known(charset) or _utf_8(content), remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:  # not even a stray tag
        return None
    if root is None:
        return None
    about = _About(root)
    return WebPage(
        title=about.meta("og:title") or about.first("//h1") or about.first("//title"),
        text=_text(root),
        url=about.meta("og:url") or about.first("//link[@rel='canonical']/@href") or None,
        outlet=about.meta("og:site_name"),
        published=_time(about.meta("article:published_time", "date", "datePublished"))
        or _time(about.first("//time/@datetime")),
        language=_language(about.first("/html/@lang")),
    )


class _About:
    """What the head and the outline of a page say."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root

    def meta(self, *names: str) -> str:
        for name in names:
            if found := self.first(f"//meta[@property='{name}' or @name='{name}' or @itemprop='{name}']/@content"):
                return found
        return ""

    def first(self, path: str) -> str:
        found = self._root.xpath(f"string(({path})[1])")
        return " ".join(str(found).split())


def _text(root: etree._Element) -> str:
    body = root if root.tag == "body" else next(root.iter("body"), root)
    whole = _paragraphs(body)
    own = max((_paragraphs(article) for article in body.iter("article", "main")), key=_length, default=[])
    return "\n\n".join(own if _length(own) >= _MOST * _length(whole) else whole)


def _length(lines: list[str]) -> int:
    return sum(map(len, lines))


def _paragraphs(top: etree._Element) -> list[str]:
    pieces: list[str] = []
    walk = etree.iterwalk(top, events=("start", "end"))
    for event, element in walk:
        block = element.tag in _BLOCKS
        if block:
            pieces.append("\n")
        if event == "end":
            pieces.append(_run(element.tail) if element is not top else "")
        elif element.tag in _UNREAD:
            walk.skip_subtree()
        else:
            pieces.append(_run(element.text))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return [line for line in lines if len(line) >= _LONG or _SENTENCE_END.search(line)]


def _run(text: str | None) -> str:
    return (text or "").replace("\n", " ")  # in HTML a line's end is a space


def _utf_8(content: bytes) -> str | None:
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _known(charset: str | None) -> str | None:
    """The character set, if it is one that text can be written in."""
    try:
        return charset if charset and "".encode(charset) == b"" else None
    except LookupError:
        return None


def _time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _language(tag: str) -> str | None:
    return tag if _LANGUAGE.fullmatch(tag) else None
