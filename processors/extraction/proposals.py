"""What a rule proposes, and what it knows besides its sentence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from spacy.tokens import Token

from entente.domain import ActorId, Mention, Modality, StatementType
from processors.extraction.attribution import Voice
from processors.extraction.cues import Operator
from processors.extraction.force import Force
from processors.extraction.matching import Match
from processors.extraction.nlp import Parsed
from processors.extraction.syntax import Found

SURE, NEAR, CONTEXT = 0.8, 0.6, 0.4  # confidence: both by grammar; one by nearness; one from what went before
THREAT = -3.5  # polarity of a threat to leave

_FAR = 20  # words between cue and target beyond which they are no short evidence


@dataclass(frozen=True)
class Proposal:
    """A stance that a rule sees in a sentence."""

    holder: Mention | None
    target: Mention | None
    type: StatementType
    modality: Modality
    polarity: float | None  # None: the type's own
    voice: Voice
    start: int  # of the evidence
    end: int
    confidence: float
    rule: str
    why_not: str | None = None  # why it is dropped, if it is

    @property
    def is_kept(self) -> bool:
        """Whether it is a stance of somebody toward somebody."""
        return self.why_not is None and self.holder is not None and self.target is not None


@dataclass(frozen=True)
class Context:
    """What the article has said up to here."""

    voice: Voice  # of what was said last
    floating: bool  # the sentence begins within a quote
    alliance: Mention | None  # named last
    recent: tuple[Mention, ...]  # named in the sentence before, the last first
    prominent: tuple[Mention, ...]  # named most in the article
    year: int  # of publication
    alliances_of: Mapping[ActorId, frozenset[ActorId]]  # of the actors named, on the day, as far as named too


@dataclass(frozen=True)
class Sighting:
    """A cue in its sentence, with who says it and with what force."""

    parsed: Parsed
    match: Match
    voice: Voice
    force: Force


@dataclass(frozen=True)
class Outcome:
    """What the force leaves of a cue: None as type where nothing is left."""

    type: StatementType | None
    modality: Modality
    polarity: float | None = None


def pairs(seen: Sighting, holders: Found, targets: Found, confidence: float,
          told: StatementType | None = None) -> Iterator[Proposal]:  # fmt: skip
    """A proposal for each holder and each target; one to drop where either is missing.

    Args:
        seen: the cue.
        holders: with the tokens that stand for them.
        targets: likewise; a target at the cue itself comes from the context.
        confidence: of the roles.
        told: the type, where it is not the cue's.
    """
    result = outcome(seen, told)
    for holder in _each_once(holders):
        for target in _each_once(targets):
            if holder[1].actor != target[1].actor:
                why_not = None if result.type else "negated, and the contrary is no stance"
                yield _proposal(seen, result, holder, target, (confidence, why_not))
    if not holders or not targets:
        why_not = "no actor is named toward whom" if holders else "no actor is named who does it"
        yield _proposal(seen, result, holders[0] if holders else None, targets[0] if targets else None, (0.0, why_not))


def within(seen: Sighting, alliance: tuple[Token, Mention], confidence: float) -> Iterator[Proposal]:
    """What is said of an alliance as a whole: holder and target are the same."""
    result = outcome(seen, None)
    yield _proposal(seen, result, alliance, alliance, (confidence, None if result.type else "negated"))


def outcome(seen: Sighting, told: StatementType | None) -> Outcome:
    """The type, modality and polarity that the force leaves."""
    cue, said = seen.match.cue, seen.force
    if said.denied:
        if cue.negated is None:
            return Outcome(told or cue.type, Modality.DENIED, 0.0)
        return Outcome(cue.negated, Modality.ASSERTED)
    if told is not None:
        return Outcome(told, Modality.ASSERTED)
    if said.negated:
        return Outcome(cue.negated, Modality.ASSERTED if said.modality is Modality.INTENDED else said.modality)
    if Operator.OFFER in said.operators and cue.type in {StatementType.ALLY, StatementType.COORDINATE}:
        return Outcome(StatementType.OFFER, Modality.ASSERTED)
    threat = cue.type is StatementType.EXIT and said.modality is Modality.CONDITIONAL
    return Outcome(cue.type, said.modality, THREAT if threat else None)


def _proposal(
    seen: Sighting,
    result: Outcome,
    holder: tuple[Token, Mention] | None,
    target: tuple[Token, Mention] | None,
    verdict: tuple[float, str | None],
) -> Proposal:
    tokens = [token.i for token in seen.match.tokens]
    if target and abs(target[0].i - seen.match.anchor.i) <= _FAR:
        tokens.append(target[0].i)
    from_context = target is not None and target[0].i == seen.match.anchor.i
    return Proposal(
        holder=_spoken_for(holder[1], seen.voice) if holder else None,
        target=target[1] if target else None,
        type=result.type or seen.match.cue.type,
        modality=result.modality,
        polarity=result.polarity,
        voice=seen.voice,
        start=seen.parsed.offsets[min(tokens)][0],
        end=seen.parsed.offsets[max(tokens)][1],
        confidence=verdict[0],
        rule=f"{seen.match.cue.frame}: {seen.match.words}{' (context)' if from_context else ''}",
        why_not=verdict[1],
    )


def _spoken_for(holder: Mention, voice: Voice) -> Mention:
    """The holder, with the name of the person of its own who says it."""
    speaker = next((m for m in voice.speakers if m.via and m.actor == holder.actor), None)
    return replace(holder, via=speaker.via) if speaker and not holder.via else holder


def _each_once(found: Found) -> list[tuple[Token, Mention]]:
    return list({mention.actor: (token, mention) for token, mention in reversed(found)}.values())
