"""A stream of articles in event time: what is told on the way, and what stands at the end."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from entente.domain import Article, Modality, ShiftStatus, StanceLabel, Statement, StatementType
from processors.backtest import backtest, revisions
from tests.builders import article, day, statement
from tests.processors import gold_statements

ROOT = Path(__file__).parents[2]
GOLD = next((p for p in (ROOT / "tests/gold/dev", ROOT.parent / "shared/gold/dev") if p.exists()), None)
needs_gold = pytest.mark.skipif(GOLD is None, reason="tests/gold/dev is missing: git checkout tests/gold")


def read(found: Article) -> Sequence[Statement]:
    """The text's only word is the type of its only statement."""
    told = {"article_id": found.id, "outlet": found.outlet, "published": found.published}
    return [statement(type=StatementType(found.text), sentence=f"sentence of {found.id}", **told)]


def ally(_: Statement) -> StanceLabel:
    return StanceLabel.ALLY


LEAVING = article(id="leaving", outlet="one", text="EXIT", published=day(3))
REPEATING = article(id="repeating", outlet="two", text="EXIT", published=day(4))
RETURNING = article(id="returning", outlet="one", text="COORDINATE", published=day(60))


def test_every_shift_stands_once_in_its_final_form_in_order_of_its_trigger() -> None:
    found = list(backtest([RETURNING, REPEATING, LEAVING], read, ally))
    assert [(shift.article_ids[0], shift.sources) for shift in found] == [("leaving", 2), ("returning", 1)]


def test_all_revisions_come_in_the_order_in_which_they_would_have_been_told() -> None:
    told = list(revisions([RETURNING, REPEATING, LEAVING], read, ally))
    assert [(shift.at, shift.sources) for shift in told] == [(day(3), 1), (day(3), 2), (day(60), 1)]


def test_a_withdrawn_shift_is_among_the_final_ones() -> None:
    def denied(found: Article) -> Sequence[Statement]:
        kind, modality = found.text.split()
        told = {"article_id": found.id, "published": found.published}
        return [statement(type=StatementType(kind), modality=Modality(modality), **told)]

    threat = article(id="plan", text="EXIT intended", published=day(1))
    denial = article(id="denial", text="EXIT denied", published=day(2))
    (shift,) = backtest([denial, threat], denied, ally)
    assert shift.status is ShiftStatus.WITHDRAWN


def test_articles_without_statements_tell_nothing() -> None:
    assert list(backtest([LEAVING, RETURNING], lambda _: [], ally)) == []


@needs_gold
def test_of_the_gold_facts_nearly_all_sure_shifts_are_found_and_few_false_ones() -> None:
    """Today .889 and 6.0 with every fact, before any pack says who belongs where."""
    assert GOLD is not None
    measured = gold_statements.measure(GOLD, gold_statements.shifts(GOLD))
    assert measured.sure >= 0.87
    assert measured.false <= 7.5


@needs_gold
def test_packs_help_to_find_more_of_them() -> None:
    """Today .926 and 6.0."""
    assert GOLD is not None
    known = gold_statements.actors(GOLD)
    measured = gold_statements.measure(GOLD, gold_statements.shifts(GOLD, known=known))
    assert measured.sure >= 0.9
    assert measured.false <= 7.5


@needs_gold
def test_what_a_good_reader_must_find_alone_gives_hardly_a_false_shift() -> None:
    """Today .778 and 3.0, with the facts of tier A."""
    assert GOLD is not None
    measured = gold_statements.measure(GOLD, gold_statements.shifts(GOLD, tiers="A"))
    assert measured.sure >= 0.74
    assert measured.false <= 4.5
