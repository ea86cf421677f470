"""Which shifts and mentions a subscription asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import packs
from entente.domain import ActorId, Shift, ShiftStatus, StanceLabel, StatementType
from entente.packs import Actors
from sinks.alerts.match import Direction, Match, mention_clauses, shift_clauses
from tests import builders

IDS = ("jdu", "inc", "bjp", "nda", "india-bloc", "mahagathbandhan")
WORDS = ("quit", "joined", "seat sharing", "Sunday", "on")
ACTORS = packs.load()


def matches(match: Match, shift: Shift, actors: Actors = ACTORS) -> bool:
    return all(clause.holds for clause in shift_clauses(match, shift, actors))


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    holder, target = draw(st.permutations(IDS))[:2]
    cause = builders.statement(holder=holder, target=target, type=draw(st.sampled_from(StatementType)))
    cause = replace(
        cause,
        confidence=draw(st.sampled_from((0.2, 0.5, 0.9))),
        sentence=" ".join(draw(st.lists(st.sampled_from((*WORDS, "quitting", "Sundays")), max_size=4))),
        evidence=cause.evidence,
    )
    return builders.shift(
        holder=cause.holder,
        target=cause.target,
        type=cause.type,
        statements=(cause,),
        from_=draw(st.sampled_from(StanceLabel)),
        to=draw(st.sampled_from(StanceLabel)),
        status=draw(st.sampled_from(ShiftStatus)),
        sources=draw(st.integers(1, 4)),
        outlets=tuple(draw(st.lists(st.sampled_from(("The Courier", "The Lantern", "Post")), max_size=2))),
    )


def some(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


MATCHES: st.SearchStrategy[Match] = st.builds(
    Match,
    actors=some(IDS),
    alliances=some(("nda", "india-bloc")),
    pair=st.one_of(st.just(()), st.permutations(IDS).map(lambda ids: tuple(ids[:2]))),
    types=some(list(StatementType)),
    direction=st.sampled_from((None, *Direction)),
    status=some(list(ShiftStatus)),
    countries=some(("IN", "NP")),
    outlets=some(("the courier", "POST")),
    keywords=some(WORDS),
    min_confidence=st.sampled_from((0.0, 0.5, 0.8)),
    min_sources=st.integers(1, 3),
)

LADDER = ["rival", "strained", "neutral", "partner", "ally"]

# Each key in the plainest words, independent of the code under test.
PLAINLY: dict[str, Callable[[Any, Shift], bool]] = {
    "actors": lambda ids, s: s.holder in ids or s.target in ids,
    "alliances": lambda ids, s: s.holder in ids or s.target in ids,
    "pair": lambda ids, s: sorted(ids) == sorted([s.holder, s.target]),
    "types": lambda types, s: s.type in types,
    "direction": lambda way, s: (LADDER.index(s.to) > LADDER.index(s.from_)) == (way == "closer") and s.to != s.from_,
    "status": lambda statuses, s: s.status in statuses,
    "countries": lambda codes, _: "IN" in codes,  # all these actors are Indian
    "outlets": lambda names, s: any(name.lower() == outlet.lower() for name in names for outlet in s.outlets),
    "keywords": lambda words, s: any(
        f" {word.lower()} " in f" {text.lower()} "
        for word in words
        for statement in s.statements
        for text in (statement.sentence, statement.evidence)
    ),
    "min_confidence": lambda least, s: any(statement.confidence >= least for statement in s.statements),
    "min_sources": lambda least, s: s.sources >= least,
}


@given(MATCHES, shifts())
def test_a_shift_matches_when_every_key_given_holds_and_a_missing_key_holds_always(match: Match, shift: Shift) -> None:
    given_keys = {key: value for key, value in msgspec.structs.asdict(match).items() if value not in ((), None, False)}
    if shift.status is ShiftStatus.WITHDRAWN:
        given_keys.setdefault("status", ())  # is only told to those who ask for it
    assert matches(match, shift) == all(PLAINLY[key](value, shift) for key, value in given_keys.items())


@given(MATCHES, shifts(), st.sampled_from(sorted(PLAINLY)))
def test_dropping_a_key_never_makes_fewer_shifts_match(match: Match, shift: Shift, key: str) -> None:
    wider = msgspec.structs.replace(match, **{key: getattr(Match(status=tuple(ShiftStatus)), key)})
    assert matches(wider, shift) or not matches(match, shift)


def test_a_person_is_matched_where_it_speaks_for_its_party() -> None:
    nitish = next(actor for actor in ACTORS.persons if actor.name == "Nitish Kumar")
    spoken = replace(builders.statement(), via="Nitish Kumar")
    shift = builders.shift(statements=(spoken,))
    assert matches(Match(actors=(nitish.id,)), shift)
    assert not matches(Match(actors=(nitish.id,)), builders.shift())


def test_a_failing_clause_says_what_was_found_instead() -> None:
    (clause,) = shift_clauses(Match(min_sources=2), builders.shift(sources=1), ACTORS)
    assert clause == ("min_sources", False, "1")


@pytest.mark.parametrize(
    ("match", "told"),
    [
        (Match(actors=(ActorId("jdu"),)), False),
        (Match(actors=(ActorId("jdu"),), mentions=True), True),
        (Match(actors=(ActorId("inc"),), mentions=True), False),
        (Match(actors=(ActorId("inc"),), alliances=(ActorId("jdu"),), mentions=True), True),
        (Match(actors=(ActorId("nitish-kumar"),), mentions=True), True),
        (Match(actors=(ActorId("jdu"),), mentions=True, outlets=("the courier",)), True),
        (Match(actors=(ActorId("jdu"),), mentions=True, outlets=("The Lantern",)), False),
        (Match(actors=(ActorId("jdu"),), mentions=True, keywords=("quits",)), True),
        (Match(actors=(ActorId("jdu"),), mentions=True, keywords=("quit",)), False),
        (
            Match(
                actors=(ActorId("jdu"),), mentions=True, countries=("IN",), min_sources=5, types=(StatementType.EXIT,)
            ),
            True,
        ),
    ],
)
def test_mentions_are_matched_by_actor_outlet_country_and_keyword(match: Match, told: bool) -> None:  # noqa: FBT001 - a column of the table
    clauses = mention_clauses(match, builders.actor_mentions(), ACTORS)
    assert all(clause.holds for clause in clauses) == told
