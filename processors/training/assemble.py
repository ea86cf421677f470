"""From what the reader and the rules say of an article's sentences to stances, each told once, with a confidence.

Whatever speaks for a stance anywhere in the article is weighed by a logistic regression, fitted on practice articles
that the reader has not learnt from; so that of the stances told with .8, eight in ten are right there.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from entente.domain import ActorId, Claim, Mention, Modality, Part, StatementType
from processors.extraction.proposals import Proposal
from processors.extraction.sentences import Sentence
from processors.training.reader import Judgement, Told
from processors.training.windows import InPlay, Passage, Place

Key = tuple[ActorId, ActorId, StatementType]
_LEAST, _MOST = 0.02, 0.98  # probabilities are told apart between these


@dataclass(frozen=True)
class Read:
    """A sentence as both have read it."""

    sentence: Sentence
    passage: Passage | None  # None where nothing was asked
    judgements: Sequence[Judgement]
    proposals: Sequence[Proposal]  # of the rules, without what they drop again


@dataclass(frozen=True)
class Calibration:
    """What each feature of a case adds to the log odds, and from which confidence a stance is told."""

    weights: Mapping[str, float]
    threshold: float

    def confidence(self, features: Mapping[str, float]) -> float:
        """The probability that the stance is one, 0 to 1."""
        odds = sum(self.weights.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True)
class Finding:
    """A stance that an article reports, in the words that show it best."""

    sentence: Sentence
    holder: Mention
    via: str | None
    target: Mention
    type: StatementType
    modality: Modality
    claim: Claim | None  # None where the rules alone have seen it
    start: int  # of the evidence, in the part of the article
    end: int
    confidence: float
    proposals: tuple[Proposal, ...]  # of the rules, where they say the same


@dataclass
class Case:
    """All that speaks for one stance in an article."""

    seen: list[tuple[Passage, Judgement, Told]] = field(default_factory=list)
    proposed: list[tuple[Sentence, Proposal]] = field(default_factory=list)


def assemble(read: Iterable[Read], calibration: Calibration) -> list[Finding]:
    """The stances of an article.

    Args:
        read: its sentences, of all parts.
        calibration: fitted for the reader that has judged.
    """
    found = cases(read)
    told = (
        (key, case, calibration.confidence(features))
        for (key, case), features in zip(found.items(), weigh(found), strict=True)
    )
    return [_finding(key, case, sure) for key, case, sure in told if sure >= calibration.threshold]


def cases(read: Iterable[Read]) -> dict[Key, Case]:
    """All that may be a stance, with what speaks for it."""
    found: defaultdict[Key, Case] = defaultdict(Case)
    for each in read:
        if each.passage is not None:
            for judgement in each.judgements:
                holder, target = _actors(each.passage, judgement)
                for told in judgement.told:
                    key = (holder.mention.actor, target.mention.actor, told.type)
                    found[key].seen.append((each.passage, judgement, told))
        for proposal in each.proposals:
            if proposal.holder and proposal.target and proposal.holder.actor != proposal.target.actor:
                key = (proposal.holder.actor, proposal.target.actor, proposal.type)
                found[key].proposed.append((each.sentence, proposal))
    return dict(found)


def weigh(found: Mapping[Key, Case]) -> list[dict[str, float]]:
    """The features of each case, in order."""
    likely = {key: max((told.probability for _, _, told in case.seen), default=0.0) for key, case in found.items()}
    of_pair: defaultdict[tuple[ActorId, ActorId], float] = defaultdict(float)
    of_sign: defaultdict[tuple[ActorId, ActorId, int], float] = defaultdict(float)
    ruled: defaultdict[tuple[ActorId, ActorId], set[int]] = defaultdict(set)
    for (holder, target, kind), case in found.items():
        of_pair[holder, target] += likely[holder, target, kind]
        of_sign[holder, target, _sign(kind)] += likely[holder, target, kind]
        if case.proposed:
            ruled[holder, target].add(_sign(kind))
    return [
        {
            **_seen(case),
            "rules say it": float(bool(case.proposed)),
            "rules say its sign": float(_sign(key[2]) in ruled[key[:2]]),
            "rules say another sign": float(bool(ruled[key[:2]] - {_sign(key[2])})),
            "sign": _log_odds(of_sign[*key[:2], _sign(key[2])]),
            "pair": _log_odds(of_pair[key[:2]]),
            f"type {key[2]}": 1.0,
        }
        for key, case in found.items()
    ]


def _seen(case: Case) -> dict[str, float]:
    if not case.seen:
        return {"bias": 1.0, "probability": _log_odds(0), "rules alone": 1.0}
    passage, judgement, best = _best(case)
    holder, target = _actors(passage, judgement)
    return {
        "bias": 1.0,
        "probability": _log_odds(best.probability),
        "other sentences": sum(told.probability for _, _, told in case.seen) - best.probability,
        "both named": float(holder.place is Place.HERE and target.place is Place.HERE),
        "holder not named": float(holder.place is not Place.HERE),
        "target far": float(target.place is Place.FAR),
        "title": float(passage.sentence.part is Part.TITLE),
    }


def _finding(key: Key, case: Case, confidence: float) -> Finding:
    proposals = tuple(proposal for _, proposal in case.proposed)
    named = next((p.holder.via for p in proposals if p.holder and p.holder.via), None)
    if not case.seen:
        sentence, first = max(case.proposed, key=lambda each: each[1].confidence)
        if first.holder is None or first.target is None:
            raise ValueError(f"a case of {key} rests on a proposal without holder or target")
        return Finding(
            sentence, first.holder, named, first.target, key[2], first.modality, None, first.start, first.end,
            confidence, proposals,
        )  # fmt: skip
    passage, judgement, told = _best(case)
    holder, target = _actors(passage, judgement)
    return Finding(
        sentence=passage.sentence,
        holder=holder.mention,
        via=holder.via or named,
        target=target.mention,
        type=key[2],
        modality=told.modality,
        claim=told.claim,
        start=told.start,
        end=told.end,
        confidence=confidence,
        proposals=proposals,
    )


def _best(case: Case) -> tuple[Passage, Judgement, Told]:
    return max(case.seen, key=lambda each: each[2].probability)


def _actors(passage: Passage, judgement: Judgement) -> tuple[InPlay, InPlay]:
    return passage.actors[judgement.holder], passage.actors[judgement.target]


def _sign(kind: StatementType) -> int:
    return (kind.polarity > 0) - (kind.polarity < 0)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), _MOST)
    return math.log(bounded / (1 - bounded))
