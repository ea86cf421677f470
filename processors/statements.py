"""Rules over the parse: cues to who takes which stance toward whom.

A rule only proposes; what becomes of a proposal is decided in `extract`. A negated event is another event, never the
flipped sign; what somebody is urged to do is no act of theirs.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Token

from entente.domain import ActorId, ActorKind, Mention, Modality, StatementType
from entente.packs import Actors
from processors import attribution, force, matching, syntax
from processors.attribution import Voice
from processors.cues import Cues, Frame, Operator, Words
from processors.force import Force
from processors.matching import Match
from processors.nlp import Parsed
from processors.syntax import Found

SURE, NEAR, CONTEXT = 0.8, 0.6, 0.5  # confidence: both by grammar; one by nearness; one from what went before

_POSITIVE = frozenset(t for t in StatementType if t.polarity > 0)
_SWALLOWS = frozenset({StatementType.REJECT, StatementType.OFFER, StatementType.UNDECIDED, StatementType.DEMAND,
                       StatementType.URGE_UNITY, StatementType.SKIP, StatementType.CRITICISE, StatementType.ACCUSE})  # fmt: skip


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


@dataclass(frozen=True)
class Context:
    """What the article has said up to here."""

    voice: Voice  # of what was said last
    floating: bool  # the sentence begins within a quote
    alliance: Mention | None  # named last
    recent: tuple[Mention, ...]  # named in the sentence before, the last first
    prominent: tuple[Mention, ...]  # named most in the article
    year: int  # of publication
    alliances_of: dict[ActorId, frozenset[ActorId]]  # of the parties named, on the day


def propose(parsed: Parsed, cues: Cues, actors: Actors, context: Context) -> tuple[list[Proposal], Voice]:
    """The stances the sentence shows, and the voice it ends with."""
    reader = _Reader(parsed, cues, actors, context)
    found = list(reader.proposals())
    return [*found, *reader.remarks(found)], reader.last_voice()


class _Reader:
    """One sentence and what is needed to read it."""

    def __init__(self, parsed: Parsed, cues: Cues, actors: Actors, context: Context) -> None:
        self._parsed = parsed
        self._cues = cues
        self._actors = actors
        self._context = context
        self._matches = matching.find(parsed, cues)

    def last_voice(self) -> Voice:
        """Who speaks in the sentence, for a quote that goes on behind it."""
        for token in self._parsed.doc:
            if token.lemma_.lower() in attribution.SAYING and token.pos_ == "VERB":
                found = syntax.holders(self._parsed, token)
                if found and found[0][1].how:
                    mention = found[0][1]
                    return Voice((mention,), (attribution.name(mention),))
        persons = [m for group in self._parsed.at.values() for m in group if m.via]
        if self._context.floating or not persons:
            return self._context.voice
        return Voice((persons[0],), (attribution.name(persons[0]),))

    def proposals(self) -> Iterator[Proposal]:
        for match in self._matches:
            if self._is_swallowed(match):
                continue
            voice = attribution.voice(self._parsed, match.anchor, self._context.voice, floating=self._context.floating)
            said = force.read(match, self._cues.operators, voice.anchor, self._context.year)
            if said.instead:
                continue
            yield from self._frame(match, voice, said)

    def _is_swallowed(self, match: Match) -> bool:
        """Whether the cue only says what another one, above it, rejects, offers or demands."""
        for child, head in syntax.path_up(match.anchor):
            if (
                child.dep_ in {"advcl", "relcl", "conj", "parataxis", "acl:relcl", "nsubj", "nsubjpass"}
                and child.dep_ != "nsubjpass"
            ):
                return False
            over = next((m for m in self._matches if m.anchor.i == head.i and m is not match), None)
            if over and over.cue.type in _SWALLOWS and over.cue.frame is not Frame.ASSESS:
                return not (child.dep_ == "ccomp" and head.lemma_ in attribution.SAYING)
        return False

    def _frame(self, match: Match, voice: Voice, said: Force) -> Iterator[Proposal]:
        frame = match.cue.frame
        if frame is Frame.ASSESS:
            yield from self._assessed(match, voice, said)
        elif frame is Frame.INNER:
            yield from self._within(match, voice, said)
        elif frame is Frame.FEEL:
            yield from self._felt(match, voice, said)
        else:
            yield from self._acted(match, voice, said)

    # --- frames -----------------------------------------------------------------------------------------------------

    def _acted(self, match: Match, voice: Voice, said: Force) -> Iterator[Proposal]:
        frame = match.cue.frame
        holders, sure = self._holders(match, voice)
        targets = self._fitting(self._targets(match, holders), match)
        confidence = SURE if sure and targets else NEAR
        if said.governor is not None and Operator.URGE in said.operators:
            yield from self._urged(match, voice, said, holders, targets)
            return
        if said.obliged and voice.speakers and holders and holders[0][1].actor != voice.speakers[0].actor:
            told = StatementType.URGE_UNITY if match.cue.type in _POSITIVE else StatementType.DEMAND
            speaker = ((match.anchor, voice.speakers[0]),)
            yield from self._pairs(
                match, voice, replace(said, modality=Modality.ASSERTED), speaker, holders, told, NEAR
            )
            return
        if frame is Frame.MUTUAL and not targets and len({m.actor for _, m in holders}) > 1:
            yield from self._pairs(match, voice, said, holders, holders, None, confidence)
            return
        if frame in {Frame.ALONE, Frame.ATTEND}:
            alliances = tuple(f for f in targets if self._kind(f[1]) is ActorKind.ALLIANCE)
            if frame is Frame.ATTEND and not alliances and match.anchor.lemma_ != "meet" or not targets:
                targets = tuple((match.anchor, m) for m in self._turned_from(match, holders, targets))
                confidence = CONTEXT
        if not targets:
            targets, confidence = self._nearest(match, holders), NEAR - 0.1
        if not targets and self._is_open(match):
            targets, confidence = self._counterpart(match, holders), CONTEXT - 0.1
        yield from self._pairs(match, voice, said, holders, targets, None, confidence)
        if frame is Frame.MUTUAL and not said.negated and not said.operators and said.modality is Modality.ASSERTED:
            yield from self._pairs(match, voice, said, targets, holders, None, confidence - 0.2)

    def _urged(self, match: Match, voice: Voice, said: Force, holders: Found, targets: Found) -> Iterator[Proposal]:
        """ "X urged Y to ...": a stance of X toward Y, none of Y."""
        if said.governor is None:
            return
        urging = syntax.holders(self._parsed, said.governor) or tuple((match.anchor, m) for m in voice.speakers[:1])
        told = StatementType.URGE_UNITY if match.cue.type in _POSITIVE else StatementType.DEMAND
        whom = tuple(f for f in holders if f[1].actor not in {m.actor for _, m in urging}) or targets
        yield from self._pairs(
            match, voice, replace(said, negated=False, operators=frozenset()), urging, whom, told, NEAR
        )

    def _assessed(self, match: Match, voice: Voice, said: Force) -> Iterator[Proposal]:
        if not voice.speakers:
            return
        speaker = ((match.anchor, voice.speakers[0]),)
        verb = self._verb(match)
        own = syntax.own_subject(verb) or syntax.passive_subject(verb)
        subject = syntax.nominal(self._parsed, own) if own is not None else syntax.holders(self._parsed, verb)
        sure = SURE if subject else NEAR
        others = subject or self._others(match, voice.speakers[0].actor)
        plain = replace(said, operators=frozenset(), modality=Modality.ASSERTED)
        yield from self._pairs(match, voice, plain, speaker, others, None, sure - 0.1)

    def _within(self, match: Match, voice: Voice, said: Force) -> Iterator[Proposal]:
        """Of an alliance as a whole, or between partners."""
        verb = self._verb(match)
        own = syntax.own_subject(verb)
        found = (
            *syntax.nominal(self._parsed, match.anchor),
            *(syntax.nominal(self._parsed, own) if own is not None else ()),
        )
        found = found or self._others(match, None)
        parties = tuple(f for f in found if self._kind(f[1]) is not ActorKind.ALLIANCE)
        alliances = tuple(f for f in found if self._kind(f[1]) is ActorKind.ALLIANCE)
        if len({m.actor for _, m in parties}) > 1:
            yield from self._pairs(match, voice, said, parties, parties, None, NEAR)
        elif voice.speakers and alliances:
            yield from self._pairs(match, voice, said, ((match.anchor, voice.speakers[0]),), alliances, None, NEAR)
        elif alliances and parties:
            yield from self._pairs(match, voice, said, parties, alliances, None, NEAR)
        elif alliances:
            yield from self._pairs(match, voice, said, alliances[:1], alliances[:1], None, NEAR)

    def _felt(self, match: Match, voice: Voice, said: Force) -> Iterator[Proposal]:
        verb = self._verb(match)
        feeling = syntax.targets(self._parsed, verb)
        own = syntax.own_subject(verb)
        cause = syntax.nominal(self._parsed, own) if own is not None else syntax.agents(self._parsed, verb)
        yield from self._pairs(match, voice, said, feeling, cause, None, SURE - 0.1)

    def remarks(self, found: Sequence[Proposal]) -> Iterator[Proposal]:
        """What is said about another actor where no cue tells more: by its tone."""
        kept = [p for p in found if not p.why_not]
        told = {m.actor for p in kept for m in (p.holder, p.target) if m}
        for token in self._parsed.doc:
            for mention in self._parsed.mentioned(token):
                voice = attribution.voice(self._parsed, token, self._context.voice, floating=self._context.floating)
                speaker = voice.speakers[0] if voice.speakers else None
                if speaker is None or speaker.actor == mention.actor or mention.actor in told:
                    continue
                told.add(mention.actor)
                yield self._remark(speaker, mention, self._clause(token, voice), token, voice)

    def _remark(
        self, speaker: Mention, about: Mention, clause: Sequence[Token], token: Token, voice: Voice
    ) -> Proposal:
        tone = sum(self._cues.tone.get(word.lemma_.lower(), 0) for word in clause)
        near = [word.i for word in clause if abs(word.i - token.i) <= 12]  # noqa: PLR2004 - evidence is short
        return Proposal(
            holder=speaker,
            target=about,
            type=StatementType.ENDORSE if tone > 0 else StatementType.CRITICISE,
            modality=Modality.ASSERTED,
            polarity=None,
            voice=voice,
            start=self._parsed.offsets[min(near)][0],
            end=self._parsed.offsets[max(near)][1],
            confidence=CONTEXT,
            rule="tone",
            why_not=None if tone else "said without praise or criticism",
        )

    def _clause(self, token: Token, voice: Voice) -> Sequence[Token]:
        """What is said, of which the token is a part."""
        top = token
        for child, head in syntax.path_up(token):
            top = child
            if voice.anchor is not None and head.i == voice.anchor.i:
                break
        return list(top.subtree)

    # --- roles ------------------------------------------------------------------------------------------------------

    def _verb(self, match: Match) -> Token:
        return match.anchor if match.anchor.pos_ in {"VERB", "AUX"} else syntax.governing_verb(match.anchor)

    def _holders(self, match: Match, voice: Voice) -> tuple[Found, bool]:
        anchor, verb = match.anchor, self._verb(match)
        if match.cue.words is Words.NOUNS or (anchor.pos_ == "NOUN" and anchor.dep_ != "attr"):
            owned = self._owners(anchor)
            if owned:
                return owned, True
        own = syntax.own_subject(verb)
        if own is not None and attribution.is_first_person(own):
            return tuple((own, m) for m in voice.speakers[:1]), True
        found = () if own is not None and own.i == anchor.i else syntax.holders(self._parsed, verb)
        if found:
            return found, True
        if voice.speakers:
            return ((anchor, voice.speakers[0]),), True
        return self._before(match), False

    def _owners(self, noun: Token) -> Found:
        for label in ("poss", "nmod:poss"):
            for child in noun.children:
                if child.dep_ == label and (found := syntax.nominal(self._parsed, child)):
                    return found
        for prep in noun.children:
            if prep.lower_ in {"by", "from"} and (found := tuple(syntax.behind_preposition(self._parsed, prep))):
                return found
        return ()

    def _targets(self, match: Match, holders: Found) -> Found:
        held = {m.actor for _, m in holders}
        verb = self._verb(match)
        for found in self._target_places(match, verb):
            others = tuple(f for f in found if f[1].actor not in held)
            if others:
                return others
        return ()

    def _target_places(self, match: Match, verb: Token) -> Iterator[Found]:
        if match.anchor is not verb:
            for token in reversed(match.tokens):
                yield syntax.nominal(self._parsed, token)
                yield tuple(
                    f for c in token.children if c.dep_ == "prep" for f in syntax.behind_preposition(self._parsed, c)
                )
                yield syntax.targets(self._parsed, token)
                if token.pos_ == "ADP":
                    yield tuple(syntax.behind_preposition(self._parsed, token))
        for token in match.tokens[1:]:
            if token.pos_ == "ADP":
                yield tuple(syntax.behind_preposition(self._parsed, token))
        yield syntax.targets(self._parsed, verb)
        for token in match.tokens[1:]:
            yield syntax.nominal(self._parsed, token)
        own = syntax.own_subject(verb)
        if own is not None:
            yield syntax.nominal(self._parsed, own)

    def _fitting(self, targets: Found, match: Match) -> Found:
        kind = match.cue.kind
        if kind is None:
            return targets
        return tuple(f for f in targets if self._kind(f[1]) in {kind, ActorKind.GOVERNMENT})

    def _kind(self, mention: Mention) -> ActorKind:
        actor = self._actors.by_id.get(mention.actor)
        return actor.kind if actor else ActorKind.OTHER

    def _before(self, match: Match) -> Found:
        """The nearest actor before the cue, in the same clause as far as punctuation shows."""
        for position in range(match.anchor.i - 1, -1, -1):
            token = self._parsed.doc[position]
            if token.text in {";", "but", "while", "whereas"}:
                return ()
            if mentions := self._parsed.mentioned(token):
                return ((token, mentions[0]),)
        return ()

    def _nearest(self, match: Match, holders: Found) -> Found:
        """The nearest actor behind the cue that is not the holder."""
        if match.cue.kind is not None:
            return ()
        held = {m.actor for _, m in holders}
        last = max(match.positions)
        for token in self._parsed.doc[last + 1 : last + 12]:
            if token.text in {";", "but", "while", "whereas", "who", "which"}:
                return ()
            if others := [m for m in self._parsed.mentioned(token) if m.actor not in held]:
                return ((token, others[0]),)
        return ()

    def _is_open(self, match: Match) -> bool:
        """Whether the target may stand in an earlier sentence: no other thing is in its place here."""
        verb = self._verb(match)
        objects = [
            c for c in verb.children if c.dep_ in {"dobj", "obj", "dative", "nsubjpass"} and c.i not in match.positions
        ]
        return all(c.pos_ == "PRON" or c.lemma_.lower() in self._cues.relational for c in objects)

    def _counterpart(self, match: Match, holders: Found) -> Found:
        """Whom the article sets the holder against or beside: named in the sentence before, or most often."""
        held = {m.actor for _, m in holders}
        kind = match.cue.kind
        pool = self._context.recent if kind is not None else (*self._context.recent, *self._context.prominent)
        for mention in pool:
            if mention.actor not in held and (kind is None or self._kind(mention) in {kind, ActorKind.GOVERNMENT}):
                return ((match.anchor, mention),)
        return ()

    def _others(self, match: Match, speaker: ActorId | None) -> Found:
        found = {}
        for token in self._parsed.doc[: match.anchor.i + 15]:
            for mention in self._parsed.mentioned(token):
                if mention.actor != speaker:
                    found.setdefault(mention.actor, (token, mention))
        return tuple(found.values()) if len(found) == 1 else ()

    def _turned_from(self, match: Match, holders: Found, targets: Found) -> list[Mention]:
        """The alliance whose meeting it is, or that is left aside: one of the holder's that the article names."""
        named = [m for group in self._parsed.at.values() for m in group if self._kind(m) is ActorKind.ALLIANCE]
        own = [self._context.alliances_of.get(m.actor, frozenset()) for _, m in holders]
        members = frozenset().union(*own)
        if self._context.alliance:
            named.append(self._context.alliance)
        fitting = [m for m in named if m.actor in members] or named
        held = {m.actor for _, m in holders}
        return [m for m in fitting if m.actor not in held][:1] or [m for _, m in targets]

    # --- proposals --------------------------------------------------------------------------------------------------

    def _pairs(self, match: Match, voice: Voice, said: Force, holders: Found, targets: Found,
               told: StatementType | None, confidence: float) -> Iterator[Proposal]:  # fmt: skip
        kind, modality, polarity = _outcome(match, said, told)
        rule = f"{match.cue.frame}:{match.cue.text}"
        for holder_at, holder in _each_once(holders):
            for target_at, target in _each_once(targets):
                inner = match.cue.frame is Frame.INNER and self._kind(target) is ActorKind.ALLIANCE
                if holder.actor == target.actor and not (inner and len(holders) == 1):
                    continue
                if kind is None:
                    yield self._proposal(
                        match,
                        voice,
                        (holder_at, holder),
                        (target_at, target),
                        match.cue.type,
                        modality,
                        None,
                        confidence,
                        rule,
                        "negated, and the contrary is no stance",
                    )  # noqa: E501
                    continue
                yield self._proposal(
                    match,
                    voice,
                    (holder_at, holder),
                    (target_at, target),
                    kind,
                    modality,
                    polarity,
                    confidence,
                    rule,
                    None,
                )  # noqa: E501
        if not holders or not targets:
            missing = "no holder" if not holders else "no target"
            yield self._proposal(match, voice, holders[0] if holders else None, targets[0] if targets else None,
                                 kind or match.cue.type, modality, None, confidence, rule, missing)  # fmt: skip

    def _proposal(self, match: Match, voice: Voice, holder: tuple[Token, Mention] | None, target: tuple[Token, Mention] | None,
                  kind: StatementType, modality: Modality, polarity: float | None, confidence: float, rule: str,
                  why_not: str | None) -> Proposal:  # fmt: skip
        start, end = self._evidence(match, target)
        rule = rule if not target or target[0].i != match.anchor.i else f"{rule} (context)"
        return Proposal(_spoken_for(holder[1], voice) if holder else None, target[1] if target else None, kind, modality, polarity, voice,
                        start, end, confidence, rule, why_not)  # fmt: skip

    def _evidence(self, match: Match, target: tuple[Token, Mention] | None) -> tuple[int, int]:
        tokens = [t.i for t in match.tokens]
        if target and abs(target[0].i - match.anchor.i) <= 20:  # noqa: PLR2004 - farther, it is no short evidence
            tokens.append(target[0].i)
        return self._parsed.offsets[min(tokens)][0], self._parsed.offsets[max(tokens)][1]


