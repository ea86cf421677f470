"""The wordings that signal a stance, read from `data/stance_cues.yaml` and checked."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
import yaml

from entente.domain import ActorKind, StatementType


class Frame(StrEnum):
    """Who is holder and who is target of a cue."""

    ACT = "act"
    MUTUAL = "mutual"
    ALONE = "alone"
    ATTEND = "attend"
    FEEL = "feel"
    ASSESS = "assess"
    INNER = "inner"


class Words(StrEnum):
    """What the first word of a cue has to be."""

    VERBS = "verbs"
    NOUNS = "nouns"
    PHRASES = "phrases"


class Operator(StrEnum):
    """What a word above a cue makes of it."""

    NEGATE = "negate"
    DENY = "deny"
    OFFER = "offer"
    URGE = "urge"
    THREAT = "threat"
    INTEND = "intend"
    SPECULATE = "speculate"


@dataclass(frozen=True)
class Cue:
    """A wording and what it says."""

    type: StatementType
    words: Words
    lemmas: tuple[frozenset[str], ...]  # each place: any of these
    argument: frozenset[str]  # nouns of which one must be an argument of the verb; empty: none is needed
    frame: Frame
    negated: StatementType | None
    kind: ActorKind | None


@dataclass(frozen=True)
class Cues:
    """All cues by the lemma that may open them, and what may stand above them."""

    by_lemma: Mapping[str, tuple[Cue, ...]]
    operators: Mapping[str, Operator]  # lemma -> operator
    stems: re.Pattern[str]  # finds a word that may open a cue, in raw text
    tone: Mapping[str, int]  # lemma -> +1 praise, -1 criticism; only where no cue tells more
    relational: frozenset[str]  # nouns that leave open whom they are with
    hyphenated: frozenset[str]  # words of cues that a tokenizer would take apart


class _Record(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    cue: str
    frame: Frame = Frame.ACT
    negated: str | None = None
    kind: ActorKind | None = None


class _Tone(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    negative: str
    positive: str


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    nouns: dict[str, str]
    negated: dict[StatementType, str]
    cues: dict[StatementType, dict[Words, list[Any]]]
    tone: _Tone
    operators: dict[Operator, str]
    forms: dict[str, str]


@cache
def load() -> Cues:
    """The cues that come with the program."""
    return read((files("processors.extraction") / "data" / "stance_cues.yaml").read_text(encoding="utf-8"))


def read(text: str) -> Cues:
    """The cues of a YAML text.

    Raises:
        ValueError: naming the key that says something that cannot be.
    """
    try:
        content = msgspec.convert(yaml.safe_load(text), _File)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"stance cues: {error}") from error
    cues = [
        _cue(content, statement_type, words, entry)
        for statement_type, groups in content.cues.items()
        for words, entries in groups.items()
        for entry in entries
    ]
    by_lemma: dict[str, list[Cue]] = {}
    for cue in cues:
        for lemma in cue.lemmas[0]:
            by_lemma.setdefault(lemma, []).append(cue)
    operators = {lemma: operator for operator, lemmas in content.operators.items() for lemma in lemmas.split()}
    places = [place for cue in cues for place in (*cue.lemmas, cue.argument)]
    hyphenated = frozenset(word for place in places for word in place if "-" in word.strip("-"))
    relational = frozenset(word for words in content.nouns.values() for word in words.split())
    tone = dict.fromkeys(content.tone.positive.split(), 1) | dict.fromkeys(content.tone.negative.split(), -1)
    return Cues(
        {k: tuple(v) for k, v in by_lemma.items()},
        operators,
        _stems(by_lemma, content.forms),
        tone,
        relational,
        hyphenated,
    )


def _cue(content: _File, statement_type: StatementType, words: Words, entry: object) -> Cue:
    where = f"stance cues: cues.{statement_type}.{words}: {entry!r}"
    try:
        record = msgspec.convert({"cue": entry} if isinstance(entry, str) else entry, _Record)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
    places = record.cue.split()
    if not places or (places[0].startswith("<") and len(places) == 1):
        raise ValueError(f"{where}: a cue needs a word")
    argument: frozenset[str] = frozenset()
    if words is Words.VERBS and re.fullmatch(r"<\w+>", places[-1]):
        argument = frozenset(_alternatives(content, places.pop(), where))
    return Cue(
        type=statement_type,
        words=words,
        lemmas=tuple(frozenset(_alternatives(content, place, where)) for place in places),
        argument=argument,
        frame=record.frame,
        negated=_negated(content, statement_type, record, where),
        kind=record.kind,
    )


def _alternatives(content: _File, place: str, where: str) -> Iterator[str]:
    for word in place.split("|"):
        listed = re.fullmatch(r"<(\w+)>", word)
        if listed is None:
            yield word
        elif listed[1] in content.nouns:
            yield from content.nouns[listed[1]].split()
        else:
            raise ValueError(f"{where}: no list of nouns {listed[1]!r}; there are {', '.join(content.nouns)}")


def _negated(content: _File, statement_type: StatementType, record: _Record, where: str) -> StatementType | None:
    named = record.negated or content.negated.get(statement_type, "none")
    if named == "none":
        return None
    try:
        return StatementType(named)
    except ValueError as error:
        raise ValueError(f"{where}: negated: {error}") from error


def _stems(lemmas: Iterable[str], forms: Mapping[str, str]) -> re.Pattern[str]:
    """A pattern for the words of the cues in whatever form; it may find too much, never too little."""
    found = set()
    for lemma in lemmas:
        found.add(re.escape(lemma[:-1] if len(lemma) > 4 and lemma[-1] in "ey" else lemma))  # noqa: PLR2004
        found.update(map(re.escape, forms.get(lemma, "").split()))
    return re.compile(r"\b(?:" + "|".join(sorted(found)) + r")", re.IGNORECASE)
