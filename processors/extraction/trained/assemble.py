"""From what the reader and the rules say of an article's sentences to stances, each told once, with a confidence.

Whatever speaks for a stance anywhere in the article is weighed by a logistic regression, fitted on practice articles
that the reader has not learnt from; so that of the stances told with .8, eight in ten are right there.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from entente.domain import ActorId, Modality, Part, StatementType
from processors.extraction import findings
from processors.extraction.attribution import Voice
from processors.extraction.findings import Finding, Key
from processors.extraction.proposals import THREAT, Proposal
from processors.extraction.sentences import Sentence
from processors.extraction.trained.reader import Judgement, Told
from processors.extraction.trained.windows import InPlay, Passage, Place

BY_READER = "reader"  # begins what a finding of the trained reader is found by
_GOING_ON = frozenset({StatementType.GO_ALONE, StatementType.OPPOSE, StatementType.SKIP})
_AHEAD = re.compile(
    r"\b(?:will|would|won[’']t|shall|going to|to (?:fight|contest|go|run|stand|defeat|oppose|field|stay|skip|boycott)"
    r"|(?:decided|vow\w*|plans|planned|resolved|intends?|wants?|aims?) to)\b",
    re.IGNORECASE,
)
_SEEN = 0.2  # probability; chosen on `me` and `pe`, as the threshold
_LEAD = 40  # characters before the evidence that may say that it lies ahead
BIAS = "bias"  # the feature that every case has
_LEAST, _MOST = 0.02, 0.98  # probabilities are told apart between these


@dataclass(frozen=True)
class Read:
    """A sentence as both have read it."""

    sentence: Sentence
    passage: Passage | None  # None where nothing was asked
    judgements: Sequence[Judgement]
    proposals: Sequence[Proposal]  # of the rules, without what they drop again
    voices: Mapping[tuple[int, int], Voice] = field(default_factory=dict)  # evidence -> whose words it is
    is_left: bool = False  # the reader should have been asked, but the article is too long


@dataclass(frozen=True)
class Calibration:
    """What each feature of a case adds to the log odds, and from which confidence a stance is told."""

    weights: Mapping[str, float]
    threshold: float

    def log_odds(self, features: Mapping[str, float]) -> float:
        """What all features of a case add up to."""
        return sum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def confidence(self, features: Mapping[str, float]) -> float:
        """The probability that the stance is one, 0 to 1."""
        return 1 / (1 + math.exp(-self.log_odds(features)))


@dataclass(frozen=True)
class Seen:
    """A stance as the reader sees it in a sentence."""

    read: Read
    holder: InPlay
    target: InPlay
    told: Told


@dataclass
class Case:
    """All that speaks for one stance in an article."""

    seen: list[Seen] = field(default_factory=list)
    proposed: list[tuple[Sentence, Proposal]] = field(default_factory=list)


def assemble(read: Iterable[Read], calibration: Calibration) -> list[Finding]:
    """All that may be a stance in an article, with its confidence; what reaches the threshold is one.

    What the reader hardly sees and no rule proposes is left out, however much the article says of the pair otherwise.

    Args:
        read: its sentences, of all parts.
        calibration: fitted for the reader that has judged.
    """
    found = cases(read)
    return [
        _finding(key, case, round(calibration.confidence(features), 3))
        for (key, case), features in zip(found.items(), weigh(found), strict=True)
        if case.proposed or _best(case).told.probability >= _SEEN
    ]


def cases(read: Iterable[Read]) -> dict[Key, Case]:
    """All that may be a stance, with what speaks for it."""
    found: defaultdict[Key, Case] = defaultdict(Case)
    for each in read:
        actors = each.passage.actors if each.passage else ()
        for judgement in each.judgements:
            holder, target = actors[judgement.holder], actors[judgement.target]
            for told in judgement.told:
                key = (holder.mention.actor, target.mention.actor, told.type)
                found[key].seen.append(Seen(each, holder, target, told))
        for proposal in each.proposals:
            if proposal.holder and proposal.target and proposal.holder.actor != proposal.target.actor:
                key = (proposal.holder.actor, proposal.target.actor, proposal.type)
                found[key].proposed.append((each.sentence, proposal))
    return dict(found)


def weigh(found: Mapping[Key, Case]) -> list[dict[str, float]]:
    """The features of each case, in order."""
    likely = {key: max((seen.told.probability for seen in case.seen), default=0.0) for key, case in found.items()}
    of_pair: defaultdict[tuple[ActorId, ActorId], float] = defaultdict(float)
    of_sign: defaultdict[tuple[ActorId, ActorId, int], float] = defaultdict(float)
    ruled: defaultdict[tuple[ActorId, ActorId], set[int]] = defaultdict(set)
    for (holder, target, kind), case in found.items():
        of_pair[holder, target] += likely[holder, target, kind]
        of_sign[holder, target, sign(kind)] += likely[holder, target, kind]
        if case.proposed:
            ruled[holder, target].add(sign(kind))
    return [
        {
            **_seen(case),
            "rules say it": float(bool(case.proposed)),
            "rules say its sign": float(sign(key[2]) in ruled[key[:2]]),
            "rules say another sign": float(bool(ruled[key[:2]] - {sign(key[2])})),
            "sign": _log_odds(of_sign[*key[:2], sign(key[2])]),
            "pair": _log_odds(of_pair[key[:2]]),
            f"type {key[2]}": 1.0,
        }
        for key, case in found.items()
    ]


def _seen(case: Case) -> dict[str, float]:
    if not case.seen:
        return {BIAS: 1.0, "probability": _log_odds(0), "rules alone": 1.0}
    best = _best(case)
    holder, target, likely = best.holder, best.target, best.told.probability
    return {
        BIAS: 1.0,
        "probability": _log_odds(likely),
        "other sentences": sum(seen.told.probability for seen in case.seen) - likely,
        "both named": float(holder.place is Place.HERE and target.place is Place.HERE),
        "holder not named": float(holder.place is not Place.HERE),
        "target far": float(target.place is Place.FAR),
        "title": float(best.read.sentence.part is Part.TITLE),
    }


def _finding(key: Key, case: Case, confidence: float) -> Finding:
    ruled = max(case.proposed, key=lambda each: (each[0].part is Part.TEXT, each[1].confidence), default=None)
    by_rule = findings.of_rules(ruled[1], ruled[0], reported=False) if ruled else None
    if by_rule and not case.seen:
        return replace(by_rule, confidence=confidence)
    best = max(case.seen, key=lambda seen: (seen.read.sentence.part is Part.TEXT, seen.told.probability))
    told = best.told
    voice = best.read.voices.get((told.start, told.end), Voice())
    named = next((p.holder.via for _, p in case.proposed if p.holder and p.holder.via), None)
    words = _with_lead(best)
    return Finding(
        sentence=by_rule.sentence if by_rule else best.read.sentence,
        holder=best.holder.mention,
        via=best.holder.via or named,
        target=best.target.mention,
        type=key[2],
        modality=_modality(told, words),
        polarity=_polarity(told),
        claim=told.claim,
        voice=by_rule.voice if by_rule else voice,
        start=by_rule.start if by_rule else told.start,  # a rule's words are grammar's, and fit better
        end=by_rule.end if by_rule else told.end,
        confidence=confidence,
        found_by=f"{BY_READER} {told.probability:.2f}" + (f"; {by_rule.found_by}" if by_rule else ""),
    )


def _with_lead(seen: Seen) -> str:
    """The words of the evidence with those just before."""
    start, end = (place - seen.read.sentence.start for place in (seen.told.start, seen.told.end))
    return seen.read.sentence.text[max(0, start - _LEAD) : end]


def _modality(told: Told, words: str) -> Modality:
    """What is announced is intended, as far as the type is an act that goes on; the reader often takes it for done."""
    announced = told.type in _GOING_ON and told.modality is Modality.ASSERTED and _AHEAD.search(words)
    return Modality.INTENDED if announced else told.modality


def _polarity(told: Told) -> float | None:
    """The polarity that the modality leaves; None for the type's own."""
    if told.modality is Modality.DENIED:
        return 0.0
    return THREAT if told.type is StatementType.EXIT and told.modality is Modality.CONDITIONAL else None


def _best(case: Case) -> Seen:
    return max(case.seen, key=lambda seen: seen.told.probability)


def sign(kind: StatementType) -> int:
    """+1 for cooperation, -1 for conflict, 0 for neither."""
    return (kind.polarity > 0) - (kind.polarity < 0)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), _MOST)
    return math.log(bounded / (1 - bounded))
