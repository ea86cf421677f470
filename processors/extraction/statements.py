"""Rules over the parse: from the cues of a sentence to who takes which stance toward whom.

A rule only proposes. A negated event is another event, never the flipped sign; what somebody is urged to do is no act
of theirs; and what a cue rejects, offers or demands is not told a second time.
"""

from collections.abc import Iterator
from dataclasses import replace

from spacy.tokens import Token

from entente.domain import ActorKind, Modality, StatementType
from entente.packs import Actors
from processors.extraction import attribution, force, lexicon, matching, participants, proposals, remarks, syntax
from processors.extraction.attribution import Voice
from processors.extraction.cues import Cues, Frame, Operator
from processors.extraction.matching import Match
from processors.extraction.nlp import Parsed
from processors.extraction.participants import Participants
from processors.extraction.proposals import CONTEXT, NEAR, SURE, Context, Proposal, Sighting, pairs
from processors.extraction.syntax import Found

_POSITIVE = frozenset(t for t in StatementType if t.polarity > 0)
_SWALLOWS = frozenset(StatementType) - {
    StatementType.ALLY, StatementType.COORDINATE, StatementType.ENDORSE, StatementType.MEET, StatementType.DISCORD,
    StatementType.GO_ALONE, StatementType.OPPOSE, StatementType.EXIT,
}  # fmt: skip
_OWN_CLAUSE = frozenset({"advcl", "relcl", "acl:relcl", "conj", "parataxis", "nsubj"})
_LESS = 0.1  # confidence that a looser rule costs
_MIRRORED = 0.2  # confidence that the other direction of a joint act costs


def propose(parsed: Parsed, cues: Cues, actors: Actors, context: Context) -> tuple[list[Proposal], Voice]:
    """The stances the sentence shows, and the voice it ends with."""
    rules = _Rules(parsed, cues, actors, context)
    found = list(rules.proposals())
    voice = attribution.last_voice(parsed, context.voice, floating=context.floating)
    return [*found, *remarks.read(parsed, cues, context, found)], voice


