"""When statements are a shift, when it is sure, when it is taken back; and that only the whole story counts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente import codec
from entente.domain import (
    ALWAYS,
    Actor,
    ActorId,
    ActorKind,
    Affiliation,
    Claim,
    Membership,
    Modality,
    Period,
    Shift,
    Statement,
)
from entente.domain import ShiftStatus as Status
from entente.domain import StanceLabel as Label
from entente.domain import StatementType as Type
from entente.packs import Actors
from processors.tracking.shifts import KEPT, PairState, current, prior, track
from processors.tracking.stance import CURRENT
from tests.builders import NOON, day, statement

WORDS = {
    Type.EXIT: "walked out of the front",
    Type.ALLY: "joined the front",
    Type.COORDINATE: "signed a pact",
    Type.REJECT: "ruled out any tie",
}
NUMBERS = count()


def said(kind: Type, on: float, outlet: str = "The Courier", **given: object) -> Statement:
    """A statement of its own article that many days after the first, in words that no other report has."""
    number = next(NUMBERS)
    return statement(
        **{
            "type": kind,
            "article_id": f"article-{number}",
            "outlet": outlet,
            "published": NOON + timedelta(days=on),
            "evidence": WORDS.get(kind, f"words of the kind {kind}"),
            "sentence": f"report{number} tells{number} it{number} in its own{number} way{number}",
            **given,
        }
    )


def tracked(
    statements: Iterable[Statement], known: Label | None = None, state: PairState | None = None
) -> tuple[PairState, list[Shift]]:
    """The state after the statements, and all that was told on the way."""
    told: list[Shift] = []
    for one in statements:
        state, news = track(state, one, known)
        told += news
    assert state is not None
    return state, told


def final(statements: Iterable[Statement], known: Label | None = None) -> tuple[Shift, ...]:
    return current(tracked(statements, known)[0])


# --- what is a shift ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in Type if kind not in (Type.EXIT, Type.ALLY)])
def test_a_first_reading_is_no_shift(kind: Type) -> None:
    assert final([said(kind, 0)]) == ()


def test_a_first_report_of_a_tie_that_stands_is_no_shift() -> None:
    assert final([said(Type.ALLY, 0, evidence="their old partner")]) == ()


def test_an_exit_of_a_known_member_is_a_shift_at_once() -> None:
    (shift,) = final([said(Type.EXIT, 0)], Label.ALLY)
    assert (shift.status, shift.reason) == (Status.CONFIRMED, "an explicit change")
    assert (shift.from_, shift.to, shift.sources) == (Label.ALLY, Label.RIVAL, 1)


def test_joining_is_a_shift_even_where_nothing_was_known() -> None:
    (shift,) = final([said(Type.ALLY, 0)])
    assert (shift.from_, shift.to, shift.status) == (Label.NEUTRAL, Label.ALLY, Status.CONFIRMED)


def test_a_known_member_that_joins_is_no_shift() -> None:
    assert final([said(Type.ALLY, 0)], Label.ALLY) == ()


def test_persistence_is_no_shift() -> None:
    assert len(final([said(Type.EXIT, 0), said(Type.GO_ALONE, 60), said(Type.OPPOSE, 120)], Label.ALLY)) == 1


def test_who_leaves_after_words_of_strain_shifts_all_the_same() -> None:
    (shift,) = final([said(Type.CRITICISE, 0), said(Type.DISCORD, 5), said(Type.EXIT, 20)])
    assert shift.type is Type.EXIT


def test_one_weak_contrary_statement_is_no_shift_yet_and_two_are_a_provisional_one() -> None:
    first, second = said(Type.REJECT, 0), said(Type.SKIP, 3)
    assert final([first], Label.PARTNER) == ()
    (shift,) = final([first, second], Label.PARTNER)
    assert (shift.status, shift.at, shift.to) == (Status.PROVISIONAL, day(3), Label.STRAINED)


def test_contrary_statements_long_apart_do_not_add_up() -> None:
    assert final([said(Type.REJECT, 0), said(Type.SKIP, 90)], Label.PARTNER) == ()


def test_an_accusation_by_a_partner_is_a_provisional_shift() -> None:
    (shift,) = final([said(Type.ACCUSE, 0)], Label.PARTNER)
    assert (shift.status, shift.reason) == (Status.PROVISIONAL, "one source so far")


def test_a_pact_of_known_opponents_is_a_shift_and_their_rally_after_it_is_none() -> None:
    story = [said(Type.OPPOSE, 0), said(Type.COORDINATE, 40), said(Type.COORDINATE, 80)]
    (shift,) = final(story)
    assert (shift.at, shift.from_, shift.to) == (day(40), Label.RIVAL, Label.PARTNER)


def test_what_an_article_tells_of_the_past_is_where_the_pair_stood() -> None:
    before = said(Type.COORDINATE, 0, modality=Modality.PAST)
    now = said(Type.REJECT, 0, article_id=before.article_id)
    (shift,) = final([before, now])
    assert shift.from_ is Label.PARTNER


@pytest.mark.parametrize("modality", [m for m in Modality if m not in CURRENT])
def test_a_threat_a_denial_a_rumour_or_a_memory_is_no_exit(modality: Modality) -> None:
    assert final([said(Type.EXIT, 0, modality=modality)], Label.ALLY) == ()


def test_a_plan_to_leave_is_a_provisional_shift() -> None:
    (shift,) = final([said(Type.EXIT, 0, modality=Modality.INTENDED)], Label.ALLY)
    assert shift.status is Status.PROVISIONAL


def test_what_was_hardly_read_is_no_shift() -> None:
    assert final([said(Type.EXIT, 0, confidence=0.3)], Label.ALLY) == ()


def test_there_and_back_are_two_shifts() -> None:
    out, back = final([said(Type.EXIT, 0), said(Type.ALLY, 200)], Label.ALLY)
    assert (out.to, back.from_, back.to) == (Label.RIVAL, Label.RIVAL, Label.ALLY)
    assert out.id != back.id


# --- how sure it is -------------------------------------------------------------------------------------------------


def test_a_rivals_claim_alone_never_opens_a_shift() -> None:
    assert final([said(Type.EXIT, on, f"paper {on}", claim=Claim.RIVAL) for on in range(5)], Label.ALLY) == ()


def test_a_rivals_claim_never_confirms() -> None:
    claims = [said(Type.ACCUSE, on, f"paper {on}", claim=Claim.RIVAL) for on in (1, 2, 3)]
    (shift,) = final([said(Type.ACCUSE, 0), *claims], Label.PARTNER)
    assert (shift.status, shift.sources) == (Status.PROVISIONAL, 1)


def test_a_second_independent_report_confirms_and_updates_the_same_shift() -> None:
    _, (first, second) = tracked([said(Type.ACCUSE, 0), said(Type.REJECT, 1, "The Herald")], Label.PARTNER)
    assert first.id == second.id
    assert first.revision != second.revision
    assert (first.status, second.status) == (Status.PROVISIONAL, Status.CONFIRMED)
    assert (second.reason, second.sources) == ("2 independent sources", 2)
    assert second.outlets == ("The Courier", "The Herald")


def test_reprints_of_one_wire_report_do_not_confirm() -> None:
    wire = "The party said on Sunday that it had been betrayed by its partner of many years"
    reprints = [said(Type.ACCUSE, 0, f"paper {n}", sentence=wire) for n in range(2)]
    (shift,) = final(reprints, Label.PARTNER)
    assert (shift.status, shift.sources, len(shift.outlets)) == (Status.PROVISIONAL, 1, 2)


def test_three_of_the_last_four_reports_confirm_without_a_second_source() -> None:
    (shift,) = final([said(Type.ACCUSE, 0), said(Type.REJECT, 5), said(Type.GO_ALONE, 9)], Label.PARTNER)
    assert (shift.status, shift.reason) == (Status.CONFIRMED, "3 of the last 4 reports")


def test_the_act_confirms_what_was_announced_as_possible_and_becomes_its_trigger() -> None:
    """Who asked to be told of exits must be told of this one, too."""
    _, (first, second) = tracked([said(Type.ACCUSE, 0), said(Type.EXIT, 7)], Label.ALLY)
    assert first.id == second.id
    assert (first.status, first.type, first.to, first.at) == (Status.PROVISIONAL, Type.ACCUSE, Label.STRAINED, day(0))
    assert (second.status, second.type, second.to, second.at) == (Status.CONFIRMED, Type.EXIT, Label.RIVAL, day(7))
    assert (second.from_, len(second.article_ids)) == (Label.ALLY, 2)


def test_a_denial_withdraws_a_provisional_shift() -> None:
    denial = said(Type.REJECT, 2, modality=Modality.DENIED)
    _, (first, second) = tracked([said(Type.ACCUSE, 0), denial], Label.PARTNER)
    assert (second.id, second.status, second.reason) == (first.id, Status.WITHDRAWN, "the holder denied it")


def test_a_late_denial_withdraws_nothing() -> None:
    denial = said(Type.REJECT, 30, modality=Modality.DENIED)
    (shift,) = final([said(Type.ACCUSE, 0), denial], Label.PARTNER)
    assert shift.status is Status.PROVISIONAL


def test_the_opposite_on_the_next_day_withdraws_a_provisional_shift() -> None:
    (shift,) = final([said(Type.ACCUSE, 0), said(Type.ENDORSE, 1)], Label.PARTNER)
    assert shift.status is Status.WITHDRAWN


def test_a_confirmed_shift_is_not_withdrawn_by_a_denial() -> None:
    denial = said(Type.EXIT, 1, modality=Modality.DENIED)
    (shift,) = final([said(Type.EXIT, 0), denial], Label.ALLY)
    assert shift.status is Status.CONFIRMED


# --- arrival --------------------------------------------------------------------------------------------------------


def test_an_earlier_report_that_arrives_late_moves_the_trigger_and_keeps_the_id() -> None:
    first, late = said(Type.EXIT, 1), said(Type.EXIT, 0, "The Herald")
    _, told = tracked([first, late], Label.ALLY)
    assert [shift.at for shift in told] == [day(1), day(0)]
    assert told[0].id == told[1].id


def test_an_announced_shift_that_the_whole_story_no_longer_shows_is_withdrawn_and_told_why() -> None:
    """Of the party's own exit three weeks before, the reports came in last."""
    known = said(Type.ALLY, 0, evidence="its partner")
    turned = said(Type.ACCUSE, 40)
    late = said(Type.OPPOSE, -20)
    state, told = tracked([known, turned, late])
    assert [(shift.id, shift.status) for shift in told] == [
        (told[0].id, Status.PROVISIONAL),
        (told[0].id, Status.WITHDRAWN),
    ]
    assert late in told[-1].statements
    assert track(state, late, None)[1] == (told[-1],)


