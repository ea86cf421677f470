"""Who does what in a parse: subjects and objects of a word, over passives, coordination, relative and open clauses.

The small tables name the dependency labels of both ClearNLP (spaCy's English pipelines) and Universal Dependencies.
"""

from collections.abc import Iterable, Iterator

from spacy.tokens import Token

from entente.domain import Mention
from processors.extraction import lexicon
from processors.extraction.nlp import Parsed

SUBJECT = frozenset({"nsubj", "csubj", "expl"})
PASSIVE_SUBJECT = frozenset({"nsubjpass", "csubjpass", "nsubj:pass"})
OBJECT = frozenset({"dobj", "obj", "dative", "iobj", "oprd", "attr", "acomp"})
AGENT = frozenset({"agent", "obl:agent"})
MARK = frozenset({"prep", "dative", "agent", "obl", "nmod"})
CLAUSE = frozenset({"ccomp", "xcomp", "pcomp", "advcl", "acl", "relcl", "parataxis", "acl:relcl"})
COMPLEMENT = frozenset({"xcomp", "ccomp", "pcomp"})
OWNER = ("poss", "nmod:poss", "compound", "nmod", "amod", "npadvmod")
RELATIVE = frozenset({"who", "which", "that", "whom", "whose"})
# The prepositions behind which the target of a stance stands, the most telling first.
TOWARD = tuple(
    "with against to at from of for into on between among towards toward by behind in within over as under about out "  # noqa: SIM905 - forty words
    "than around inside alongside".split()
)
_DOERS = ("of", "by")
_BELONGING = ("of", "from", "in", "within")
_DEEP = 5  # nouns in a chain: "the possibility of talks on an alliance with X"

Found = tuple[tuple[Token, Mention], ...]


def holders(parsed: Parsed, verb: Token, depth: int = 0) -> Found:
    """The actors who do what the verb says."""
    if depth > _DEEP:
        return ()
    own = own_subject(verb)
    if own is not None:
        return nominal(parsed, _antecedent(own), owners_only=True)
    if is_passive(verb):
        return agents(parsed, verb)
    return _shared(parsed, verb, depth)


def _shared(parsed: Parsed, verb: Token, depth: int) -> Found:
    """The subject that a verb without one shares with the word it hangs from."""
    if verb.dep_ in {"acl", "relcl", "acl:relcl"}:
        noun = verb.head  # "the decision of X to leave", "X's decision to leave"
        return (
            nominal(parsed, noun, owners_only=True)
            or _led_to(parsed, noun, _DOERS, depth)
            or _of_governor(parsed, noun, depth)
        )
    if verb.dep_ == "xcomp" and (controller := _object_in_control(verb.head)) is not None:
        return nominal(parsed, controller, owners_only=True)
    if verb.dep_ in CLAUSE or verb.dep_ == "conj":
        return _up(parsed, verb, depth)
    if verb.dep_ in MARK | OBJECT | {"pobj", "advmod"}:
        return _of_governor(parsed, verb, depth)
    return ()


def _up(parsed: Parsed, verb: Token, depth: int) -> Found:
    head = verb.head
    if head.pos_ == "ADP" and head.dep_ in MARK | {"mark", "prep"}:  # "after rejecting"
        head = head.head
    if head.i == verb.i:
        return ()
    if head.pos_ in {"NOUN", "PROPN"}:
        return nominal(parsed, head, owners_only=True)
    if verb.dep_ == "conj" and is_passive(head) and not is_passive(verb) and (own := own_subject(head)):
        return nominal(parsed, own, owners_only=True)
    if is_passive(head) and verb.dep_ != "conj" and (own := own_subject(head)):
        return nominal(parsed, own, owners_only=True)
    return holders(parsed, head, depth + 1)


def _of_governor(parsed: Parsed, token: Token, depth: int) -> Found:
    """The subject of the verb that a noun or participle hangs from, its owner first."""
    current = token
    for _ in range(_DEEP):
        if current.head.i == current.i:
            return ()
        if current.dep_ in SUBJECT | PASSIVE_SUBJECT:
            return ()
        current = current.head
        if current.pos_ in {"VERB", "AUX"}:
            return holders(parsed, current, depth + 1)
    return ()


def own_subject(verb: Token) -> Token | None:
    """The subject that the verb itself has."""
    active = next((c for c in verb.children if c.dep_ in SUBJECT and c.dep_ != "expl"), None)
    return active if active is not None else (passive_subject(verb) if not is_passive(verb) else None)


def passive_subject(verb: Token) -> Token | None:
    """What stands as subject but suffers the verb."""
    return next((c for c in verb.children if c.dep_ in PASSIVE_SUBJECT), None)


def is_passive(verb: Token) -> bool:
    """Whether the verb is in the passive, a bare participle behind a noun included."""
    if any(c.dep_ in PASSIVE_SUBJECT or c.dep_ in {"auxpass", "aux:pass"} or c.dep_ in AGENT for c in verb.children):
        return True
    return verb.tag_ == "VBN" and verb.dep_ == "acl"


def agents(parsed: Parsed, verb: Token) -> Found:
    """Who stands behind "by"."""
    by = [c for c in verb.children if c.dep_ in AGENT or (c.dep_ == "prep" and c.lower_ == "by")]
    return tuple(f for prep in by for obj in prep.children if obj.dep_ in {"pobj", "obj"} for f in nominal(parsed, obj))


def _antecedent(subject: Token) -> Token:
    verb = subject.head
    if subject.lower_ in RELATIVE and verb.dep_ in {"relcl", "acl:relcl", "acl"}:
        return verb.head
    if subject.lower_ in RELATIVE and verb.dep_ == "conj" and verb.head.dep_ in {"relcl", "acl:relcl"}:
        return verb.head.head
    if subject.lower_ in RELATIVE and verb.dep_ in {"ccomp", "advcl"}:  # "It was Jaleel who proposed"
        attributes = [c for c in verb.head.children if c.dep_ == "attr"]
        return attributes[0] if attributes else subject
    return subject


