from datetime import UTC, datetime

import pytest

from processors.extraction import sentences
from tests.processors.reading import named, read


def people(text: str) -> dict[str, str]:
    return {via: actor for _, actor, via in named(text) if via}


def test_a_person_stands_for_the_party_of_the_day() -> None:
    text = "Anna Rao criticised the AAP."
    assert ("Anna Rao", "inc", "Anna Rao") in named(text, published=datetime(2023, 4, 30, tzinfo=UTC))
    assert ("Anna Rao", "bjp", "Anna Rao") in named(text, published=datetime(2023, 5, 1, tzinfo=UTC))


def test_a_person_without_a_party_is_the_actor() -> None:
    assert ("Prashant Kishor", "lone-voice", "Prashant Kishor") in named("Prashant Kishor met AAP leaders.")


@pytest.mark.parametrize(
    ("text", "person", "party"),
    [
        ("Mahua Majhi of JMM met the Congress.", "Mahua Majhi", "jmm"),
        ("Gita Pillai (Kerala Congress (M)) met the Congress.", "Gita Pillai", "kc-m"),
        ("JD(U) leader K C Tyagi met the Congress.", "K C Tyagi", "jdu"),
        ("TMC's Derek Fernandes met the Congress.", "Derek Fernandes", "tmc"),
        ("BJP national spokesperson Dr Sunil Vora met the Congress.", "Sunil Vora", "bjp"),
        ("Meera Tope, an NCP minister, met the Congress.", "Meera Tope", "ncp"),
        ("The president of the NCP, Jayant Wagle, met the Congress.", "Jayant Wagle", "ncp"),
    ],
)
def test_an_affiliation_is_learnt_from_the_text(text: str, person: str, party: str) -> None:
    assert people(text)[person] == party


def test_a_list_shares_its_party() -> None:
    text = "AAP leaders Rina Das, Tarun Bose and Om Lal met the Congress. Asha Nair and Biju Menon of the CPI came too."
    assert people(text) == {
        "Rina Das": "aap",
        "Tarun Bose": "aap",
        "Om Lal": "aap",
        "Asha Nair": "cpi",
        "Biju Menon": "cpi",
    }


def test_a_list_of_leaders_goes_up_to_the_next_party() -> None:
    text = "Among Congress leaders present were former chief Ravi Gill, its whip Sona Roy and Ali Baig. No BJP came."
    assert people(text) == {"Ravi Gill": "inc", "Sona Roy": "inc", "Ali Baig": "inc"}


def test_a_name_before_a_parenthesis_is_no_person_of_another_party() -> None:
    assert people("Shiv Sena (UBT) and the Congress met.") == {}


def test_a_surname_means_the_last_who_bears_it() -> None:
    text = "JD(U) leader Manoj Tyagi met the Congress. Tyagi said no more."
    assert ("Tyagi", "jdu", "Manoj Tyagi") in named(text)


def test_a_surname_within_another_name_is_somebody_else() -> None:
    text = "JD(U) leader Manoj Tyagi met the Congress. Deepa Tyagi sang."
    assert [m for m in named(text) if m[0] == "Tyagi"] == []


def test_he_is_who_spoke_last() -> None:
    text = "Sanjay Raut met the Congress. He criticised the BJP."
    assert ("He", "ss-ubt", "Sanjay Raut") in named(text)


def test_the_party_is_the_speakers_unless_the_stance_is_toward_it() -> None:
    text = "Nitish Kumar spoke of the Congress. The party would stay, he said, and no pact with the party was planned."
    assert [m[:2] for m in named(text) if m[0].lower() == "the party"] == [("The party", "jdu"), ("the party", "inc")]


def test_the_bloc_is_the_alliance_named_last() -> None:
    assert ("the bloc", "india-bloc", None) in named("The AAP is in the INDIA bloc. It praised the bloc.")


def test_the_party_leader_is_its_last_person() -> None:
    text = "Mallikarjun Kharge met the AAP. The Congress leader praised it."
    assert ("Congress leader", "inc", "Mallikarjun Kharge") in named(text)


def test_mentions_point_at_their_words() -> None:
    reading = read("JD(U) leader Manoj Tyagi met the Congress. He and Tyagi's party left.", title="Congress, AAP talk")
    assert all(reading.article.part(m.part)[m.start : m.end] == m.surface for m in reading.mentions)


def test_sentences_end_at_full_stops_and_not_at_abbreviations() -> None:
    text = 'Mr. Rao met Dr. K. C. Das at 9 p.m. on Monday. "We won." She left.\n\nNew paragraph'
    assert [s.text for s in sentences.split(text)] == [
        "Mr. Rao met Dr. K. C. Das at 9 p.m. on Monday.",
        '"We won."',
        "She left.",
        "New paragraph",
    ]


def test_what_runs_on_without_end_is_read_in_pieces() -> None:
    pieces = sentences.split("word " * 2000)
    assert max(len(p.text) for p in pieces) <= sentences.MAX_LENGTH
    assert "".join(p.text for p in pieces).count("word") == 2000