def _outcome(
    match: Match, said: Force, told: StatementType | None
) -> tuple[StatementType | None, Modality, float | None]:
    """The type, modality and polarity that the force leaves."""
    kind: StatementType | None = told or match.cue.type
    modality, polarity = said.modality, None
    if said.denied:
        if match.cue.negated is None:
            return kind, Modality.DENIED, 0.0
        return match.cue.negated, Modality.ASSERTED, None
    if said.negated and told is None:
        kind = match.cue.negated
        modality = Modality.ASSERTED if modality is Modality.INTENDED else modality
    elif Operator.OFFER in said.operators and kind in {StatementType.ALLY, StatementType.COORDINATE}:
        kind, modality = StatementType.OFFER, Modality.ASSERTED
    if modality is Modality.CONDITIONAL and kind is StatementType.EXIT:
        polarity = -3.5  # a threat to leave
    return kind, modality, polarity


def _spoken_for(holder: Mention, voice: Voice) -> Mention:
    """The holder, with the name of the person of its own who says it."""
    speaker = next((m for m in voice.speakers if m.via and m.actor == holder.actor), None)
    return replace(holder, via=speaker.via) if speaker and not holder.via else holder


def _each_once(found: Sequence[tuple[Token, Mention]]) -> Iterable[tuple[Token, Mention]]:
    return {m.actor: (t, m) for t, m in reversed(found)}.values()
