"""The text of an article cut where mentions and evidence begin and end, so that every form marks the same words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from entente.domain import Mention, Part
from processors.explaining.names import Mark, Names, shown
from processors.extraction.extract import Reading

_GAP = re.compile(r"\n[^\S\n]*\n")  # between paragraphs
Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A stretch of the article within which nothing begins or ends."""

    text: str
    marks: tuple[Mark, ...] = ()  # it is part of; several where one word means several actors
    meant: tuple[str, ...] = ()  # by a reference that ends with it
    evidence: tuple[int, ...] = ()  # numbers of the statements whose evidence it is part of
    ends: tuple[int, ...] = ()  # of these, the ones whose evidence ends with it


Paragraph = tuple[Passage, ...]


def paragraphs(reading: Reading, part: Part, names: Names) -> tuple[Paragraph, ...]:
    """The paragraphs of the part in order; statements are numbered from 1 in the reading's order."""
    text = shown(reading.article.part(part))
    mentions = [m for m in reading.mentions if m.part is part]
    evidence = {
        number: (statement.start, _end(text, statement.end))
        for number, statement in enumerate(reading.statements, start=1)
        if statement.part is part
    }
    return tuple(tuple(_cut(text, span, mentions, evidence, names)) for span in _spans(text))


def _end(text: str, end: int) -> int:
    """The end of the words, without white space behind them, which may belong to no paragraph."""
    return len(text[:end].rstrip())


def _spans(text: str) -> Iterator[Span]:
    """The paragraphs, without the white space around them."""
    edges = [0, *(edge for gap in _GAP.finditer(text) for edge in gap.span()), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        words = text[start:end]
        if words.strip():
            yield start + len(words) - len(words.lstrip()), start + len(words.rstrip())


def _cut(
    text: str, span: Span, mentions: Sequence[Mention], evidence: Mapping[int, Span], names: Names
) -> Iterator[Passage]:
    inside = [m for m in mentions if _overlap((m.start, m.end), span)]
    shows = {number: place for number, place in evidence.items() if _overlap(place, span)}
    places = [span, *((m.start, m.end) for m in inside), *shows.values()]
    cuts = sorted({min(max(cut, span[0]), span[1]) for place in places for cut in place})
    for start, end in pairwise(cuts):
        marks = [(m, names.mark(m)) for m in inside if _overlap((m.start, m.end), (start, end))]
        numbers = tuple(number for number, place in shows.items() if _overlap(place, (start, end)))
        yield Passage(
            text[start:end],
            tuple(mark for _, mark in marks),
            tuple(mark.meant for mention, mark in marks if mark.is_reference and mention.end == end),
            numbers,
            tuple(number for number in numbers if shows[number][1] == end),
        )


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
