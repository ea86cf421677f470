"""Reading with the trained reader: what must not matter does not. That no text breaks it: test_extract.py."""

import re
from collections.abc import Sequence

import pytest

from entente.domain import Statement, StatementType
from tests.processors.reading import article, line, product

UNRELATED = "The rains came late this year. Farmers waited for weeks before they could sow. Prices of rice rose."
REPORTS = [
    "The JMM quit the INDIA bloc on Monday.",
    "The BJP and the JMM will contest the election together, their leaders said on Sunday.",
    "The TMC accused the BJP of lying about the alliance.",
    "“We shall never join hands with the BJP,” Sanjay Raut said.",
    "The AAP rejected an alliance with the Congress.",
]


def said(text: str) -> list[Statement]:
    """The statements of an article of this text."""
    return list(product().read(article(text)).statements)


def told(text: str) -> set[str]:
    """They in short."""
    return {line(statement) for statement in said(text)}


def swapped(text: str, one: str, other: str) -> str:
    """The text with two names in each other's place."""
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


@pytest.mark.parametrize(
    ("text", "names", "ids"),
    [
        ("The AAP quit the INDIA bloc, and the TMC regretted it.", ("AAP", "TMC"), ("aap", "tmc")),
        ("The JMM will not ally with the BJP, its leader said.", ("JMM", "BJP"), ("jmm", "bjp")),
        ("The TMC accused the AAP of betrayal.", ("TMC", "AAP"), ("tmc", "aap")),
    ],
)
def test_with_the_names_swapped_the_statements_are_swapped_and_nothing_else_changes(
    text: str, names: tuple[str, str], ids: tuple[str, str]
) -> None:
    def facts(statements: Sequence[Statement]) -> list[tuple[object, ...]]:
        return sorted((s.holder, s.type, s.target, s.modality, s.claim, s.start, s.confidence) for s in statements)

    turned = {ids[0]: ids[1], ids[1]: ids[0]}
    found = facts(said(text))
    assert found
    expected = sorted((turned.get(str(h), h), t, turned.get(str(g), g), *rest) for h, t, g, *rest in found)
    assert facts(said(swapped(text, *names))) == expected


@pytest.mark.parametrize(
    ("active", "passive"),
    [
        ("The Congress expelled the JMM.", "The JMM was expelled by the Congress."),
        ("The Congress criticised the AAP.", "The AAP was criticised by the Congress."),
        ("The BJP rejected the offer of the TMC.", "The offer of the TMC was rejected by the BJP."),
    ],
)
def test_the_passive_says_what_the_active_says(active: str, passive: str) -> None:
    strongest = [max(said(text), key=lambda s: s.confidence) for text in (active, passive)]
    assert line(strongest[0]) == line(strongest[1])


@pytest.mark.parametrize(
    ("plain", "negated"),
    [
        ("The AAP quit the INDIA bloc.", "The AAP has not quit the INDIA bloc."),
        ("The JMM will join the NDA.", "The JMM will not join the NDA."),
        ("The TMC supports the Congress.", "The TMC does not support the Congress."),
    ],
)
def test_what_is_negated_is_not_told_as_done(plain: str, negated: str) -> None:
    done = max(said(plain), key=lambda s: s.confidence)
    assert all(s.modality != done.modality for s in said(negated) if line(s) == line(done))


@pytest.mark.parametrize("text", REPORTS)
def test_an_unrelated_paragraph_changes_nothing(text: str) -> None:
    assert told(text)
    assert told(f"{text}\n\n{UNRELATED}") == told(text)
    assert told(f"{UNRELATED}\n\n{text}") == told(text)


def test_what_is_told_says_how_the_reader_and_the_rules_found_it() -> None:
    (statement, *_) = [s for s in said(REPORTS[0]) if s.type is StatementType.EXIT]
    assert re.fullmatch(r"reader [01]\.\d\d; act: quit", statement.rule)
