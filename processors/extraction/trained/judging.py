"""The trained reader at work: sentences that the rules have read in, what both say of them out."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from processors.extraction.findings import Finding
from processors.extraction.rules import Ruled
from processors.extraction.trained.assemble import Calibration, Read, assemble
from processors.extraction.trained.reader import Judgement, Reader, questions
from processors.extraction.trained.windows import Passage, Windows

CARD = "card.json"


class Trained:
    """The trained reader with its calibration."""

    def __init__(self, reader: Reader, calibration: Calibration) -> None:
        self._reader = reader
        self._calibration = calibration

    @classmethod
    def load(cls, folder: Path) -> "Trained":
        """The reader of a folder, calibrated as its card says.

        Raises:
            FileNotFoundError: the folder lacks the model, its tokenizer or its card; all are made by `make train`.
        """
        reader = Reader(folder)
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        return cls(reader, msgspec.convert(card["calibration"], Calibration))

    @property
    def threshold(self) -> float:
        """The confidence from which a stance is told."""
        return self._calibration.threshold

    def judge(self, ruled: Sequence[Ruled], windows: Windows, most: int) -> list[Read]:
        """What the reader says of sentences that follow each other.

        Args:
            ruled: the sentences.
            windows: the passages of their part; they keep in mind what came before.
            most: sentences that may be judged; the rest is left to the rules.
        """
        if most <= 0:
            return [by_rules_alone(each, is_left=bool(each.mentions)) for each in ruled]
        passages = [windows.passage(each.sentence, each.mentions, quoted=each.floating) for each in ruled]
        left = [n for n, passage in enumerate(passages) if passage][most:]
        for n in left:
            passages[n] = None
        asked = [list(questions(p, each.kept)) if p else [] for p, each in zip(passages, ruled, strict=True)]
        answers = iter(self._reader.judge([question for several in asked for question in several]))
        judged = [[j for _ in several for j in next(answers)] for several in asked]
        found = [_read(*each) for each in zip(ruled, passages, judged, strict=True)]
        return [replace(each, is_left=True) if n in left else each for n, each in enumerate(found)]

    def weigh(self, read: Iterable[Read]) -> list[Finding]:
        """All that may be a stance in an article, with its confidence."""
        return assemble(read, self._calibration)


def by_rules_alone(ruled: Ruled, *, is_left: bool = False) -> Read:
    """A sentence about which the trained reader is not asked."""
    return Read(ruled.sentence, None, (), ruled.kept, is_left=is_left)


def _read(ruled: Ruled, passage: Passage | None, judgements: Sequence[Judgement]) -> Read:
    places = {(told.start, told.end) for judgement in judgements for told in judgement.told}
    voices = {place: ruled.voice_of(*place) for place in sorted(places)}
    return Read(ruled.sentence, passage, judgements, ruled.kept, voices)