def test_a_statement_that_comes_again_tells_the_shift_that_rests_on_it_again_and_changes_nothing() -> None:
    story = [said(Type.EXIT, 0), said(Type.OPPOSE, 9), said(Type.ALLY, 200)]
    state, _ = tracked(story, Label.ALLY)
    out, back = current(state)
    assert track(state, story[1], Label.ALLY) == (state, (out,))
    assert track(state, story[2], Label.ALLY) == (state, (back,))


def test_a_statement_that_helped_to_turn_a_stance_tells_the_shift_again_though_it_is_not_shown_in_it() -> None:
    story = [said(Type.REJECT, 0), said(Type.SKIP, 2)]
    state, _ = tracked(story, Label.PARTNER)
    (shift,) = current(state)
    assert story[0] not in shift.statements
    assert track(state, story[0], Label.PARTNER) == (state, (shift,))


def test_two_versions_of_an_article_count_once() -> None:
    first = said(Type.REJECT, 0)
    corrected = replace(first, id=statement(article_id="v2").id, article_version=2, published=day(1))
    assert final([first, corrected], Label.PARTNER) == ()


KINDS = st.sampled_from([Type.ALLY, Type.COORDINATE, Type.ENDORSE, Type.OFFER, Type.ACCUSE, Type.REJECT, Type.EXIT])
MODALITIES = st.sampled_from([Modality.ASSERTED, Modality.ASSERTED, Modality.INTENDED, Modality.DENIED, Modality.PAST])
STORIES = st.lists(
    st.builds(
        lambda kind, modality, on, paper, article: statement(
            type=kind,
            modality=modality,
            published=day(on),
            outlet=f"paper {paper}",
            article_id=f"{on}-{paper}-{article}",
            evidence=WORDS.get(kind, "some words"),
            sentence=f"{paper} {paper} {paper}",
        ),
        KINDS,
        MODALITIES,
        st.integers(0, 40),
        st.integers(0, 3),
        st.integers(0, 1),
    ),
    max_size=14,
    unique_by=lambda s: s.id,
)


