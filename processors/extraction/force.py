"""With what force a cue is said: denied, negated, willed, demanded, conditional, long past."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spacy.tokens import Token

from entente.domain import Modality
from processors.extraction import syntax
from processors.extraction.cues import Operator
from processors.extraction.matching import Match

_NEGATIVE = frozenset({"no", "neither", "nor", "none", "nobody", "never", "without", "hardly", "not", "n't", "nothing"})
_WILL = frozenset({"will", "would", "shall", "'ll", "wo", "’ll", "'d"})
_MAY = frozenset({"may", "might", "could", "can"})
_MUST = frozenset({"should", "must", "ought"})
_IF = frozenset({"if", "unless", "provided"})
_INSTEAD = frozenset({"instead", "rather"})
_VERBAL = frozenset({"VERB", "AUX"})
# How a cue hangs below a word that changes its force.
_SAID = frozenset({Operator.DENY, Operator.URGE, Operator.THREAT})  # what a word of saying can do to what is said
_BELOW = frozenset({"xcomp", "ccomp", "pcomp", "acl", "prep", "pobj", "acomp", "dobj", "advmod", "attr"})
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_EARLIER = re.compile(
    r"\b(?:last year|years? ago|earlier|previously|in the past|once|erstwhile|back then)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Force:
    """What the words around a cue make of it."""

    negated: bool = False
    denied: bool = False
    obliged: bool = False  # must, should: somebody is told to
    operators: frozenset[Operator] = frozenset()
    governor: Token | None = None  # the word above that urges or offers
    modality: Modality = Modality.ASSERTED
    instead: bool = False  # "instead of", "rather than", "if": it is just what is not done


def read(match: Match, operators: Mapping[str, Operator], anchor: Token | None, year: int) -> Force:
    """The force of a cue.

    Args:
        match: the cue at its place.
        operators: the lemmas that change what stands below them.
        anchor: the word of saying above the cue, where the search ends.
        year: of publication; an earlier year in the clause makes it history.
    """
    verb = match.anchor if match.anchor.pos_ in _VERBAL else syntax.governing_verb(match.anchor)
    negations = sum(_negated(t, match) for t in dict.fromkeys((match.anchor, *match.tokens[-1:], verb)))
    seen: dict[Operator, Token] = {}
    chain = [verb]
    for child, head in syntax.path_up(match.anchor):
        operator = _operator(head, match, operators)
        if anchor is not None and head.i == anchor.i:
            if operator in _SAID:
                seen.setdefault(operator, head)
            break
        if child.dep_ == "conj" and not _has_own_force(child):
            chain.append(head)
            continue
        if child.dep_ not in _BELOW:
            break
        if operator is Operator.NEGATE:
            negations += child.dep_ in {"xcomp", "pcomp", "acl", "prep"}
        elif operator is not None:
            seen.setdefault(operator, head)
        if head.pos_ in _VERBAL and child.dep_ not in {"ccomp", "acl"}:
            chain.append(head)
            negations += _negated(head, match) if child.dep_ != "dobj" and head.i != verb.i else 0
    changing = {o: t for o, t in seen.items() if o is not Operator.DENY}
    return Force(
        negated=negations % 2 == 1,
        denied=Operator.DENY in seen,
        obliged=any(_has_aux(v, _MUST) for v in chain),
        operators=frozenset(changing),
        governor=next(iter(changing.values()), None),
        modality=_modality(chain, frozenset(changing), match, year),
        instead=_is_instead(verb) or any(c.dep_ == "mark" and c.lower_ in _IF for c in verb.children),
    )


def _operator(head: Token, match: Match, operators: Mapping[str, Operator]) -> Operator | None:
    if head.i in match.positions:
        return None
    return operators.get(head.lemma_.lower()) or operators.get(head.lower_)


def _has_own_force(token: Token) -> bool:
    return any(c.dep_ in {"nsubj", "nsubjpass", "aux", "neg"} for c in token.children)


def _negated(token: Token, match: Match) -> int:
    for child in token.children:
        if child.i in match.positions:
            continue
        if child.dep_ == "neg" or child.lower_ in {"never", "n't", "not"}:
            return 1
        if child.dep_ in syntax.SUBJECT | syntax.PASSIVE_SUBJECT | {"dobj", "attr", "preconj"}:
            small = [child, *(c for c in child.children if c.dep_ in {"det", "neg", "preconj", "cc:preconj"})]
            if any(c.lower_ in _NEGATIVE and c.i not in match.positions for c in small):
                return 1
        if child.dep_ in {"det", "preconj", "cc"} and child.lower_ in {"no", "neither", "nor"} and child.i < token.i:
            return 1
    if token.dep_ == "pcomp" and token.head.lower_ == "without":
        return 1
    if token.dep_ == "pobj" and token.head.lower_ == "without" and token.head.i not in match.positions:
        return 1
    return 0


def _has_aux(verb: Token, words: frozenset[str]) -> bool:
    return any(c.dep_ in {"aux", "auxpass"} and c.lower_ in words for c in verb.children)


def _is_instead(verb: Token) -> bool:
    return verb.dep_ == "pcomp" and (verb.head.lower_ in _INSTEAD or verb.head.head.lower_ in _INSTEAD)


def _modality(chain: list[Token], seen: frozenset[Operator], match: Match, year: int) -> Modality:
    if any(_is_conditional(verb) for verb in chain) or Operator.THREAT in seen:
        return Modality.CONDITIONAL
    if Operator.SPECULATE in seen or any(_has_aux(v, _MAY) for v in chain):
        return Modality.SPECULATED
    if Operator.INTEND in seen or any(_has_aux(v, _WILL) for v in chain) or _is_infinitive(chain[0]):
        return Modality.INTENDED
    return Modality.PAST if _is_past(chain, match, year) else Modality.ASSERTED


def _is_conditional(verb: Token) -> bool:
    marks = [c for c in verb.children if c.dep_ == "mark"]
    clauses = [c for c in verb.children if c.dep_ == "advcl"]
    marks += [m for clause in clauses for m in clause.children if m.dep_ == "mark"]
    return any(m.lower_ in _IF for m in marks)


def _is_infinitive(verb: Token) -> bool:
    return verb.dep_ == "ROOT" and any(c.dep_ == "aux" and c.lower_ == "to" for c in verb.children)


def _is_past(chain: list[Token], match: Match, year: int) -> bool:
    verb = chain[0]
    clause = verb.doc[verb.left_edge.i : verb.right_edge.i + 1].text
    years = [int(y) for y in _YEAR.findall(clause)]
    perfect = any(c.dep_ == "aux" and c.lower_ == "had" for c in verb.children)
    return (
        perfect
        or (bool(years) and max(years) < year)
        or bool(_EARLIER.search(clause) and match.anchor.tag_ in {"VBD", "VBN"})
    )
