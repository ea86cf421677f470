"""The whole of reading: robust on any text, and linear. How well it reads: tests/test_quality.py."""

import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.errors import SettingsError
from entente.settings import Settings
from processors.extraction import extract, rules
from processors.extraction.extract import TOO_LONG, Extractor, load_extractor
from tests.processors.reading import article, extractor, product

NAMES = ["Congress", "the AAP", "BJP", "INDIA bloc", "Sanjay Raut", "JD(U)"]
WORDS = ["said", "quit", "not", "that", "will", "alliance with", "and", '"', "“", "”", ",", ".", "\n", "(", ")"]
LEFT_OVERS = ["<p>", "&nbsp;", "’s", "\u200b", "é", "\U0001d54f"]


BOTH = pytest.mark.parametrize("reads", [extractor, product], ids=["rules", "product"])


@BOTH
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from([*NAMES, *WORDS, *LEFT_OVERS]) | st.text(max_size=4), max_size=40),
    st.sampled_from([" ", ""]),
)
def test_any_text_is_read_and_evidence_stands_where_it_says(
    reads: Callable[[], Extractor], words: list[str], between: str
) -> None:
    word = article(between.join(["Congress", "AAP", *words]), title=between.join(words[:8]))
    reading = reads().read(word)
    for statement in reading.statements:
        assert word.part(statement.part)[statement.start : statement.end] == statement.evidence
        assert statement.evidence
        assert 0 <= statement.confidence <= 1
    for mention in reading.mentions:
        assert word.part(mention.part)[mention.start : mention.end] == mention.surface


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "CONGRESS SLAMS AAP. AAP HITS BACK AT CONGRESS!",
        "<p>Congress</p><p>AAP",
        "Congress AAP " * 1000,
        "“" * 5000 + "Congress said AAP",
    ],
)
def test_strange_texts_are_read(reads: Callable[[], Extractor], text: str) -> None:
    reads().read(article(text, title=text[:200]))


def test_a_text_of_megabytes_is_read_in_linear_time() -> None:
    def seconds(copies: int) -> float:
        word = article(
            "The weather in town was fine and nobody spoke of the Congress or the rest. " * copies, title="AAP"
        )
        started = time.process_time()
        extractor().read(word)
        return time.process_time() - started

    seconds(50)
    assert seconds(2000) < 20 * seconds(250) + 1  # eight times the text; 64 times would be quadratic


def test_of_a_text_without_end_only_the_first_sentences_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no article holds up the others for minutes."""
    monkeypatch.setattr(rules, "_PARSED", 3)
    told = extractor().read(article("The Congress criticised the AAP. Nothing else was said. " * 5, title="")).dropped
    assert sorted(drop.why for drop in told) == ["said more clearly at another place"] * 2 + [TOO_LONG] * 2


def test_of_a_text_without_end_the_trained_reader_is_asked_about_the_first_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extract, "_JUDGED", 3)
    reading = product().read(article("The Congress criticised the AAP. " * 300))
    assert [drop.why for drop in reading.dropped] == [TOO_LONG] * 297
    assert reading.statements


def test_a_text_of_a_megabyte_is_read_in_seconds() -> None:
    text = "The Congress attacked the AAP over the alliance, and nobody was surprised by the words chosen. " * 10_000
    started = time.process_time()
    assert product().read(article(text)).statements
    assert time.process_time() - started < 90


def test_a_pipeline_that_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(SettingsError, match=r"no_such_pipeline.*pip install"):
        load_extractor(Settings(pipeline="no_such_pipeline"))
