"""Examples as arrays to learn from: one sequence for each passage and holder, the others listed in random order."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from entente.domain import StatementType
from processors.extraction.trained.arrays import Arrays, Floats, collate
from processors.extraction.trained.encoding import MAX_TARGETS, TYPES, Encoded, encode
from processors.extraction.trained.reader import CLAIMS, MODALITIES, indexed
from processors.training.examples import Example
from processors.training.labels import Label

LENGTHS = (48, 64, 80, 96, 128)  # tokens; each is compiled once
TOKENS = 1152  # of a batch, about
_ELSEWHERE = 0.2  # weight of "not said here" where the article says it elsewhere
_QUIET_ARTICLE, _QUIET_BANK = 0.4, 0.2  # share of the sequences without any label that an epoch takes
_WITHOUT_RULES = 0.25  # share of the sequences that have to do without the rules
_NONE = -1

Ints = npt.NDArray[np.int32]


class Wanted(TypedDict):
    """What is right, for B sequences and T targets."""

    right: Floats  # B T Y: 1 where the type is reported
    weight: Floats  # B T Y
    modality: Ints  # B T Y, -1 where nothing is known
    claim: Ints  # B T Y
    first: Ints  # B T Y: tokens, the first and the last of the evidence
    last: Ints  # B T Y


@dataclass(frozen=True)
class Turn:
    """A passage and one of its holders."""

    example: Example
    holder: int


def epoch(examples: Sequence[Example], tokenizer: Tokenizer, seed: int) -> Iterator[tuple[Arrays, Wanted]]:
    """The batches of one epoch in random order."""
    chance = random.Random(seed)  # noqa: S311 - the order of examples guards no secret
    buckets: dict[int, list[tuple[Encoded, Wanted]]] = {length: [] for length in LENGTHS}
    for sequence in _drawn(examples, chance):
        encoded = _encode(sequence, tokenizer, chance)
        length = next(n for n in LENGTHS if len(encoded.ids) <= n)
        waiting = buckets[length]
        waiting.append((encoded, wanted(sequence, encoded)))
        if len(waiting) == TOKENS // length:
            yield _batch(waiting, length)
            waiting.clear()


def size(examples: Sequence[Example], seed: int) -> int:
    """How many sequences an epoch has."""
    return len(_drawn(examples, random.Random(seed)))  # noqa: S311 - see above


def _drawn(examples: Sequence[Example], chance: random.Random) -> list[Turn]:
    drawn: list[Turn] = []
    for example in examples:
        share = _QUIET_ARTICLE if example.article else _QUIET_BANK
        telling = {label.holder for label in example.labels}
        drawn += [
            Turn(example, holder)
            for holder in sorted({h for h, _ in example.passage.asked})
            if example.passage.actors[holder].mention.actor in telling or chance.random() < share
        ]
    chance.shuffle(drawn)
    return drawn


def _encode(sequence: Turn, tokenizer: Tokenizer, chance: random.Random) -> Encoded:
    passage = sequence.example.passage
    order = list(range(len(passage.actors)))
    chance.shuffle(order)
    rules = {} if chance.random() < _WITHOUT_RULES else indexed(passage, sequence.example.proposals)
    return encode(tokenizer, passage, sequence.holder, order, rules)


def wanted(sequence: Turn, encoded: Encoded) -> Wanted:
    """What is right about each target of a sequence; T and Y only, without B."""
    example, shape = sequence.example, (MAX_TARGETS, len(TYPES))
    learnt = Wanted(
        right=np.zeros(shape, np.float32),
        weight=np.zeros(shape, np.float32),
        modality=np.full(shape, _NONE, np.int32),
        claim=np.full(shape, _NONE, np.int32),
        first=np.full(shape, _NONE, np.int32),
        last=np.full(shape, _NONE, np.int32),
    )
    actors = example.passage.actors
    holder = actors[sequence.holder].mention.actor
    for row, target in enumerate(encoded.targets):
        if (sequence.holder, target) not in example.passage.asked:
            continue
        other = actors[target].mention.actor
        learnt["weight"][row] = [_ELSEWHERE if (holder, other, t) in example.elsewhere else 1.0 for t in TYPES]
        here = [label for label in example.labels if label.holder == holder and label.target == other]
        for kind in {t for label in here for t in label.also}:
            learnt["weight"][row, TYPES.index(kind)] = 0
        for label in sorted(here, key=lambda each: each.weight):
            _set(learnt, row, label, encoded)
    return learnt


def _set(learnt: Wanted, row: int, label: Label, encoded: Encoded) -> None:
    at = row, TYPES.index(StatementType(label.type))
    learnt["right"][at] = 1
    learnt["weight"][at] = label.weight
    learnt["modality"][at] = MODALITIES.index(label.modality)
    learnt["claim"][at] = CLAIMS.index(label.claim)
    if label.evidence is not None:
        start, end = label.evidence
        inside = [n for n, (a, b) in enumerate(encoded.spans) if a < end and b > start]
        if inside:
            learnt["first"][at] = encoded.current + inside[0]
            learnt["last"][at] = encoded.current + inside[-1]


def _batch(waiting: Sequence[tuple[Encoded, Wanted]], length: int) -> tuple[Arrays, Wanted]:
    arrays = collate([encoded for encoded, _ in waiting], length)
    every = [learnt for _, learnt in waiting]
    stacked = Wanted(
        right=np.stack([w["right"] for w in every]),
        weight=np.stack([w["weight"] for w in every]),
        modality=np.stack([w["modality"] for w in every]),
        claim=np.stack([w["claim"] for w in every]),
        first=np.stack([w["first"] for w in every]),
        last=np.stack([w["last"] for w in every]),
    )
    return arrays, stacked
