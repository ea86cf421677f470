"""From what the reader and the rules say of sentences to stances, each told once."""

from dataclasses import replace

import pytest

from entente.domain import ActorId, ActorKind, Claim, Mention, Modality, Part, StatementType
from processors.extraction.attribution import Voice
from processors.extraction.findings import Finding
from processors.extraction.proposals import SURE, Proposal
from processors.extraction.sentences import Sentence
from processors.extraction.trained.assemble import BIAS, Calibration, Read, assemble
from processors.extraction.trained.reader import Judgement, Told
from processors.extraction.trained.windows import InPlay, Passage, Place

CALIBRATION = Calibration({BIAS: 0.0, "probability": 1.0, "rules say it": 1.0}, 0.3)
WORDS = "JD(U) will fight the NDA, its chief said on Monday after he had thought about it for a long week."


def sentence(part: Part = Part.TEXT) -> Sentence:
    return Sentence(part, 0, len(WORDS), WORDS)


def mention(actor: str, part: Part, start: int, end: int) -> Mention:
    return Mention(ActorId(actor), WORDS[start:end], part, start, end, "alias")


HOLDER, TARGET = mention("jdu", Part.TEXT, 0, 5), mention("nda", Part.TEXT, 21, 24)


def told(kind: str, probability: float, modality: Modality = Modality.ASSERTED) -> Told:
    """What the reader sees in "will fight the NDA"."""
    return Told(StatementType(kind), probability, modality, Claim.SELF, 6, 24)


def read(*seen: Told, part: Part = Part.TEXT, proposals: tuple[Proposal, ...] = ()) -> Read:
    """A sentence in which JD(U) is asked about the NDA."""
    actors = (
        InPlay(HOLDER, "Nitish Kumar", ActorKind.PARTY, Place.HERE, speaks=False),
        InPlay(TARGET, None, ActorKind.ALLIANCE, Place.HERE, speaks=False),
    )
    passage = Passage(sentence(part), actors, (), (), frozenset(), ((0, 1),))
    return Read(sentence(part), passage, (Judgement(0, 1, seen),) if seen else (), proposals)


def proposal(kind: str, end: int = 16) -> Proposal:
    """What a rule sees in "will fight"."""
    return Proposal(HOLDER, TARGET, StatementType(kind), Modality.ASSERTED, None, Voice(), 6, end, SURE, "act: fight")


def only(*sentences: Read) -> Finding:
    (finding,) = assemble(sentences, CALIBRATION)
    return finding


def test_a_stance_seen_in_several_sentences_is_told_once_where_it_is_seen_best() -> None:
    finding = only(read(told("EXIT", 0.4)), read(told("EXIT", 0.9)), read(told("EXIT", 0.6)))
    assert finding.found_by == "reader 0.90"
    assert finding.via == "Nitish Kumar"


def test_the_text_shows_better_than_the_headline() -> None:
    finding = only(read(told("EXIT", 0.9), part=Part.TITLE), read(told("EXIT", 0.3)))
    assert finding.sentence.part is Part.TEXT


def test_where_a_rule_says_the_same_its_words_are_the_evidence_and_the_confidence_rises() -> None:
    alone, both = only(read(told("OPPOSE", 0.6))), only(read(told("OPPOSE", 0.6), proposals=(proposal("OPPOSE"),)))
    assert (alone.start, alone.end) == (6, 24)
    assert (both.start, both.end) == (6, 16)
    assert both.confidence > alone.confidence
    assert both.found_by == "reader 0.60; act: fight"


def test_what_the_reader_hardly_sees_and_no_rule_proposes_is_not_considered() -> None:
    assert assemble([read(told("EXIT", 0.1))], CALIBRATION) == []


def test_what_only_a_rule_sees_is_weighed_as_well() -> None:
    finding = only(read(proposals=(proposal("OPPOSE"),)))
    assert finding.found_by == "act: fight"
    assert 0 < finding.confidence < 0.3


@pytest.mark.parametrize(
    ("kind", "seen", "told_as"),
    [
        ("OPPOSE", Modality.ASSERTED, Modality.INTENDED),
        ("OPPOSE", Modality.CONDITIONAL, Modality.CONDITIONAL),
        ("CRITICISE", Modality.ASSERTED, Modality.ASSERTED),
    ],
)
def test_a_fight_that_is_announced_is_intended(kind: str, seen: Modality, told_as: Modality) -> None:
    assert only(read(told(kind, 0.9, seen))).modality is told_as


def test_a_threat_to_leave_is_weaker_than_leaving_and_a_denial_says_nothing() -> None:
    assert only(read(told("EXIT", 0.9))).polarity is None
    assert only(read(told("EXIT", 0.9, Modality.CONDITIONAL))).polarity == -3.5
    assert only(read(told("EXIT", 0.9, Modality.DENIED))).polarity == 0


def test_the_surer_the_reader_the_surer_the_finding() -> None:
    sure = [only(read(told("EXIT", p))).confidence for p in (0.4, 0.6, 0.9)]
    assert sure == sorted(sure)
    strict = replace(CALIBRATION, weights={BIAS: -2.0, "probability": 1.0})
    assert assemble([read(told("EXIT", 0.9))], strict)[0].confidence < sure[-1]
