"""Reading stays as good as it was, and better than what needs no grammar; and the measure measures what it says."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entente.domain import Article, ArticleId
from entente.packs import Actors
from tests import quality
from tests.gold import corpora, floors, score
from tests.gold.corpora import Corpus, Read, Reading, Source
from tests.gold.errors import worst
from tests.gold.figures import calibration, figures
from tests.naive import NaiveReader
from tests.processors.reading import ACTORS, article
from tests.quality import NAIVE, PRODUCT, RULES, Measured, measure

RAISE = "if reading is meant to be so, lower it in tests/floors.yaml and say why"


@pytest.fixture(scope="module")
def measured() -> Measured:
    """One measurement for all tests."""
    return measure(corpora.FLOORED, errors=10)


# --- how well the product reads -------------------------------------------------------------------------------------


def test_no_figure_falls_below_its_floor(measured: Measured) -> None:
    fallen = floors.broken(floors.load(), measured.of_product())
    assert not fallen, "\n".join([*fallen, RAISE])


def test_every_figure_has_a_floor(measured: Measured) -> None:
    bare = floors.missing(floors.load(), measured.of_product())
    assert not bare, "\n".join([*bare, "run: python -m tests.quality --raise-floors"])


@pytest.mark.skipif(not corpora.SEEDS.exists(), reason="the seed articles are not here: ../shared/gold/seeds")
def test_no_figure_of_the_seed_articles_falls_below_its_floor() -> None:
    found = measure([corpora.SEED_ARTICLES]).of_product()
    assert set(found) == {corpora.SEED_ARTICLES}
    fallen = floors.broken(floors.load(), found) + floors.missing(floors.load(), found)
    assert not fallen, "\n".join([*fallen, RAISE])


@pytest.mark.parametrize("corpus", corpora.FLOORED)
def test_the_product_reads_better_than_names_and_sentiment_in_one_sentence(corpus: str, measured: Measured) -> None:
    of_readers = measured.figures[corpus]
    for figure in {"pair_f1", "sign_f1", "type_f1"} & set(of_readers[PRODUCT]):
        assert of_readers[PRODUCT][figure] > of_readers[NAIVE][figure]


def test_the_worst_errors_tell_what_was_said_of_which_sentence_and_what_was_expected(measured: Measured) -> None:
    assert len(measured.mistakes) == 10
    for mistake in measured.mistakes:
        assert mistake.sentence
        assert mistake.said != mistake.expected


def test_the_naive_reader_takes_who_is_named_first_for_the_holder_and_the_sentiment_for_the_stance() -> None:
    found = NaiveReader(ACTORS).read(article("The AAP is a great friend of the Congress. The BJP hates the JMM. JD(U)"))
    assert [(s["holder"], s["type"], s["target"]) for s in found.statements] == [
        ("aap", "ENDORSE", "inc"),
        ("bjp", "CRITICISE", "jmm"),
    ]


# --- floors ---------------------------------------------------------------------------------------------------------


def test_a_fallen_figure_is_named_with_corpus_floor_and_value() -> None:
    old = {"dev": {"sign_f1": 0.6, "invented": 0.5}, "lo": {"sign_f1": 0.4}}
    assert floors.broken(old, {"dev": {"sign_f1": 0.59, "invented": 0.75}}) == [
        "dev: sign_f1 is 0.590, below its floor 0.600",
        "dev: invented is 0.750, above its ceiling 0.500",
    ]
    assert floors.broken(old, {"dev": {"sign_f1": 0.6, "invented": 0.5}}) == []


def test_a_figure_that_is_measured_no_more_has_fallen() -> None:
    assert floors.broken({"dev": {"sign_f1": 0.6}}, {"dev": {}}) == ["dev: sign_f1 is nan, below its floor 0.600"]


def test_floors_are_raised_by_better_figures_and_left_by_worse_ones() -> None:
    old = {"dev": {"sign_f1": 0.6, "type_f1": 0.5, "invented": 0.5}, "lo": {"sign_f1": 0.4}}
    new = floors.raised(old, {"dev": {"sign_f1": 0.7, "type_f1": 0.4, "invented": 0.2}, "su": {"sign_f1": 0.5}})
    assert new == {
        "dev": {"sign_f1": 0.69, "type_f1": 0.5, "invented": 0.21},
        "lo": {"sign_f1": 0.4},
        "su": {"sign_f1": 0.49},
    }


def test_floors_are_read_as_they_were_written(tmp_path: Path) -> None:
    kept = {"dev": {"sign_f1": 0.69}, "calibration": {"ece": 0.1}}
    floors.save(kept, tmp_path / "floors.yaml")
    assert floors.load(tmp_path / "floors.yaml") == kept


# --- the measure ----------------------------------------------------------------------------------------------------


def fact(holder: str, kind: str, target: str, **more: Any) -> dict[str, Any]:
    """A gold fact of tier A, its polarity the type's."""
    known: dict[str, Any] = {"modality": "asserted", "claim": "self", "tier": "A", "evidence": "words", "also": []}
    return {"holder": holder, "type": kind, "target": target, "polarity": score.POLARITY[kind], **known, **more}


