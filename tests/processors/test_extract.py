"""The whole of reading: robust on any text, linear, and as good as it was."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente import packs
from entente.codec import encode
from entente.domain import ActorId, Alias, Article, ArticleId
from entente.errors import SettingsError
from entente.packs import Actors
from entente.settings import Settings
from processors.articles_io import read_lines
from processors.extraction.extract import Extractor, load_extractor
from processors.extraction.nlp import load_pipeline
from tests.processors.reading import PIPELINE, article, extractor

GOLD = Path(__file__).parents[1] / "gold"
SEEDS = Path(__file__).parents[3] / "shared" / "gold" / "seeds"
NAMES = ["Congress", "the AAP", "BJP", "INDIA bloc", "Sanjay Raut", "JD(U)"]
WORDS = ["said", "quit", "not", "that", "will", "alliance with", "and", '"', "“", "”", ",", ".", "\n", "(", ")"]
LEFT_OVERS = ["<p>", "&nbsp;", "’s", "\u200b", "é", "\U0001d54f"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([*NAMES, *WORDS, *LEFT_OVERS]) | st.text(max_size=4), max_size=40),
    st.sampled_from([" ", ""]),
)
def test_any_text_is_read_and_evidence_stands_where_it_says(words: list[str], between: str) -> None:
    word = article(between.join(["Congress", "AAP", *words]), title=between.join(words[:8]))
    reading = extractor().read(word)
    for statement in reading.statements:
        assert word.part(statement.part)[statement.start : statement.end] == statement.evidence
        assert statement.evidence
    for mention in reading.mentions:
        assert word.part(mention.part)[mention.start : mention.end] == mention.surface


@pytest.mark.parametrize(
    "text", ["", " \n ", "CONGRESS SLAMS AAP. AAP HITS BACK AT CONGRESS!", "<p>Congress</p><p>AAP"]
)
def test_strange_texts_are_read(text: str) -> None:
    extractor().read(article(text, title=text))


def test_a_text_of_megabytes_is_read_in_linear_time() -> None:
    def seconds(copies: int) -> float:
        word = article(
            "The weather in town was fine and nobody spoke of the Congress or the rest. " * copies, title="AAP"
        )
        started = time.perf_counter()
        extractor().read(word)
        return time.perf_counter() - started

    seconds(50)
    assert seconds(2000) < 12 * seconds(250) + 1


def test_a_pipeline_that_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(SettingsError, match=r"no_such_pipeline.*pip install"):
        load_extractor(Settings(pipeline="no_such_pipeline"))


# --- how well it reads; the floors lie a little under what was measured ---------------------------------------------


def score(gold: Path, read: Iterable[Article], actors: Actors, out: Path) -> Mapping[str, Mapping[str, float]]:
    reader = Extractor(actors, load_pipeline(PIPELINE))
    with out.open("wb") as stream:
        stream.writelines(encode(s) + b"\n" for word in read for s in reader.read(word).statements)
    command = [sys.executable, str(GOLD / "score.py"), "statements", "--gold", str(gold), "--pred", str(out)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    result: Mapping[str, Mapping[str, float]] = json.loads(shown.splitlines()[-1])
    return result


def articles_of(path: Path) -> list[Article]:
    with path.open(encoding="utf-8") as stream:
        found = list(read_lines(stream, path.name))
    assert all(isinstance(item, Article) for item in found)
    return [item for item in found if isinstance(item, Article)]


def test_the_articles_of_the_gold_corpus_are_read_as_well_as_before(tmp_path: Path) -> None:
    result = score(
        GOLD / "dev/facts.jsonl", articles_of(GOLD / "dev/articles.jsonl"), packs.load(), tmp_path / "out.jsonl"
    )
    assert result["sign"]["f1"] >= 0.57
    assert result["type"]["f1"] >= 0.51
    assert result["sign"]["precision"] >= 0.67
    assert result["via"]["recall"] >= 0.47


def test_single_sentences_are_read_as_well_as_before(tmp_path: Path) -> None:
    facts, read = tmp_path / "facts.jsonl", []
    with facts.open("w", encoding="utf-8") as stream:
        for raw in (GOLD / "sentences.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(raw)
            wanted = [{**f, "polarity": f["sign"], "type": "any", "tier": "A"} for f in entry["facts"]]
            stream.write(json.dumps({"id": entry["id"], "facts": wanted}) + "\n")
            time_ = datetime(2023, 1, 15, tzinfo=UTC)
            read.append(Article(ArticleId(entry["id"]), None, "The Courier", "", entry["text"], time_))
    actors = dict(packs.load().by_id)
    for actor, surname in (("amit-shah", "Shah"), ("d-raja", "Raja")):  # too common for a pack
        known = actors[ActorId(actor)]
        actors[known.id] = replace(known, aliases=(*known.aliases, Alias(surname)))
    assert score(facts, read, Actors(actors), tmp_path / "out.jsonl")["sign"]["f1"] >= 0.87


@pytest.mark.skipif(not SEEDS.exists(), reason="the seed articles are not here: ../shared/gold/seeds")
def test_everybody_named_at_the_dinner_of_the_bloc_is_found_with_the_party() -> None:
    dinner = next(a for a in articles_of(SEEDS / "articles.jsonl") if a.id == "003")
    present = {s.holder for s in load_extractor(Settings()).read(dinner).statements if s.type == "MEET"}
    expected = {
        "inc",
        "jmm",
        "mdmk",
        "rsp",
        "cpi",
        "jdu",
        "sp",
        "rld",
        "ncp-sp",
        "aap",
        "dmk",
        "cpim",
        "rjd",
        "kc-m",
        "nc",
        "iuml",
    }
    assert expected - present == set()
