"""Which articles are worth reading: every alias of every pack, sought in one pass over the raw text.

Aho-Corasick (Aho & Corasick 1975) keeps the pass linear in the text, whatever the number of aliases.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

import ahocorasick_rs

from entente.domain import Actor, ActorId, ActorKind, Alias, Article, Part
from entente.packs import Actors
from processors.extraction import countries
from processors.extraction.countries import Claim

NEAR = 5  # words on either side in which `unless_near` and `only_near` look
_MANY = 20_000  # names
_LONGEST_WORD = 30  # characters of a first name, at most
_REACH = 100  # characters that hold so many words
Found = TypeVar("Found")
Meant = TypeVar("Meant")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Hit:
    """A place where an alias stands and means this actor."""

    actor: Actor
    start: int
    end: int


class _Name(NamedTuple):
    """A place where a name stands, and whom it may mean there."""

    start: int
    end: int
    claims: list[Claim]  # the likeliest first


class Gazetteer:
    """All aliases, built once; then a pure function of texts and their day."""

    def __init__(self, actors: Actors) -> None:
        claims = [Claim(actor, alias) for actor in actors.by_id.values() for alias in actor.aliases]
        self._exact = _Names((c.alias.text, c) for c in claims)
        self._any_case = _Names((fold(c.alias.text), c) for c in claims if c.alias.any_case)
        self._shouted = _Names((fold(c.alias.text), c) for c in claims)
        self._places = _Names(actors.places.items())
        self._first_names = frozenset(person.name.split()[0] for person in actors.persons)

    def find(self, texts: Sequence[str], day: date) -> list[list[Hit]]:
        """The actors named in the texts of one article, each from left to right without overlaps: longer names win."""
        names = [list(self._names(text, day)) for text in texts]
        if not any(names):  # most news
            return [[] for _ in texts]
        places = (country for text in texts for _, _, found in self._places.find(text) for country in found)
        homes = countries.at_home((name.claims for found in names for name in found), places)
        return [[hit for _, _, hit in longest_first(_hits(found, homes))] for found in names]

    def _names(self, text: str, day: date) -> Iterator[_Name]:
        # A headline in capitals tells no case apart.
        folded = self._shouted if text.isupper() else self._any_case
        for start, end, claims in chain(self._exact.find(text), folded.find(fold(text))):
            yield from _allowed(self._not_of_others(claims, text, start), text, start, end, day)

    def _not_of_others(self, claims: list[Claim], text: str, start: int) -> list[Claim]:
        """Without bare surnames that stand behind the first name of somebody else."""
        first_name = _word_before(text, start)
        if first_name not in self._first_names:
            return claims
        return [c for c in claims if not c.is_surname or first_name in c.actor.name.split()]


class _Names(Generic[Meant]):
    """What texts mean, found where they stand alone."""

    def __init__(self, meanings: Iterable[tuple[str, Meant]]) -> None:
        meant: dict[str, list[Meant]] = {}
        for text, meaning in meanings:
            meant.setdefault(text, []).append(meaning)
        self._meant = list(meant.values())
        # A DFA reads three times as fast as the default; for very many names it would take hundreds of megabytes.
        kind = ahocorasick_rs.Implementation.DFA if len(meant) < _MANY else None
        self._automaton = ahocorasick_rs.AhoCorasick(list(meant), implementation=kind)

    def find(self, text: str) -> Iterator[tuple[int, int, list[Meant]]]:
        """The places, start and end, and all that may be meant there."""
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            if stands_alone(text, start, end):
                yield start, end, self._meant[index]


def has_pair(article: Article, hits: Iterable[Hit]) -> bool:
    """Whether at least two actors are named, a person counting as the party on the day."""
    day = article.published.date()
    return len({stands_for(hit.actor, day) for hit in hits}) > 1


def find_in(gazetteer: Gazetteer, article: Article) -> dict[Part, list[Hit]]:
    """The hits of title and text."""
    found = gazetteer.find([article.part(part) for part in Part], article.published.date())
    return dict(zip(Part, found, strict=True))


def stands_for(actor: Actor, day: date) -> ActorId:
    """The actor whose stance this one's words are: a person's party on the day, else the actor."""
    return (actor.party_on(day) if actor.kind is ActorKind.PERSON else None) or actor.id


def fold(text: str) -> str:
    """Lower case, character for character: the length stays, also for letters such as the dotted capital I."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(low if len(low := c.lower()) == 1 else c for c in text)


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the stretch is no part of a longer word, nor excluded by "non-"."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if _in_word(before) and _in_word(text[start]):
        return False
    if _in_word(after) and _in_word(text[end - 1]):
        return False
    return text[max(0, start - 4) : start].casefold() != "non-"


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _allowed(claims: Sequence[Claim], text: str, start: int, end: int, day: date) -> Iterator[_Name]:
    """The name, if anybody may be meant on that day among the words around it."""
    valid = [claim for claim in claims if claim.alias.period.covers(day)]
    if any(alias.unless_near or alias.only_near for _, alias in valid):
        around = _around(text, start, end)
        valid = [claim for claim in valid if _fits(claim.alias, around)]
        valid.sort(key=lambda claim: not claim.alias.only_near)  # the one whose sign is there means it most clearly
    if valid:
        yield _Name(start, end, valid)


def _hits(names: Iterable[_Name], homes: Mapping[str, int]) -> Iterator[tuple[int, int, Hit]]:
    for start, end, claims in names:
        if (claim := countries.meant(claims, homes)) is not None:
            yield start, end, Hit(claim.actor, start, end)


def _word_before(text: str, start: int) -> str:
    words = text[max(0, start - _LONGEST_WORD) : start]
    return words[:-1].rpartition(" ")[2] if words.endswith(" ") else ""


def _around(text: str, start: int, end: int) -> str:
    before = _WORD.findall(text[max(0, start - _REACH) : start])[-NEAR:]
    after = _WORD.findall(text[end : end + _REACH])[:NEAR]
    return f" {' '.join(before)} | {' '.join(after)} ".casefold()


def _fits(alias: Alias, around: str) -> bool:
    if any(f" {word} " in around for word in alias.unless_near):
        return False
    return not alias.only_near or any(f" {word} " in around for word in alias.only_near)


def longest_first(candidates: Iterable[tuple[int, int, Found]]) -> Iterator[tuple[int, int, Found]]:
    """Of candidates (start, end, what) those that do not overlap, the leftmost and there the longest first."""
    done = 0
    for start, end, what in sorted(candidates, key=lambda c: (c[0], -c[1])):
        if start >= done:
            yield start, end, what
            done = end
