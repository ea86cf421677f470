"""A passage as numbers: token ids, what each marker is told about its actor, and where to look for the answers.

One sequence asks about one holder and all targets:
`[CLS] the actors [SEP] what stands before [SEP] the sentence [SEP]`.
The holder's marker is always the same, the others' are told apart by number only; so names and order carry nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from entente.domain import ActorKind, StatementType
from processors.extraction.trained.windows import MAX_ACTORS, Passage, Piece, Place

MAX_TOKENS = 128
MAX_TARGETS = MAX_ACTORS - 1
CLS, SEP, PAD = 101, 102, 0
# Unused entries of the vocabulary stand for actors: the holder, the targets by number, and those not in play.
HOLDER, FIRST_TARGET, OTHER = 1, 2, 2 + MAX_TARGETS
MARKERS = 3 + MAX_TARGETS  # ids up to here that are no words of the article
_BEFORE = 40  # tokens before the sentence, at most
_CURRENT = 90  # tokens of the sentence, at most

TYPES = tuple(StatementType)
KINDS = tuple(ActorKind)
PLACES = tuple(Place)
_PLACE = len(KINDS)
_MEMBER = _PLACE + len(PLACES)  # the target is an alliance of the holder
_ALLIANCE = _MEMBER + 1  # the holder is an alliance of the target
_SPEAKS = _ALLIANCE + 1
_PERSON = _SPEAKS + 1
_LISTED = _PERSON + 1
_RULES = _LISTED + 1  # what the rules propose toward this target
FEATURES = _RULES + len(TYPES)

Rules = Mapping[tuple[int, int], frozenset[StatementType]]  # (holder, target) -> what the rules propose


@dataclass(frozen=True)
class Encoded:
    """One holder's questions as numbers; positions count tokens."""

    ids: list[int]
    current: int  # where the sentence begins
    features: list[tuple[int, int]]  # (position, feature) that is set
    targets: tuple[int, ...]  # actors asked about, in the order of the answers
    places: list[list[int]]  # where the holder stands in the sentence, then each target; the list's place if nowhere
    spans: list[tuple[int, int]]  # of each token of the sentence, in the part of the article


@dataclass(frozen=True)
class _Word:
    """A token: its id, the features set at it, whom it stands for, and its place in the article."""

    id: int
    features: tuple[int, ...] = ()
    actor: int | None = None
    span: tuple[int, int] = (0, 0)


def encode(
    tokenizer: Tokenizer, passage: Passage, holder: int, order: Sequence[int] | None = None, rules: Rules | None = None
) -> Encoded:
    """The questions about one holder.

    Args:
        tokenizer: without padding and truncation.
        passage: the passage.
        holder: index of the holder among its actors.
        order: the actors in the order to list them; as they stand in the passage by default.
        rules: what the rules propose.
    """
    others = [i for i in (range(len(passage.actors)) if order is None else order) if i != holder]
    marker = {holder: HOLDER} | {actor: FIRST_TARGET + n for n, actor in enumerate(others)}
    listed = [_Word(marker[a], _listed(passage, holder, a, rules or {}), a) for a in (holder, *others)]
    current = list(_words(tokenizer, passage, passage.current, marker))[:_CURRENT]
    room = min(_BEFORE, MAX_TOKENS - len(current) - len(listed) - 4)
    before = list(_words(tokenizer, passage, passage.before, marker))[-room:]
    head = [_Word(CLS), *listed, _Word(SEP), *before, _Word(SEP)]
    words = [*head, *current, _Word(SEP)]
    named: dict[int, list[int]] = {}
    for position, word in enumerate(current, start=len(head)):
        if word.actor is not None:
            named.setdefault(word.actor, []).append(position)
    return Encoded(
        ids=[w.id for w in words],
        current=len(head),
        features=[(position, f) for position, w in enumerate(words) for f in w.features],
        targets=tuple(others),
        places=[named.get(a, [1 + n]) for n, a in enumerate((holder, *others))],
        spans=[w.span for w in current],
    )


def _listed(passage: Passage, holder: int, actor: int, rules: Rules) -> tuple[int, ...]:
    known = passage.actors[actor]
    features = [_LISTED, KINDS.index(known.kind), _PLACE + PLACES.index(known.place)]
    if known.speaks:
        features.append(_SPEAKS)
    if (holder, actor) in passage.own:
        features.append(_MEMBER)
    if (actor, holder) in passage.own:
        features.append(_ALLIANCE)
    return (*features, *(_RULES + TYPES.index(t) for t in rules.get((holder, actor), ())))


def _words(
    tokenizer: Tokenizer, passage: Passage, pieces: Sequence[Piece], marker: Mapping[int, int]
) -> Iterator[_Word]:
    for piece in pieces:
        if piece.is_mention:
            kind = () if piece.actor is None else (KINDS.index(passage.actors[piece.actor].kind),)
            person = (_PERSON,) if piece.is_person else ()
            token = OTHER if piece.actor is None else marker[piece.actor]
            yield _Word(token, (*kind, *person), piece.actor, (piece.start, piece.start + len(piece.text)))
        else:
            found = tokenizer.encode(piece.text, add_special_tokens=False)
            for token, (start, end) in zip(found.ids, found.offsets, strict=True):
                yield _Word(token, span=(piece.start + start, piece.start + end))
