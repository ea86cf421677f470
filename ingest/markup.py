"""HTML, as feeds carry it, to plain paragraphs. Pure."""

import html
import re

from lxml import etree

_BLOCKS = frozenset(
    """
    address article aside blockquote br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p
    pre section table td th tr ul
    """.split()  # noqa: SIM905 - a list of thirty quoted words reads badly
)
_UNSEEN = frozenset({"figure", "iframe", "noscript", "script", "style", "template", "title"})
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")


def clean(text: str) -> str:
    """The text without what no message can carry: control characters and halves of characters."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def line(text: str) -> str:
    """The text on one line."""
    return " ".join(text.split())


def plain_paragraphs(text: str) -> str:
    """Plain text as paragraphs with an empty line between them."""
    found = (line(part) for part in re.split(r"\n\s*\n", html.unescape(clean(text))))
    return "\n\n".join(part for part in found if part)


def paragraphs(markup: str) -> str:
    """The paragraphs that a reader of this HTML sees, with an empty line between them; no captions of pictures."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    root = etree.fromstring(f"<div>{clean(markup)}</div>".encode(), parser)
    pieces: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        block = element.tag in _BLOCKS
        if block:
            pieces.append("\n\n")
        if event == "end":
            pieces.append(_run(element.tail))
        elif element.tag in _UNSEEN:
            walk.skip_subtree()
        else:
            pieces.append(_run(element.text))
    found = (line(part) for part in "".join(pieces).split("\n\n"))
    return "\n\n".join(part for part in found if part)


def _run(text: str | None) -> str:
    return (text or "").replace("\n", " ")  # in HTML a line's end is a space