slowly = settings(deadline=None, max_examples=60)


def known_on(one: Statement) -> Label | None:
    """What a pack says whose membership ends in the middle of the story."""
    return Label.ALLY if one.published < day(20) else None


def run(statements: Sequence[Statement]) -> tuple[PairState, dict[str, Shift]]:
    state, last = PairState(), dict[str, Shift]()
    for one in statements:
        state, news = track(state, one, known_on(one))
        last.update({shift.id: shift for shift in news})
    return state, last


@slowly
@given(STORIES, st.data())
def test_any_order_and_duplicates_give_the_same_final_shifts(story: list[Statement], data: st.DataObject) -> None:
    in_order, _ = run(sorted(story, key=lambda s: (s.published, s.id)))
    arrived = [
        *data.draw(st.permutations(story)),
        *data.draw(st.lists(st.sampled_from(story)) if story else st.just([])),
    ]
    state, last = run(arrived)
    assert replace(state, retracted=()) == replace(in_order, retracted=())
    standing = {shift.id: shift for shift in current(in_order)}
    assert {id_: last[id_] for id_ in standing} == standing, "what was told last is what stands"
    assert all(last[id_].status is Status.WITHDRAWN for id_ in last.keys() - standing.keys()), (
        "nothing silently vanishes"
    )


