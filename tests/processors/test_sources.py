"""Copies of one report are one source."""

from hypothesis import given
from hypothesis import strategies as st

from processors.tracking.sources import independent, near_duplicate
from tests.builders import statement

WIRE = "The Harbour party walked out of the Riverside front on Monday, its leader told reporters in the capital"
OWN = "Harbour is gone from the Riverside front, three of its deputies said after a stormy night"


def test_two_outlets_with_words_of_their_own_are_two_sources() -> None:
    found = [
        statement(article_id="a", outlet="one", sentence=WIRE),
        statement(article_id="b", outlet="two", sentence=OWN),
    ]
    assert independent(found) == 2


def test_twelve_reprints_of_one_wire_report_are_one_source() -> None:
    reprints = [statement(article_id=f"a{n}", outlet=f"paper {n}", sentence=WIRE) for n in range(12)]
    assert independent(reprints) == 1


def test_a_shortened_and_lightly_edited_copy_is_one_source_with_its_original() -> None:
    assert near_duplicate(WIRE, "The Harbour party walked out of the Riverside Front on Monday.")
    assert near_duplicate(WIRE, WIRE.replace("on Monday", "late on Monday").replace("capital", "city"))


def test_one_outlet_is_one_source_however_often_it_reports() -> None:
    found = [
        statement(article_id="a", outlet="The Courier", sentence=WIRE),
        statement(article_id="b", outlet="the courier", sentence=OWN),
    ]
    assert independent(found) == 1


def test_reports_linked_through_a_third_are_one_source() -> None:
    """The second outlet printed the wire report, and wrote one of its own."""
    found = [
        statement(article_id="a", outlet="one", sentence=WIRE),
        statement(article_id="b", outlet="two", sentence=OWN),
        statement(article_id="c", outlet="two", sentence=WIRE),
    ]
    assert independent(found) == 1


REPORTS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([WIRE, OWN, ""])), max_size=6)


@given(REPORTS, st.data())
def test_the_number_of_sources_does_not_depend_on_the_order(
    reports: list[tuple[str, str]], data: st.DataObject
) -> None:
    found = [statement(article_id=str(n), outlet=o, sentence=s) for n, (o, s) in enumerate(reports)]
    assert independent(data.draw(st.permutations(found))) == independent(found) <= len(found)
