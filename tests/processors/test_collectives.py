"""Whom "the government", "the coalition", "the opposition" mean where no name says it."""

from datetime import date

import pytest

from entente import packs
from entente.domain import ActorId, Part
from entente.packs import Actors
from processors.extraction import collectives
from processors.extraction.collectives import Collectives
from processors.extraction.extract import Extractor
from processors.extraction.nlp import load_pipeline
from processors.extraction.sentences import Sentence
from tests.processors.reading import PIPELINE, article

PACK = """
pack: tiny
title: A coalition in office and a bloc against it
country: XX
actors:
  - {id: cabinet, kind: alliance, name: Lantern coalition}
  - {id: bloc, kind: alliance, name: United Bloc}
  - {id: reds, kind: party, name: Red Assembly, member_of: [{alliance: cabinet, until: 2024-06-10}]}
  - {id: blues, kind: party, name: Blue Assembly, member_of: [{alliance: cabinet}]}
  - {id: greens, kind: party, name: Green Assembly, member_of: [{alliance: bloc}]}
  - {id: whites, kind: party, name: White Assembly, member_of: [{alliance: bloc, since: 2024-07-01}]}
"""
DAY = date(2024, 6, 1)


@pytest.fixture(scope="module")
def actors(tmp_path_factory: pytest.TempPathFactory) -> Actors:
    path = tmp_path_factory.mktemp("packs") / "tiny.yaml"
    path.write_text(PACK, encoding="utf-8")
    return packs.load([path])


def meant(actors: Actors, named: str, day: date = DAY) -> dict[str, str | None]:
    """Whom the phrases mean in an article that names these parties."""
    found = Collectives(actors, map(ActorId, named.split()), day)
    return {"government": found.governing(), "opposition": found.opposition(), "alliance": found.most_named()}


def test_the_government_is_the_coalition_of_a_party_that_is_named(actors: Actors) -> None:
    assert meant(actors, "reds greens")["government"] == "cabinet"
    assert meant(actors, "greens whites")["government"] is None


def test_a_party_that_has_just_left_or_is_about_to_join_counts_as_a_member(actors: Actors) -> None:
    assert meant(actors, "reds", date(2024, 6, 20))["government"] == "cabinet"
    assert meant(actors, "reds", date(2024, 9, 1))["government"] is None
    assert meant(actors, "greens whites")["opposition"] == "bloc"
    assert meant(actors, "greens whites", date(2023, 1, 1))["opposition"] is None


def test_the_alliance_is_the_one_with_most_members_named_and_nobody_where_two_have_as_many(actors: Actors) -> None:
    assert meant(actors, "reds blues greens")["alliance"] == "cabinet"
    assert meant(actors, "reds blues greens whites")["alliance"] is None


@pytest.mark.parametrize("words", ["alone", "on its own", "any alliance", "all 60 seats", "neither bloc"])
def test_words_that_speak_of_no_partner_mean_any_alliance(words: str) -> None:
    sentence = Sentence(Part.TEXT, 100, 140, f"It will contest {words}.".ljust(40))
    found = collectives.alone(sentence, packs.ANYBODY)
    assert found is not None
    assert (found.start, found.surface) == (116, words)


def test_a_reference_to_the_government_is_a_mention_of_its_coalition(actors: Actors) -> None:
    extractor = Extractor(actors, load_pipeline(PIPELINE), None)
    text = "The Red Assembly and the Blue Assembly met. The Red Assembly threatened to quit the government."
    mentions = extractor.read(
        article(text, published=article("").published.replace(year=2024, month=6, day=1))
    ).mentions
    assert [m.surface for m in mentions if m.actor == "cabinet"] == ["the government"]