def _object_in_control(head: Token) -> Token | None:
    """The object that acts in the complement: "urged X to", "expects X to"."""
    return next((c for c in head.children if c.dep_ in {"dobj", "obj", "dative", "iobj"} and c.pos_ != "PRON"), None)


def nominal(parsed: Parsed, noun: Token, *, owners_only: bool = False, depth: int = 0) -> Found:
    """The actors a noun phrase stands for: itself, its owner, or whoever its nouns lead to.

    Args:
        parsed: the sentence.
        noun: the phrase's head.
        owners_only: for those who act: "the Congress's leaders" acts, "the alliance with the Congress" does not.
        depth: of the chain so far.
    """
    if depth > _DEEP:
        return ()
    found = [(noun, m) for m in parsed.mentioned(noun)]
    if not found:
        found = list(_behind(parsed, noun, owners_only=owners_only, depth=depth))
    for child in noun.children:
        if child.dep_ in {"conj", "appos"} and (child.dep_ == "conj" or not found) and child.pos_ != "VERB":
            found += nominal(parsed, child, owners_only=owners_only, depth=depth + 1)
    return tuple(found)


def _behind(parsed: Parsed, noun: Token, *, owners_only: bool, depth: int) -> Iterator[tuple[Token, Mention]]:
    owned = [
        f for label in OWNER for c in noun.children if c.dep_ == label for f in nominal(parsed, c, depth=depth + 1)
    ]
    if owned:
        yield from owned
        return
    collective = noun.lower_ in lexicon.load().collectives or noun.pos_ in {"PRON", "NUM", "DET", "PROPN"}
    if owners_only and not collective:
        return
    places = [_led_to(parsed, noun, _BELONGING if owners_only else TOWARD, depth)]
    if not owners_only:
        clauses = [child for child in noun.children if child.dep_ in {"acl", "ccomp", "relcl"}]
        places += [targets(parsed, clause, depth + 1) for clause in clauses]
    yield from next(filter(None, places), ())


def _led_to(parsed: Parsed, word: Token, prepositions: Iterable[str], depth: int) -> Found:
    """The actors behind the first of the prepositions that leads to one."""
    hanging = {c.lower_: c for c in reversed(list(word.children)) if c.dep_ in MARK | {"prt"} and c.dep_ not in AGENT}
    for preposition in prepositions:
        prep = hanging.get(preposition)
        if prep is not None and (found := tuple(behind_preposition(parsed, prep, depth + 1))):
            return found
    return ()


def behind_preposition(parsed: Parsed, prep: Token, depth: int = 0) -> Iterator[tuple[Token, Mention]]:
    """The actors a preposition leads to, over further prepositions and participles."""
    if depth > _DEEP:
        return
    for child in prep.children:
        if child.dep_ in {"pobj", "obj"}:
            yield from nominal(parsed, child, depth=depth)
        elif child.dep_ == "pcomp":
            yield from targets(parsed, child, depth + 1)
        elif child.dep_ == "prep":
            yield from behind_preposition(parsed, child, depth + 1)


def targets(parsed: Parsed, verb: Token, depth: int = 0) -> Found:
    """The actors toward whom the verb is: its object first, then behind its prepositions, then in its complements."""
    if depth > _DEEP:
        return ()
    if _is_extracted(verb):
        return nominal(parsed, _antecedent_of(verb), depth=depth)
    sufferer = passive_subject(verb)
    for group in (
        (nominal(parsed, sufferer, depth=depth) if sufferer is not None else ()),
        tuple(f for c in verb.children if c.dep_ in OBJECT for f in nominal(parsed, c, depth=depth)),
        _prepositions(parsed, verb, depth),
        tuple(f for c in verb.children if c.dep_ in COMPLEMENT for f in targets(parsed, c, depth + 1)),
    ):
        if group:
            return group
    if verb.dep_ == "acl" and is_passive(verb):
        return nominal(parsed, verb.head, depth=depth)
    return ()


def _is_extracted(verb: Token) -> bool:
    """Whether the relative pronoun is what suffers the verb: "the Congress, which the TMC had accused"."""
    if verb.dep_ not in {"relcl", "acl:relcl", "conj"}:
        return False
    return any(c.lower_ in RELATIVE and c.dep_ in OBJECT | PASSIVE_SUBJECT for c in verb.children)


def _antecedent_of(verb: Token) -> Token:
    return verb.head.head if verb.dep_ == "conj" else verb.head


def _prepositions(parsed: Parsed, verb: Token, depth: int) -> Found:
    found = _led_to(parsed, verb, TOWARD, depth)
    parts = (c for c in verb.children if c.dep_ in {"prt", "advmod", "acomp", "prep"})  # "hit out at" may hang so
    return found or next(filter(None, (_led_to(parsed, part, TOWARD, depth) for part in parts)), ())


def governing_verb(token: Token) -> Token:
    """The verb of the clause the token stands in; the token itself where there is none."""
    current = token
    for _ in range(2 * _DEEP):
        if current.pos_ in {"VERB", "AUX"} and not is_auxiliary(current):
            return current
        if current.head.i == current.i:
            break
        current = current.head
    return current


def is_auxiliary(token: Token) -> bool:
    """Whether the word only helps another verb."""
    return token.dep_ in {"aux", "auxpass", "aux:pass", "cop"}


def path_up(token: Token) -> Iterable[tuple[Token, Token]]:
    """Each word on the way to the root with the one it hangs from."""
    current = token
    while current.head.i != current.i:
        yield current, current.head
        current = current.head
