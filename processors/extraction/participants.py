"""Who holds the stance of a cue, and toward whom: by grammar, else by nearness, else from what was said before."""

from collections.abc import Iterator

from spacy.tokens import Token

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction import attribution, syntax
from processors.extraction.attribution import Voice
from processors.extraction.cues import Cues, Words
from processors.extraction.matching import Match
from processors.extraction.nlp import Parsed
from processors.extraction.proposals import Context
from processors.extraction.syntax import Found

_BARRIERS = frozenset({";", "but", "while", "whereas"})  # across them nearness tells nothing
_REACH = 12  # words behind a cue in which its target may stand


class Participants:
    """The actors of one sentence in their roles."""

    def __init__(self, parsed: Parsed, cues: Cues, actors: Actors, context: Context) -> None:
        self._parsed = parsed
        self._cues = cues
        self._actors = actors
        self._context = context

    def kind(self, mention: Mention) -> ActorKind:
        """What the mentioned actor is."""
        actor = self._actors.by_id.get(mention.actor)
        return actor.kind if actor else ActorKind.OTHER

    def holders(self, match: Match, voice: Voice) -> tuple[Found, bool]:
        """Who does it, and whether the grammar says so."""
        anchor, verb = match.anchor, verb_of(match)
        if match.cue.words is Words.NOUNS or (anchor.pos_ == "NOUN" and anchor.dep_ != "attr"):
            owned = self._owners(anchor)
            if owned:
                return owned, True
        own = syntax.own_subject(verb)
        if own is not None and attribution.is_first_person(own):
            return tuple((own, m) for m in voice.together), True
        found = () if own is not None and own.i == anchor.i else syntax.holders(self._parsed, verb)
        if found:
            return found, True
        if voice.speakers:
            return tuple((anchor, m) for m in voice.together), True
        return self._before(match), False

    def targets(self, match: Match, holders: Found) -> Found:
        """Toward whom it is by grammar; nobody who holds it, and of the kind the cue asks for."""
        held = {m.actor for _, m in holders}
        for found in self._target_places(match):
            others = tuple(f for f in found if f[1].actor not in held)
            if others:
                return tuple(f for f in others if self._fits(match, f[1]))
        return ()

    def nearest(self, match: Match, holders: Found) -> Found:
        """The nearest actor behind the cue that is not the holder."""
        if match.cue.kind is not None:
            return ()
        held = {m.actor for _, m in holders}
        last = max(match.positions)
        for token in self._parsed.doc[last + 1 : last + _REACH]:
            if token.text in _BARRIERS or token.lower_ in {"who", "which"}:
                return ()
            if others := [m for m in self._parsed.mentioned(token) if m.actor not in held]:
                return ((token, others[0]),)
        return ()

    def counterpart(self, match: Match, holders: Found) -> Found:
        """Whom an earlier sentence named, where no other thing is in the target's place here."""
        if not self._is_open(match):
            return ()
        held = {m.actor for _, m in holders}
        named = match.cue.kind is not None  # an alliance must just have been named
        pool = self._context.recent if named else (*self._context.recent, *self._context.prominent)
        found = next((m for m in pool if m.actor not in held and self._fits(match, m)), None)
        return ((match.anchor, found),) if found else ()

    def only_other(self, match: Match, speaker: ActorId | None) -> Found:
        """The only other actor up to shortly behind the cue; none where there are several."""
        found: dict[ActorId, tuple[Token, Mention]] = {}
        for token in self._parsed.doc[: match.anchor.i + _REACH]:
            for mention in self._parsed.mentioned(token):
                if mention.actor != speaker:
                    found.setdefault(mention.actor, (token, mention))
        return tuple(found.values()) if len(found) == 1 else ()

    def own_alliance(self, match: Match, holders: Found) -> Found:
        """The alliance whose meeting it is or that is left aside: first one the holders belong to, then one in play."""
        named = [m for group in self._parsed.at.values() for m in group if self.kind(m) is ActorKind.ALLIANCE]
        if self._context.alliance:
            named.append(self._context.alliance)
        members = {a for _, m in holders for a in self._context.alliances_of.get(m.actor, ())}
        held = {m.actor for _, m in holders}
        fitting = [m for m in named if m.actor in members] or named
        return tuple((match.anchor, m) for m in fitting if m.actor not in held)[:1]

    def _owners(self, noun: Token) -> Found:
        for child in noun.children:
            if child.dep_ in {"poss", "nmod:poss"} and (found := syntax.nominal(self._parsed, child)):
                return found
        for prep in noun.children:
            if prep.lower_ in {"by", "from"} and (found := tuple(syntax.behind_preposition(self._parsed, prep))):
                return found
        return ()

    def _target_places(self, match: Match) -> Iterator[Found]:
        verb = verb_of(match)
        if match.anchor is not verb:
            for token in reversed(match.tokens):
                yield syntax.nominal(self._parsed, token)
                yield syntax.targets(self._parsed, token)
        for token in match.tokens[1:]:
            if token.pos_ == "ADP":
                yield tuple(syntax.behind_preposition(self._parsed, token))
        yield syntax.targets(self._parsed, verb)
        for token in match.tokens[1:]:
            yield syntax.nominal(self._parsed, token)
        own = syntax.own_subject(verb)
        if own is not None:
            yield syntax.nominal(self._parsed, own)

    def _fits(self, match: Match, mention: Mention) -> bool:
        return match.cue.kind is None or self.kind(mention) in {match.cue.kind, ActorKind.GOVERNMENT}

    def _before(self, match: Match) -> Found:
        """The nearest actor before the cue, in the same clause as far as punctuation shows."""
        for position in range(match.anchor.i - 1, -1, -1):
            token = self._parsed.doc[position]
            if token.text in _BARRIERS:
                return ()
            if mentions := self._parsed.mentioned(token):
                return ((token, mentions[0]),)
        return ()

    def _is_open(self, match: Match) -> bool:
        """Whether the target may stand in an earlier sentence: no other thing is in its place here."""
        places = {"dobj", "obj", "dative", "nsubjpass", "nsubj:pass"}
        objects = [c for c in verb_of(match).children if c.dep_ in places and c.i not in match.positions]
        return all(c.pos_ == "PRON" or c.lemma_.lower() in self._cues.relational for c in objects)


def verb_of(match: Match) -> Token:
    """The verb of the cue's clause."""
    return match.anchor if match.anchor.pos_ in {"VERB", "AUX"} else syntax.governing_verb(match.anchor)
