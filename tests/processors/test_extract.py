"""The whole of reading: robust on any text, and linear. How well it reads: tests/test_quality.py."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.errors import SettingsError
from entente.settings import Settings
from processors.extraction import rules
from processors.extraction.extract import TOO_LONG, load_extractor
from tests.processors.reading import article, extractor

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


def test_a_pipeline_that_is_not_installed_is_named_with_its_remedy() -> None:
    with pytest.raises(SettingsError, match=r"no_such_pipeline.*pip install"):
        load_extractor(Settings(pipeline="no_such_pipeline"))