@slowly
@given(STORIES.filter(bool))
def test_the_same_content_has_the_same_revision(story: list[Statement]) -> None:
    _, told = tracked(story)
    revisions = [(shift.id, shift.revision) for shift in told]
    assert len(set(revisions)) == len(set(told))


# --- the state ------------------------------------------------------------------------------------------------------


def test_the_state_is_bounded_and_shifts_found_before_stay_as_they_are() -> None:
    state, told = tracked([said(Type.EXIT, 0)], Label.ALLY)
    state, later = tracked((said(Type.OPPOSE, on, "The Herald") for on in range(1, 3 * KEPT)), Label.ALLY, state)
    assert len(state.statements) == KEPT
    assert {shift.id for shift in later} == {told[0].id}
    assert current(state)[0].article_ids[0] == told[0].article_ids[0]
    assert len(codec.encode(state)) < 100_000
    back, (shift,) = track(state, said(Type.ALLY, 400), Label.ALLY)
    assert (shift.from_, shift.to, len(back.statements)) == (Label.RIVAL, Label.ALLY, KEPT)


def test_a_statement_older_than_all_that_is_kept_changes_nothing() -> None:
    state, _ = tracked(said(Type.OPPOSE, on) for on in range(100, 101 + KEPT))
    assert track(state, said(Type.EXIT, 0), None) == (state, ())


def test_one_article_alone_cannot_outgrow_the_state() -> None:
    many = [said(Type.OPPOSE, 0, article_id="long", evidence=f"words {n}") for n in range(KEPT + 9)]
    many = [replace(one, id=statement(article_id=f"{n:03}").id) for n, one in enumerate(many)]
    state, _ = tracked(many)
    assert state == tracked(reversed(many))[0]
    assert len(state.statements) == KEPT


@slowly
@given(STORIES)
def test_the_state_survives_a_json_round_trip(story: list[Statement]) -> None:
    state, _ = run(story)
    assert codec.decode(codec.encode(state), PairState) == state


def test_a_state_of_another_version_is_refused_with_what_to_do() -> None:
    state, _ = tracked([said(Type.EXIT, 0)])
    with pytest.raises(ValueError, match="jdu>mahagathbandhan has version 0, not 1: track its statements anew"):
        track(replace(state, version=0), said(Type.EXIT, 1), None)


# --- what the packs say ---------------------------------------------------------------------------------------------

BLOC, OTHER = ActorId("bloc"), ActorId("other")
YEAR = Period((NOON - timedelta(days=365)).date(), None)


def pack(*members: Actor) -> Actors:
    bloc = Actor(BLOC, ActorKind.ALLIANCE, "Bloc", "Bloc", "XX")
    return Actors({one.id: one for one in (bloc, *members)})


def member(id_: str, period: Period) -> Actor:
    return Actor(ActorId(id_), ActorKind.PARTY, id_, id_, "XX", member_of=(Membership(BLOC, period),))


def test_members_are_allies_of_their_alliance_and_partners_of_each_other() -> None:
    actors = pack(member("one", YEAR), member("two", YEAR))
    assert prior(actors, ActorId("one"), BLOC, NOON.date()) is Label.ALLY
    assert prior(actors, BLOC, ActorId("one"), NOON.date()) is Label.ALLY
    assert prior(actors, ActorId("one"), ActorId("two"), NOON.date()) is Label.PARTNER


def test_a_person_is_an_ally_of_the_own_party() -> None:
    who = Actor(ActorId("who"), ActorKind.PERSON, "Who", "Who", "XX", party=(Affiliation(BLOC, None, YEAR),))
    assert prior(pack(who), who.id, BLOC, NOON.date()) is Label.ALLY


def test_of_strangers_and_unknown_actors_nothing_is_known() -> None:
    actors = pack(member("one", YEAR))
    assert prior(actors, ActorId("one"), OTHER, NOON.date()) is None


def test_a_membership_without_a_first_day_leaves_room_for_joining() -> None:
    actors = pack(member("one", ALWAYS))
    assert prior(actors, ActorId("one"), BLOC, NOON.date()) is Label.PARTNER
    assert len(final([said(Type.ALLY, 0)], Label.PARTNER)) == 1


def test_a_membership_that_began_or_ended_yesterday_is_what_the_news_is_about() -> None:
    yesterday = (NOON - timedelta(days=1)).date()
    began = pack(member("one", Period(yesterday, None)))
    ended = pack(member("one", Period(YEAR.since, yesterday)))
    assert prior(began, ActorId("one"), BLOC, NOON.date()) is None
    assert prior(ended, ActorId("one"), BLOC, NOON.date()) is Label.ALLY
