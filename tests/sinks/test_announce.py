"""A shift is told once to a subscription; what changes about it is an update; what was told is not told again."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entente import packs
from entente.domain import Shift, ShiftStatus, StanceLabel
from sinks.alerts.announce import Announcement, History, announcements, decide
from sinks.alerts.match import Match
from tests import builders
from tests.sinks.parts import subscription

ACTORS = packs.load()
PROVISIONAL = builders.shift(status=ShiftStatus.PROVISIONAL, revision="r1")
CONFIRMED = builders.shift(status=ShiftStatus.CONFIRMED, revision="r2")
WITHDRAWN = builders.shift(status=ShiftStatus.WITHDRAWN, revision="r3")


def told(*shifts: Shift, **match: Any) -> list[Announcement]:
    everything = subscription(match=Match(**match))
    return [announcement for _, announcement in announcements([everything], shifts, ACTORS, History())]


def statuses(found: list[Announcement]) -> list[tuple[int, str, str | None]]:
    return [(announcement.number, announcement.status, announcement.was) for announcement in found]


def test_a_shift_is_told_and_each_change_of_status_is_an_update_of_the_same_alert() -> None:
    found = told(PROVISIONAL, CONFIRMED, WITHDRAWN)
    assert statuses(found) == [
        (1, "provisional", None),
        (2, "confirmed", "provisional"),
        (3, "withdrawn", "confirmed"),
    ]
    assert len({announcement.alert.id for announcement in found}) == 1


def test_further_reports_without_a_change_of_status_are_not_told() -> None:
    more = replace(PROVISIONAL, revision="r9", sources=4, outlets=("The Courier", "The Lantern"))
    assert len(told(PROVISIONAL, more)) == 1


def test_a_change_of_what_is_told_is_an_update() -> None:
    assert statuses(told(PROVISIONAL, replace(PROVISIONAL, to=StanceLabel.STRAINED)))[1] == (
        2, "provisional", "provisional",
    )  # fmt: skip


def test_the_same_again_is_not_told_again() -> None:
    assert len(told(PROVISIONAL, CONFIRMED, PROVISIONAL, CONFIRMED)) == 2


def test_nobody_hears_of_the_withdrawal_of_what_they_were_not_told() -> None:
    assert told(WITHDRAWN) == []
    assert told(PROVISIONAL, WITHDRAWN, status=(ShiftStatus.CONFIRMED,)) == []
    assert len(told(WITHDRAWN, status=(ShiftStatus.WITHDRAWN,))) == 1


def test_who_was_told_that_it_is_confirmed_is_told_that_it_is_withdrawn() -> None:
    found = told(PROVISIONAL, CONFIRMED, WITHDRAWN, status=(ShiftStatus.CONFIRMED,))
    assert statuses(found) == [(1, "confirmed", None), (2, "withdrawn", "confirmed")]


def test_who_waits_for_two_sources_is_told_when_the_second_comes() -> None:
    second = replace(PROVISIONAL, revision="r9", sources=2)
    assert statuses(told(PROVISIONAL, second, min_sources=2)) == [(1, "provisional", None)]


def test_two_subscriptions_have_alerts_of_their_own() -> None:
    both = [subscription(name="one"), subscription(name="two")]
    found = [announcement.alert.id for _, announcement in announcements(both, [CONFIRMED], ACTORS, History())]
    assert len(set(found)) == 2


def test_a_decision_gives_its_reason() -> None:
    nobody = subscription(match=Match(min_sources=3))
    assert decide(nobody, CONFIRMED, ACTORS, History()).reason == "min_sources: 1"


def test_an_old_form_that_arrives_again_is_no_update() -> None:
    confirmed_only = {"status": (ShiftStatus.CONFIRMED,)}
    assert statuses(told(PROVISIONAL, CONFIRMED, PROVISIONAL, **confirmed_only)) == [(1, "confirmed", None)]


FORMS = (
    PROVISIONAL,
    replace(PROVISIONAL, revision="r9", sources=2),
    CONFIRMED,
    replace(CONFIRMED, revision="r8", sources=2),
    WITHDRAWN,
    replace(CONFIRMED, revision="r7", to=StanceLabel.STRAINED),
)
MATCHES: tuple[dict[str, Any], ...] = (
    {},
    {"status": (ShiftStatus.CONFIRMED,)},
    {"min_sources": 2},
    {"status": (ShiftStatus.WITHDRAWN,)},
)


@given(st.lists(st.sampled_from(FORMS), max_size=8), st.sampled_from(MATCHES), st.data())
def test_a_crash_at_any_point_with_a_re_run_from_any_earlier_one_tells_the_same(
    shifts: list[Shift], match: dict[str, Any], data: st.DataObject
) -> None:
    crash = data.draw(st.integers(0, len(shifts)))
    again = data.draw(st.integers(0, crash))
    undisturbed = {(a.alert.id, a.alert.revision) for a in told(*shifts, **match)}
    disturbed = [(a.alert.id, a.alert.revision) for a in told(*shifts[:crash], *shifts[again:], **match)]
    assert set(disturbed) == undisturbed
    assert len(disturbed) == len(undisturbed)
