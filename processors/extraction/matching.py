"""Where the cues stand in a parsed sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Token

from processors.extraction import syntax
from processors.extraction.cues import Cue, Cues, Words
from processors.extraction.nlp import Parsed

_GAP = 2  # small words between two places of a cue
_VERBS = frozenset({"VERB", "AUX"})
_NOUNS = frozenset({"NOUN", "PROPN"})


@dataclass(frozen=True)
class Match:
    """A cue at its place."""

    cue: Cue
    tokens: tuple[Token, ...]  # in the order of the cue; the first is the anchor

    @property
    def anchor(self) -> Token:
        """The word the grammar hangs on."""
        return self.tokens[0]

    @property
    def words(self) -> str:
        """Its words in their plain forms: "walk out of"."""
        return " ".join(token.lemma_.lower() for token in self.tokens)

    @property
    def positions(self) -> frozenset[int]:
        """Where its words stand."""
        return frozenset(token.i for token in self.tokens)


def find(parsed: Parsed, cues: Cues) -> list[Match]:
    """The cues of the sentence; where one lies within another, the longer alone."""
    found = [match for token in parsed.doc for match in _at(parsed, token, cues)]
    found.sort(key=lambda m: (-len(m.tokens), m.anchor.i))
    kept: list[Match] = []
    for match in found:
        if not any(match.positions <= other.positions or match.anchor.i == other.anchor.i for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: m.anchor.i)


def _at(parsed: Parsed, token: Token, cues: Cues) -> Iterator[Match]:
    if parsed.mentioned(token):
        return
    opening = dict.fromkeys(c for word in _forms(token) for c in cues.by_lemma.get(word, ()))
    for cue in opening:
        if cue.words is Words.VERBS and (token.pos_ not in _VERBS or syntax.is_auxiliary(token)):
            continue
        if cue.words is Words.NOUNS and token.pos_ not in _NOUNS:
            continue
        tokens = _follow(parsed, token, cue)
        if tokens and cue.argument:
            noun = _argument(token, cue.argument)
            tokens = (*tokens, noun) if noun is not None else ()
        if tokens:
            yield Match(cue, tokens)


def _forms(token: Token) -> tuple[str, ...]:
    lemma, lower = token.lemma_.lower(), token.lower_
    return (lemma,) if lemma == lower else (lemma, lower)


def _follow(parsed: Parsed, first: Token, cue: Cue) -> tuple[Token, ...]:
    tokens = [first]
    for place in cue.lemmas[1:]:
        following = next(_candidates(parsed, tokens[-1].i, place), None) or _dependent(first, place)
        if following is None:
            return ()
        tokens.append(following)
    return tuple(tokens)


def _candidates(parsed: Parsed, position: int, place: frozenset[str]) -> Iterator[Token]:
    for token in parsed.doc[position + 1 : position + 2 + _GAP]:
        if any(form in place for form in _forms(token)) and not parsed.mentioned(token):
            yield token
            return
        if token.text in {",", ";", "“", "”", '"', "("} or (token.pos_ == "VERB" and token.dep_ != "amod"):
            return


def _dependent(first: Token, place: frozenset[str]) -> Token | None:
    """A word of the cue that stands farther off but hangs from its first: "fight the election in Delhi jointly"."""
    loose = {"advmod", "prt", "dobj", "obj", "acomp", "prep", "advcl", "oprd"}
    return next((c for c in first.children if c.dep_ in loose and any(f in place for f in _forms(c))), None)


def _argument(verb: Token, nouns: frozenset[str]) -> Token | None:
    arguments = [c for c in verb.children if c.dep_ in syntax.OBJECT | syntax.PASSIVE_SUBJECT]
    arguments += [
        o for c in verb.children if c.dep_ in {"prep", "prt"} for o in c.children if o.dep_ in {"pobj", "obj"}
    ]
    if verb.dep_ in {"acl", "relcl", "acl:relcl"}:
        arguments.append(verb.head)
    for argument in arguments:
        for noun in (argument, *argument.conjuncts):
            if any(form in nouns for form in _forms(noun)):
                return noun
            inner = next(
                (c for c in noun.children if c.dep_ == "compound" and c.lower_ in nouns and "-" in c.lower_), None
            )
            if inner is not None:
                return inner
    return None
