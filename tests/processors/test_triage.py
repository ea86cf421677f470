from dataclasses import replace
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from entente.domain import Actor, Alias, Part, Period
from entente.packs import Actors
from processors.extraction import triage
from processors.extraction.countries import INTERNATIONAL
from processors.extraction.triage import Gazetteer
from tests.processors.reading import ACTORS, alliance, article, party, person, read

TODAY = date(2024, 1, 28)
GAZETTEER = Gazetteer(ACTORS)


def found(text: str, day: date = TODAY, gazetteer: Gazetteer = GAZETTEER) -> list[str]:
    return [f"{text[hit.start : hit.end]}={hit.actor.id}" for hit in gazetteer.find([text], day)[0]]


def of(*actors: Actor) -> Gazetteer:
    return Gazetteer(Actors({actor.id: actor for actor in actors}))


def test_the_longer_name_wins() -> None:
    assert found("Kerala Congress (M) and the Trinamool Congress") == [
        "Kerala Congress (M)=kc-m",
        "Trinamool Congress=tmc",
    ]
    assert found("the Nationalist Congress Party") == ["Nationalist Congress Party=ncp"]


def test_a_name_within_a_word_is_none() -> None:
    assert found("Congressional NCPs AAPx BJP2") == []


def test_nc_and_ncp_are_two_parties() -> None:
    assert found("NC, NCP") == ["NC=nc", "NCP=ncp"]


def test_a_name_keeps_its_punctuation() -> None:
    assert found("JD(U)'s leader; the BJP-led front (AAP)") == ["JD(U)=jdu", "BJP=bjp", "AAP=aap"]


def test_india_the_bloc_is_not_india_the_country() -> None:
    assert found("In India, the INDIA bloc met.") == ["INDIA bloc=india-bloc"]


def test_an_sp_of_police_is_no_party() -> None:
    assert found("The SP met voters") == ["SP=sp"]
    assert found("SP (rural) police chief Ramesh") == []


def test_cpi_the_index_is_no_party() -> None:
    assert found("CPI inflation eased") == []
    assert found("The CPI walked out") == ["CPI=cpi"]


def test_a_word_farther_off_than_a_few_words_does_not_matter() -> None:
    assert found("The SP won four seats in the north while in town the police slept") == ["SP=sp"]


def test_an_alias_counts_only_in_its_time() -> None:
    sena = party("shiv-sena", "Old Sena", Alias("Sena", period=Period(None, date(2022, 6, 20))))
    new = party("ss-ubt", "New Sena", Alias("Sena", period=Period(date(2022, 6, 20), None)))
    assert found("Sena", date(2022, 6, 19), of(sena, new)) == ["Sena=shiv-sena"]
    assert found("Sena", date(2022, 6, 20), of(sena, new)) == ["Sena=ss-ubt"]


def test_an_alias_with_only_near_needs_its_word() -> None:
    front = alliance("front", "Grand Front", Alias("Front", only_near=("grand",)))
    assert found("the Front of the grand march", gazetteer=of(front)) == ["Front=front"]
    assert found("the Front of the house", gazetteer=of(front)) == []


def test_any_case_matches_any_case_and_keeps_its_place() -> None:
    inc = party("inc", "Congress", Alias("grand old party", any_case=True))
    text = "İstanbul ß: the Grand Old Party"
    assert found(text, gazetteer=of(inc)) == ["Grand Old Party=inc"]


def test_a_headline_in_capitals_names_its_actors() -> None:
    assert found("CONGRESS DUMPS AAP") == ["CONGRESS=inc", "AAP=aap"]


def test_an_article_without_a_pair_is_not_read_further() -> None:
    reading = read("The Congress held a rally. Mallikarjun Kharge of the Congress spoke.")
    assert reading.statements == ()
    assert {m.actor for m in reading.mentions} == {"inc"}


def test_a_person_and_the_own_party_are_no_pair() -> None:
    word = article("Kharge praised the Congress.")
    hits = triage.find_in(GAZETTEER, word)
    assert not triage.has_pair(word, [h for part in Part for h in hits[part]])


@given(st.text())
def test_any_text_is_searched_and_hits_lie_within(text: str) -> None:
    hits = GAZETTEER.find([text], TODAY)[0]
    assert all(0 <= h.start < h.end <= len(text) for h in hits)
    assert all(a.end <= b.start for a, b in pairwise(hits))


@given(st.text(alphabet="\u0130\u0131\u00df\u1e9e\ufb01AaBb \u01c5"))
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    assert len(triage.fold(text)) == len(text)


LABOUR = Alias("Labour", only_at_home=True)
ABROAD = Gazetteer(
    Actors(
        {
            actor.id: actor
            for actor in (
                replace(party("labour-uk", "Labour Party of Britain", LABOUR), country="GB"),
                replace(party("labour-nl", "Labour Party of the Netherlands", LABOUR), country="NL"),
                replace(party("tories", "Tories"), country="GB"),
                replace(party("vvd", "VVD"), country="NL"),
                replace(person("sadiq-khan", "Sadiq Khan", aliases=("Khan",)), country="GB"),
                replace(alliance("nato", "NATO"), country=INTERNATIONAL),
            )
        },
        {"Rotterdam": "NL", "Westminster": "GB"},
    )
)


def test_a_name_of_several_countries_means_the_one_that_the_article_is_about() -> None:
    assert found("Labour beat the Tories", gazetteer=ABROAD) == ["Labour=labour-uk", "Tories=tories"]
    assert found("Labour beat the VVD", gazetteer=ABROAD) == ["Labour=labour-nl", "VVD=vvd"]
    assert found("In Rotterdam, Labour won", gazetteer=ABROAD) == ["Labour=labour-nl"]


def test_a_generic_name_counts_only_at_home() -> None:
    assert found("Labour shortages hurt harvests", gazetteer=ABROAD) == []


def test_a_passing_mention_of_another_country_does_not_make_it_home() -> None:
    story = (
        "In Westminster the Tories told MPs, and the Tories said that the Tories would not follow Rotterdam; Labour "
    )
    assert found(story * 3, gazetteer=ABROAD).count("Labour=labour-uk") == 3


def test_a_bare_surname_counts_only_at_home_and_a_full_name_everywhere() -> None:
    far = "Khan said the VVD and the VVD and the VVD would stay in Rotterdam"
    assert "Khan=sadiq-khan" not in found(far, gazetteer=ABROAD)
    assert "Sadiq Khan=sadiq-khan" in found(f"Sadiq {far}", gazetteer=ABROAD)
    assert "Khan=sadiq-khan" in found(f"Westminster: {far}", gazetteer=ABROAD)


def test_a_surname_behind_the_first_name_of_somebody_else_is_not_theirs() -> None:
    both = of(
        person("mallikarjun-kharge", "Mallikarjun Kharge", aliases=("Kharge",)),
        person("ramesh-chennithala", "Ramesh Chennithala"),
    )
    assert found("Kharge met Ramesh Kharge", gazetteer=both) == ["Kharge=mallikarjun-kharge"]
    assert found("President Kharge and Mallikarjun Kharge", gazetteer=both) == [
        "Kharge=mallikarjun-kharge",
        "Mallikarjun Kharge=mallikarjun-kharge",
    ]


def test_international_actors_are_at_home_everywhere() -> None:
    assert found("Rotterdam hosts NATO", gazetteer=ABROAD) == ["NATO=nato"]