def statement(article: str, holder: str, kind: str, target: str, **more: Any) -> dict[str, Any]:
    """A predicted statement."""
    known = {"via": None, "modality": "asserted", "claim": "self", "evidence": "words", "sentence": "The words."}
    said = {"article_id": article, "holder": holder, "type": kind, "target": target, "confidence": 0.8}
    return {**known, **said, **more}


def reading(
    facts: dict[str, list[dict[str, Any]]], said: Sequence[dict[str, Any]], alike: frozenset[str] = frozenset()
) -> Reading:
    """A corpus whose articles all have one sentence, and what is said of them."""
    time = datetime(2024, 1, 28, tzinfo=UTC)
    articles = [Article(ArticleId(name), None, "The Courier", "", "The words.", time) for name in facts]
    found = {name: Read([s for s in said if s["article_id"] == name], []) for name in facts}
    return Reading(Corpus("invented", [Source(Actors({}), articles)], facts, alike), found)


def test_recall_counts_tier_a_and_precision_counts_both_tiers() -> None:
    facts = {"x": [fact("a", "EXIT", "b"), fact("c", "ALLY", "b"), fact("b", "ENDORSE", "c", tier="B")]}
    said = [statement("x", "a", "REJECT", "b"), statement("x", "b", "ENDORSE", "c"), statement("x", "b", "EXIT", "c")]
    found = figures(reading(facts, said))
    assert found["sign_precision"] == pytest.approx(2 / 3)
    assert found["type_precision"] == pytest.approx(1 / 3)
    assert (found["sign_recall"], found["type_recall"], found["tier_a_recall"]) == (0.5, 0, 0.5)


def test_what_is_said_of_a_look_alike_is_invented() -> None:
    said = [statement("y", "a", "EXIT", "b"), statement("y", "b", "EXIT", "a"), statement("x", "a", "EXIT", "b")]
    facts = {"x": [fact("a", "EXIT", "b")], "y": [], "z": []}
    assert figures(reading(facts, said, frozenset("yz")))["invented"] == 1.0


def test_confidence_is_compared_with_the_share_that_is_right() -> None:
    facts = {"x": [fact("a", "EXIT", "b"), fact("b", "EXIT", "a", tier="B")]}
    said = [
        statement("x", "a", "REJECT", "b", confidence=0.85),  # another type, the same sign
        statement("x", "b", "EXIT", "a", confidence=0.81),
        statement("x", "b", "ALLY", "a", confidence=0.3),
    ]
    found = calibration([reading(facts, said)])
    assert [(b.low, b.count, b.said, b.right) for b in found.bins] == [
        (0.3, 1, 0.3, 0.0),
        (0.8, 2, pytest.approx(0.83), 1.0),
    ]
    assert found.ece == pytest.approx((0.3 + 2 * 0.17) / 3)


def test_the_surest_of_the_wrong_and_the_articles_with_most_misses_come_first() -> None:
    facts = {"x": [fact("a", "EXIT", "b")], "y": [fact("a", "EXIT", "b"), fact("c", "EXIT", "b")]}
    said = [
        statement("x", "a", "ALLY", "b", confidence=0.5, sentence="One."),
        statement("x", "c", "ALLY", "b", confidence=0.9, sentence="Two."),
    ]
    wrong, missed = worst([reading(facts, said)], 2)
    assert (wrong.article, wrong.said, wrong.expected) == ("x", "c ALLY b, 0.90 sure", "nothing")
    assert (missed.article, missed.said) == ("y", "nothing")
    assert missed.expected == "a EXIT b (one of 2 missed in the article)"


def test_the_score_on_the_command_line_is_that_of_the_table(tmp_path: Path) -> None:
    facts = {"x": [fact("a", "EXIT", "b", via="Ann Lee"), fact("c", "ALLY", "b")]}
    said = [statement("x", "a", "EXIT", "b", via="Lee"), statement("x", "b", "EXIT", "c")]
    gold, predicted = tmp_path / "gold.jsonl", tmp_path / "predicted.jsonl"
    gold.write_text("".join(json.dumps({"id": name, "facts": fs}) + "\n" for name, fs in facts.items()))
    predicted.write_text("".join(json.dumps(s) + "\n" for s in said))
    command = [
        sys.executable,
        str(corpora.GOLD / "score.py"),
        "statements",
        "--gold",
        str(gold),
        "--pred",
        str(predicted),
    ]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    told, table = json.loads(shown.splitlines()[-1]), figures(reading(facts, said))
    assert told["sign"]["f1"] == table["sign_f1"] == 0.5
    assert told["via"]["recall"] == table["via_recall"] == 1.0


def test_every_figure_stands_in_the_json_and_a_corpus_that_is_missing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(corpora, "SEEDS", tmp_path / "nowhere")
    monkeypatch.setattr(
        sys, "argv", ["quality", "--corpus", "sentences", "seeds", "--json", str(tmp_path / "out.json")]
    )
    quality.main()
    assert "seeds: not here" in capsys.readouterr().out
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["absent"] == ["seeds"]
    assert set(told["figures"]["sentences"]) == {PRODUCT, RULES, NAIVE}
    assert all(math.isfinite(value) for value in told["figures"]["sentences"][PRODUCT].values())
