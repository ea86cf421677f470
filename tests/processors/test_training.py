"""Training data: what a sentence reports is learnt, what its article says elsewhere is not held against it."""

from pathlib import Path

import numpy as np
import pytest

from entente.domain import ActorId, Claim, Modality, StatementType
from processors.extraction.trained.encoding import TYPES, encode
from processors.extraction.trained.windows import Passage
from processors.training import bank, batches, corpus, labels
from processors.training.batches import Turn
from processors.training.examples import Example
from processors.training.labels import Label
from tests.processors.test_windows import TOKENIZER, last

CORPUS = Path(corpus.__file__).parent / "corpus"
EXIT, REJECT, ALLY = (TYPES.index(t) for t in (StatementType.EXIT, StatementType.REJECT, StatementType.ALLY))


def label(kind: str, also: tuple[str, ...] = (), weight: float = 1.0, evidence: tuple[int, int] | None = None) -> Label:
    """A label of JD(U) toward the NDA."""
    return Label(
        holder=ActorId("jdu"),
        target=ActorId("nda"),
        type=StatementType(kind),
        also=frozenset(map(StatementType, also)),
        modality=Modality.ASSERTED,
        claim=Claim.SELF,
        evidence=evidence,
        weight=weight,
    )


def wanted(passage: Passage, *found: Label, elsewhere: tuple[str, ...] = ()) -> batches.Wanted:
    """What is to be learnt about JD(U), its first target being the NDA."""
    told = frozenset((ActorId("jdu"), ActorId("nda"), StatementType(kind)) for kind in elsewhere)
    example = Example("a1", passage, found, told, ())
    return batches.wanted(Turn(example, 0), encode(TOKENIZER, passage, 0))


def test_what_a_sentence_reports_is_right_and_everything_else_is_wrong() -> None:
    learnt = wanted(last("JD(U) quit the NDA."), label("EXIT"))
    assert learnt["right"][0, EXIT] == 1
    assert learnt["right"].sum() == 1
    assert learnt["weight"][0].tolist() == [1.0] * len(TYPES)


def test_a_type_that_is_equally_right_is_neither_right_nor_wrong() -> None:
    learnt = wanted(last("JD(U) quit the NDA."), label("EXIT", also=("REJECT",)))
    assert learnt["weight"][0, REJECT] == 0
    assert learnt["right"][0, REJECT] == 0


def test_a_defensible_fact_counts_half() -> None:
    assert wanted(last("JD(U) quit the NDA."), label("EXIT", weight=0.5))["weight"][0, EXIT] == 0.5


def test_what_the_article_says_elsewhere_is_hardly_held_against_a_sentence() -> None:
    learnt = wanted(last("JD(U) met the NDA."), elsewhere=("EXIT",))
    assert 0 < learnt["weight"][0, EXIT] < 0.5
    assert learnt["weight"][0, ALLY] == 1


def test_pairs_that_are_not_asked_about_teach_nothing() -> None:
    learnt = wanted(last("JD(U) quit the NDA."))
    assert learnt["weight"][1:].sum() == 0


def test_the_words_of_the_evidence_are_learnt_as_tokens() -> None:
    passage = last("JD(U) quit the NDA.")
    found = encode(TOKENIZER, passage, 0)
    learnt = wanted(passage, label("EXIT", evidence=(6, 14)))
    first, end = (int(learnt[side][0, EXIT]) - found.current for side in ("first", "last"))
    assert (found.spans[first][0], found.spans[end][1]) == (6, 14)


def test_every_line_of_the_bank_is_read() -> None:
    lines = list(bank.read(CORPUS / "bank", seed=1))
    assert len(lines) > 8900
    assert {label.type for line in lines for label in line.labels} == set(StatementType)


@pytest.mark.parametrize("line", ["only\tthree\tcolumns", "\t{A} left {B}.\tA>B:GONE\t-", "\t{A} left {B}.\tA-B\t-"])
def test_a_line_that_breaks_the_banks_format_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "1-some.tsv").write_text(f"\t{{A}} left {{B}}.\tA>B:EXIT\t-\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"1-some\.tsv, line 2"):
        list(bank.read(tmp_path, seed=1))


def test_a_country_is_known_by_names_not_by_phrases_that_mean_it_in_context() -> None:
    known = corpus.actors(CORPUS / "ha" / "entities.jsonl")
    names = {alias.text for alias in known[ActorId("ha-lpl")].aliases}
    assert {"Liberal People's League", "LPL"} <= names
    assert not {"the ruling party", "ruling party"} & names


def test_the_facts_of_an_article_are_found_in_its_sentences() -> None:
    _, (first, *_) = corpus.country(CORPUS / "ha")
    located = labels.of_article(first)
    found = [
        each for resolved in first.sentences.values() for s, _ in resolved for each in labels.in_sentence(located, s)
    ]
    assert len(found) == len(located) > 10


def test_an_epoch_is_the_same_for_the_same_seed() -> None:
    examples = [Example("", last("JD(U) quit the NDA."), (label("EXIT"),), frozenset(), ())] * 60
    one, two, other = (next(batches.epoch(examples, TOKENIZER, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(one[0][name], two[0][name]) for name in ("ids", "features", "named"))
    assert len(one[0]["ids"]) == len(other[0]["ids"])
