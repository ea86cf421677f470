"""Whether a shift, or an actor's mentions in an article, is what a subscription asks for (pure)."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec

from entente.domain import ActorId, ActorKind, ActorMentions, Shift, ShiftStatus, StanceLabel, StatementType
from entente.packs import Actors


class Direction(StrEnum):
    """Which way a stance moved."""

    APART = "apart"
    CLOSER = "closer"


class Match(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is asked for; all that is given must hold."""

    actors: tuple[ActorId, ...] = ()
    alliances: tuple[ActorId, ...] = ()
    pair: tuple[ActorId, ...] = ()
    types: tuple[StatementType, ...] = ()
    direction: Direction | None = None
    status: tuple[ShiftStatus, ...] = ()
    countries: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    min_confidence: Annotated[float, msgspec.Meta(ge=0, le=1, description="a number from 0 to 1")] = 0.0
    min_sources: Annotated[int, msgspec.Meta(ge=1, description="a whole number from 1 on")] = 1
    mentions: bool = False


class Clause(NamedTuple):
    """One key of a match, and whether it holds."""

    key: str
    holds: bool
    found: str  # what it was compared with


# How sure a shift must be: what somebody who was told of it has passed once and for all.
ABOUT_CERTAINTY = frozenset({"status", "min_confidence", "min_sources"})

_CLOSENESS = {
    StanceLabel.ALLY: 4,
    StanceLabel.PARTNER: 3,
    StanceLabel.NEUTRAL: 2,
    StanceLabel.STRAINED: 1,
    StanceLabel.RIVAL: 0,
}


def direction(shift: Shift) -> Direction | None:
    """Which way the holder moved, if it did."""
    step = _CLOSENESS[shift.to] - _CLOSENESS[shift.from_]
    return None if step == 0 else Direction.CLOSER if step > 0 else Direction.APART


def shift_clauses(match: Match, shift: Shift, actors: Actors) -> Iterator[Clause]:  # noqa: C901 - one a key
    """Each key given, and whether it holds for the shift; the cheap ones first."""
    pair = (shift.holder, shift.target)
    if match.pair:
        yield Clause("pair", set(pair) == set(match.pair), " and ".join(pair))
    if match.actors:
        named = {*pair, *_speakers(match, shift, actors)}
        yield Clause("actors", not named.isdisjoint(match.actors), ", ".join(sorted(named)))
    if match.alliances:
        yield Clause("alliances", not set(pair).isdisjoint(match.alliances), " and ".join(pair))
    if match.types:
        yield Clause("types", shift.type in match.types, shift.type)
    if match.direction is not None:
        found = direction(shift)
        yield Clause("direction", found is match.direction, found or "neither")
    if match.status or shift.status is ShiftStatus.WITHDRAWN:
        # Nobody is told that something is withdrawn of which they never heard, unless they ask for that.
        yield Clause("status", shift.status in match.status, shift.status)
    if match.countries:
        countries = _countries(pair, actors)
        yield Clause("countries", not countries.isdisjoint(match.countries), ", ".join(sorted(countries)))
    if match.outlets:
        yield _outlets(match, shift.outlets)
    if match.min_sources > 1:
        yield Clause("min_sources", shift.sources >= match.min_sources, str(shift.sources))
    if match.min_confidence > 0:
        surest = max(statement.confidence for statement in shift.statements)
        yield Clause("min_confidence", surest >= match.min_confidence, f"{surest:.2f}")
    if match.keywords:
        yield _keywords(match, *(text for s in shift.statements for text in (s.evidence, s.sentence)))


def mention_clauses(match: Match, named: ActorMentions, actors: Actors) -> Iterator[Clause]:
    """Each key that applies to mentions, and whether it holds for these."""
    yield Clause("mentions", match.mentions, str(match.mentions).lower())
    wanted = {*match.actors, *match.alliances}
    names = {actor.name for actor in map(actors.by_id.get, match.actors) if actor and actor.kind is ActorKind.PERSON}
    by_name = any(mention.via in names for mention in named.mentions)
    yield Clause("actors or alliances", named.actor in wanted or by_name, named.actor)
    if match.countries:
        countries = _countries((named.actor,), actors)
        yield Clause("countries", not countries.isdisjoint(match.countries), ", ".join(sorted(countries)))
    if match.outlets:
        yield _outlets(match, (named.outlet,))
    if match.keywords:
        yield _keywords(match, named.title, *(mention.surface for mention in named.mentions))


def _speakers(match: Match, shift: Shift, actors: Actors) -> Iterator[ActorId]:
    """Persons asked for who speak or act in the shift for somebody else."""
    spoken = {statement.via for statement in shift.statements} - {None}
    if not spoken:
        return
    for actor_id in match.actors:
        actor = actors.by_id.get(actor_id)
        if actor and actor.kind is ActorKind.PERSON and actor.name in spoken:
            yield actor_id


def _countries(ids: tuple[ActorId, ...], actors: Actors) -> set[str]:
    return {actor.country for actor in map(actors.by_id.get, ids) if actor}


def _outlets(match: Match, outlets: tuple[str, ...]) -> Clause:
    found = {outlet.casefold() for outlet in outlets}
    return Clause("outlets", any(wanted.casefold() in found for wanted in match.outlets), ", ".join(outlets))


def _keywords(match: Match, *texts: str) -> Clause:
    found = [keyword for keyword in match.keywords if any(_whole_word(keyword).search(text) for text in texts)]
    return Clause("keywords", bool(found), ", ".join(found) or "none")


@lru_cache(maxsize=4096)
def _whole_word(keyword: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, keyword.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)
