"""Sentences by a regular expression and a list of abbreviations, with their places in the text.

A parser's own boundaries cut quotes off their speakers; on news this splitter errs less, and it costs nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from entente.domain import Part
from processors.extraction import lexicon

MAX_LENGTH = 1200  # characters; what runs on longer is no sentence of a newspaper and is read in pieces

_END = re.compile(r"([.!?…]+)([\"'”’)\]]*)(\s+)(?=[\"'“‘(\[]*[^\W_a-z])|(\s*\n\s*)")
_LAST_WORD = re.compile(r"[\w.]+$")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Sentence:
    """A sentence and its place in a part of the article."""

    part: Part
    start: int
    end: int
    text: str


def split(text: str, part: Part = Part.TEXT) -> list[Sentence]:
    """The sentences of a text in order, without the white space between them."""
    return [
        Sentence(part, start, end, text[start:end])
        for start, end in _pieces(text)
        if start < end  # an empty line between paragraphs is none
    ]


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _END.finditer(text):
        if match[1] and not _ends(text, start, match):
            continue
        yield from _cut(text, start, match.start(3) if match[1] else match.start())
        start = match.end()
    yield from _cut(text, start, len(text))


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    if match[1] != "." or match[2]:
        return True
    word = _LAST_WORD.search(text, max(start, match.start() - 20), match.start())
    if word is None:
        return True
    last = word[0]
    return not (
        last.casefold() in lexicon.load().abbreviations or (len(last) == 1 and last.isalpha() and last.isupper())
    )


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_LENGTH:
        spaces = [m.start() for m in _SPACE.finditer(text, start + MAX_LENGTH // 2, start + MAX_LENGTH)]
        cut = spaces[-1] if spaces else start + MAX_LENGTH
        yield start, cut
        start = cut + 1 if spaces else cut
    yield start, end