class _Rules:
    """The rules at one sentence."""

    def __init__(self, parsed: Parsed, cues: Cues, actors: Actors, context: Context) -> None:
        self._parsed = parsed
        self._cues = cues
        self._context = context
        self._roles = Participants(parsed, cues, actors, context)
        self._matches = matching.find(parsed, cues)

    def proposals(self) -> Iterator[Proposal]:
        for match in self._matches:
            if self._is_swallowed(match) or self._urges_a_stance(match):
                continue
            voice = attribution.voice(self._parsed, match.anchor, self._context.voice, floating=self._context.floating)
            said = force.read(match, self._cues.operators, voice.anchor, self._context.year)
            if not said.instead:
                yield from self._framed(Sighting(self._parsed, match, voice, said))

    def _is_swallowed(self, match: Match) -> bool:
        """Whether the cue only says what another one, above it, rejects, offers or demands."""
        for child, head in syntax.path_up(match.anchor):
            if child.dep_ in _OWN_CLAUSE:
                return False
            over = next((m for m in self._matches if m.anchor.i == head.i and m is not match), None)
            if over and over.cue.type in _SWALLOWS and over.cue.frame is not Frame.ASSESS and not self._urges(head):
                return not (child.dep_ == "ccomp" and head.lemma_ in lexicon.load().saying)
        return False

    def _urges(self, token: Token) -> bool:
        return self._cues.operators.get(token.lemma_.lower()) is Operator.URGE

    def _urges_a_stance(self, match: Match) -> bool:
        """Whether the cue only urges what another one, below it, says: that one tells more."""
        complements = [c for c in match.anchor.children if c.dep_ in syntax.COMPLEMENT]
        below = {m.anchor.i for m in self._matches}
        return self._urges(match.anchor) and any(c.i in below for c in complements)

    def _framed(self, seen: Sighting) -> Iterator[Proposal]:
        match seen.match.cue.frame:
            case Frame.ASSESS:
                yield from self._assessed(seen)
            case Frame.INNER:
                yield from self._within(seen)
            case Frame.FEEL:
                yield from self._felt(seen)
            case _:
                yield from self._acted(seen)

    def _acted(self, seen: Sighting) -> Iterator[Proposal]:
        holders, sure = self._roles.holders(seen.match, seen.voice)
        targets = self._roles.targets(seen.match, holders)
        if seen.force.governor is not None and Operator.URGE in seen.force.operators:
            yield from self._urged(seen, holders, targets)
        elif (
            holders
            and seen.force.obliged
            and seen.voice.speakers
            and holders[0][1].actor != seen.voice.speakers[0].actor
        ):
            yield from pairs(seen, _speaker(seen), holders, NEAR, _told(seen))
        elif seen.match.cue.frame is Frame.MUTUAL and self._is_joint(holders, targets):
            yield from pairs(seen, holders, holders, SURE if sure else NEAR)
            if targets:
                yield from pairs(seen, holders, targets, SURE if sure else NEAR)
        else:
            yield from self._done(seen, holders, *self._toward(seen.match, holders, targets, sure=sure))

    def _is_joint(self, holders: Found, targets: Found) -> bool:
        """Whether those named together do it with each other, at most under the name of an alliance."""
        several = len({m.actor for _, m in holders}) > 1
        return several and all(self._roles.kind(m) is ActorKind.ALLIANCE for _, m in targets)

    def _done(self, seen: Sighting, holders: Found, targets: Found, confidence: float) -> Iterator[Proposal]:
        yield from pairs(seen, holders, targets, confidence)
        said = seen.force
        done = not said.negated and not said.denied and not said.operators and said.modality is Modality.ASSERTED
        if done and seen.match.cue.frame is Frame.MUTUAL and holders and targets:
            yield from pairs(seen, targets, holders, confidence - _MIRRORED)

    def _toward(self, match: Match, holders: Found, targets: Found, *, sure: bool) -> tuple[Found, float]:
        """The targets, and how sure the roles are."""
        frame = match.cue.frame
        alliances = tuple(f for f in targets if self._roles.kind(f[1]) is ActorKind.ALLIANCE)
        met = frame is Frame.ATTEND and not alliances and match.anchor.lemma_ != "meet"
        unnamed = met or (frame is Frame.ALONE and not targets)
        if unnamed and (own := self._roles.own_alliance(match, holders) or targets):
            return own, CONTEXT
        if targets:
            return targets, SURE if sure else NEAR
        if near := self._roles.nearest(match, holders):
            return near, NEAR - _LESS
        return self._roles.counterpart(match, holders), CONTEXT

    def _urged(self, seen: Sighting, holders: Found, targets: Found) -> Iterator[Proposal]:
        """A stance of who urges toward who is urged; the latter has not done anything yet."""
        governor = seen.force.governor
        urging = (syntax.holders(self._parsed, governor) if governor is not None else ()) or _speaker(seen)
        whom = tuple(f for f in holders if f[1].actor not in {m.actor for _, m in urging}) or targets
        yield from pairs(seen, urging, whom, NEAR, _told(seen))

    def _assessed(self, seen: Sighting) -> Iterator[Proposal]:
        """What the speaker says of the subject."""
        if not seen.voice.speakers:
            return
        verb = participants.verb_of(seen.match)
        own = syntax.own_subject(verb) or syntax.passive_subject(verb)
        subject = syntax.nominal(self._parsed, own) if own is not None else syntax.holders(self._parsed, verb)
        others = subject or self._roles.only_other(seen.match, seen.voice.speakers[0].actor)
        plain = replace(seen, force=replace(seen.force, operators=frozenset(), modality=Modality.ASSERTED))
        yield from pairs(plain, _speaker(seen), others, (SURE if subject else NEAR) - _LESS)

    def _within(self, seen: Sighting) -> Iterator[Proposal]:
        """Of an alliance as a whole, or between partners."""
        own = syntax.own_subject(participants.verb_of(seen.match))
        found = syntax.nominal(self._parsed, seen.match.anchor)
        found += syntax.nominal(self._parsed, own) if own is not None else ()
        found = found or self._roles.only_other(seen.match, None)
        alliances = tuple(f for f in found if self._roles.kind(f[1]) is ActorKind.ALLIANCE)
        parties = tuple(f for f in found if f not in alliances)
        if len({m.actor for _, m in parties}) > 1:
            yield from pairs(seen, parties, parties, NEAR)
        elif alliances and (seen.voice.speakers or parties):
            yield from pairs(seen, _speaker(seen) or parties, alliances, NEAR)
        elif alliances:
            yield from proposals.within(seen, alliances[0], NEAR)

    def _felt(self, seen: Sighting) -> Iterator[Proposal]:
        """What the subject does is felt by the object."""
        verb = participants.verb_of(seen.match)
        own = syntax.own_subject(verb)
        cause = syntax.nominal(self._parsed, own) if own is not None else syntax.agents(self._parsed, verb)
        yield from pairs(seen, syntax.targets(self._parsed, verb), cause, SURE - _LESS)


def _speaker(seen: Sighting) -> Found:
    return tuple((seen.match.anchor, mention) for mention in seen.voice.together)


def _told(seen: Sighting) -> StatementType:
    """What it is to urge this on somebody."""
    return StatementType.URGE_UNITY if seen.match.cue.type in _POSITIVE else StatementType.DEMAND
