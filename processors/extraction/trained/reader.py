"""The trained reader: says of each pair of actors which stances a sentence reports, and in which words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from entente.domain import Claim, Modality, StatementType
from processors.extraction.proposals import Proposal
from processors.extraction.trained.arrays import collate
from processors.extraction.trained.encoding import TYPES, Encoded, Rules, encode
from processors.extraction.trained.windows import Passage

MODEL, TOKENIZER = "reader.onnx", "tokenizer.json"
OUTPUTS = ("types", "modality", "claim", "first", "last")
MODALITIES, CLAIMS = tuple(Modality), tuple(Claim)
_TOKENS = 1024  # of a batch, at most: more gain nothing on one thread
_LIKELY = 0.05  # probability of a type from which its attributes are worth reading
_LONGEST = 40  # tokens of evidence

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """What does the passage's sentence report of this holder, toward each of the others?"""

    passage: Passage
    holder: int  # index of the passage's actors
    rules: Rules = field(default_factory=dict)  # what the rules propose


@dataclass(frozen=True)
class Told:
    """A type of stance that may be reported, and how."""

    type: StatementType
    probability: float
    modality: Modality
    claim: Claim
    start: int  # of the evidence, in the part of the article
    end: int


@dataclass(frozen=True)
class Judgement:
    """The answer about one pair, as indices of the passage's actors; what is out of the question is left out."""

    holder: int
    target: int
    told: tuple[Told, ...]  # the likeliest first


class Reader:
    """The model with its tokenizer, on one thread."""

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            FileNotFoundError: the folder lacks the model or its tokenizer.
        """
        for name in (MODEL, TOKENIZER):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder / name} is missing; `make train` makes it")
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # which would keep what the largest batch ever needed
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])

    def judge(self, questions: Sequence[Question]) -> list[tuple[Judgement, ...]]:
        """The answers to each question, one for each target that its passage asks about."""
        encoded = [encode(self._tokenizer, q.passage, q.holder, rules=q.rules) for q in questions]
        answers: list[tuple[Judgement, ...]] = [()] * len(questions)
        for group in _groups(encoded):
            chosen = [encoded[n] for n in group]
            arrays = collate(chosen, max(len(e.ids) for e in chosen), max(len(e.targets) for e in chosen))
            found = dict(zip(OUTPUTS, self._session.run(list(OUTPUTS), dict(arrays)), strict=True))
            for row, number in enumerate(group):
                one = {name: values[row] for name, values in found.items()}
                answers[number] = tuple(_judgements(questions[number], encoded[number], one))
        return answers


def questions(passage: Passage, proposals: Iterable[Proposal] = ()) -> Iterator[Question]:
    """The questions that a passage raises, one for each holder.

    Args:
        passage: the passage.
        proposals: of the rules at its sentence.
    """
    rules = indexed(passage, proposals)
    for holder in dict.fromkeys(h for h, _ in passage.asked):
        yield Question(passage, holder, rules)


def indexed(passage: Passage, proposals: Iterable[Proposal]) -> Rules:
    """The types that the rules propose for each pair, by the indices of the passage's actors."""
    index = {actor.mention.actor: n for n, actor in enumerate(passage.actors)}
    found: dict[tuple[int, int], frozenset[StatementType]] = {}
    for proposal in proposals:
        if proposal.holder and proposal.target:
            holder, target = index.get(proposal.holder.actor), index.get(proposal.target.actor)
            if holder is not None and target is not None:
                found[holder, target] = found.get((holder, target), frozenset()) | {proposal.type}
    return found


def _groups(encoded: Sequence[Encoded]) -> Iterator[list[int]]:
    """Questions of about one length, together no more than a batch holds."""
    group: list[int] = []
    for number in sorted(range(len(encoded)), key=lambda n: len(encoded[n].ids)):
        if group and (len(group) + 1) * len(encoded[number].ids) > _TOKENS:
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _judgements(question: Question, encoded: Encoded, found: Mapping[str, Floats]) -> Iterator[Judgement]:
    asked = {t for h, t in question.passage.asked if h == question.holder}
    likely = 1 / (1 + np.exp(-found["types"]))
    for row, target in enumerate(encoded.targets if encoded.spans else ()):  # of signs alone no token is left
        if target in asked:
            kinds = [int(k) for k in np.argsort(-likely[row]) if likely[row, k] >= _LIKELY]
            told = tuple(_told(encoded, found, float(likely[row, k]), (row, k)) for k in kinds)
            yield Judgement(question.holder, target, told)


def _told(encoded: Encoded, found: Mapping[str, Floats], probability: float, at: tuple[int, int]) -> Told:
    first = int(np.argmax(found["first"][at]))
    last = first + int(np.argmax(found["last"][at][first : first + _LONGEST]))
    spans = encoded.spans[first - encoded.current : last - encoded.current + 1]
    return Told(
        type=TYPES[at[1]],
        probability=probability,
        modality=MODALITIES[int(np.argmax(found["modality"][at]))],
        claim=CLAIMS[int(np.argmax(found["claim"][at]))],
        start=spans[0][0],
        end=max(end for _, end in spans),
    )
