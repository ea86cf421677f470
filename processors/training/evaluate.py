"""`python -m processors.training.evaluate`: how well a trained reader reads articles it has not seen.

Predictions go to files, and the measure of the tests scores them, so that all figures come from one place.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from entente import packs
from entente.domain import StatementType
from entente.settings import Settings
from processors.extraction.findings import Finding, Key
from processors.extraction.nlp import load_pipeline
from processors.extraction.rules import Rules
from processors.extraction.trained import assemble as assembling
from processors.extraction.trained.assemble import Calibration, Read, assemble
from processors.extraction.trained.judging import CARD
from processors.extraction.trained.reader import Judgement, Question, Reader, questions
from processors.training import calibration, corpus, examples, labels
from processors.training.corpus import Json
from processors.training.examples import Example

SCORE = Path(__file__).parents[2] / "tests" / "gold" / "score.py"
_STEPS = tuple(n / 100 for n in range(10, 71, 2))
_LEVELS = ("pair", "sign", "type")

Figures = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Reading:
    """An article as both have read it; `alone` is what the reader says when it is not told of the rules."""

    article: str
    helped: list[Read]
    alone: list[Read]


@click.command()
@click.option("--model", type=click.Path(path_type=Path, exists=True), required=True, help="Folder with the reader.")
@click.option(
    "--tune",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    required=True,
    help="Folder to calibrate on, of which the reader has learnt nothing; several are weighed alike.",
)
@click.option("--packs", "with_packs", is_flag=True, help="Know the actors of the packs, not of the folders.")
@click.argument("folders", type=click.Path(path_type=Path, exists=True), nargs=-1)
def main(model: Path, tune: tuple[Path, ...], folders: tuple[Path, ...], *, with_packs: bool) -> None:
    """Calibrate the reader, and measure what each of its parts is worth.

    Folders hold articles.jsonl, facts.jsonl and entities.jsonl. The calibration of the whole goes into the model's
    card, with its figures; the other rows of the table are calibrated in the same way.
    """
    reader, rules = Reader(model), Rules(load_pipeline(Settings().pipeline))
    tuning = {folder: _read(folder, reader, rules, with_packs=False) for folder in tune}
    fitted = {name: _fit(tuning, name) for name in _VARIANTS}
    card = {"calibration": asdict(fitted[WHOLE]), "calibrated on": [folder.name for folder in tune]}
    table = Table("articles", "read by", "pair", "sign P/R/F", "type P/R/F", "modality", "claim", "evidence", "via")
    for folder in folders:
        found = tuning.get(folder) or _read(folder, reader, rules, with_packs=with_packs)
        for name in _VARIANTS:
            figures = _measure(folder, found, name, fitted[name])
            table.add_row(folder.name, name, *_shown(figures))
            if name == WHOLE:
                card[f"figures on {folder.name}"] = figures
    _write_card(model / CARD, card)
    Console().print(table)


def _rules_alone(reading: Reading) -> list[Read]:
    return [replace(each, judgements=()) for each in reading.helped]


def _reader_alone(reading: Reading) -> list[Read]:
    return [replace(each, proposals=()) for each in reading.alone]


def _reader_told(reading: Reading) -> list[Read]:
    return [replace(each, proposals=()) for each in reading.helped]


WHOLE = "both, rules also as input"
_VARIANTS: Mapping[str, Callable[[Reading], list[Read]]] = {
    "rules": _rules_alone,
    "reader": _reader_alone,
    "reader, rules as input": _reader_told,
    "reader and rules": lambda reading: reading.alone,
    WHOLE: lambda reading: reading.helped,
}


def _read(folder: Path, reader: Reader, rules: Rules, *, with_packs: bool) -> list[Reading]:
    known = packs.load() if with_packs else corpus.actors(folder / "entities.jsonl")
    found = list(examples.of_articles(known, corpus.annotated(folder, known), rules))
    helped = _judged(reader, found, [list(questions(e.passage, e.proposals)) for e in found])
    alone = _judged(reader, found, [list(questions(e.passage)) for e in found])
    return [
        Reading(article, [h for _, h, _ in group], [a for _, _, a in group])
        for article, group in (
            (article, list(each))
            for article, each in groupby(zip(found, helped, alone, strict=True), key=lambda g: g[0].article)
        )
    ]


def _judged(reader: Reader, found: Sequence[Example], asked: Sequence[Sequence[Question]]) -> list[Read]:
    answers = iter(reader.judge([question for each in asked for question in each]))
    result: list[Read] = []
    for example, each in zip(found, asked, strict=True):
        judgements: list[Judgement] = [j for _ in each for j in next(answers)]
        result.append(Read(example.passage.sentence, example.passage, judgements, example.proposals))
    return result


def _fit(read: Mapping[Path, Sequence[Reading]], variant: str) -> Calibration:
    """The calibration for a variant, with the threshold that has the best mean of the F1 of signs and types.

    What is told is chosen by how likely its type is right; the confidence told is how likely its sign is.
    """
    features: list[dict[str, float]] = []
    right: dict[str, list[bool]] = {"type": [], "sign": []}
    for folder, readings in read.items():
        facts = {line["id"]: line["facts"] for line in corpus.read_lines(folder / "facts.jsonl")}
        for reading in readings:
            cases = assembling.cases(_VARIANTS[variant](reading))
            features += assembling.weigh(cases)
            for level, found in right.items():
                found += [_is_right(key, facts[reading.article], level) for key in cases]
    fitted = calibration.rescale(calibration.fit(features, right["type"]), features, right["sign"])

    def quality(threshold: float) -> float:
        candidate = replace(fitted, threshold=threshold)
        figures = [_measure(folder, readings, variant, candidate) for folder, readings in read.items()]
        return sum(each["sign"]["f1"] + each["type"]["f1"] for each in figures)

    return replace(fitted, threshold=max(_STEPS, key=quality))


def _is_right(key: Key, facts: Iterable[Json], level: str) -> bool:
    holder, target, kind = key
    for fact in facts:
        if holder in labels.options(fact, "holder") and target in labels.options(fact, "target"):
            types = {StatementType(t) for t in (fact["type"], *(fact.get("also") or ()))}
            if kind in types or (level == "sign" and assembling.sign(kind) in map(assembling.sign, types)):
                return True
    return False


def _measure(folder: Path, readings: Iterable[Reading], variant: str, fitted: Calibration) -> Figures:
    lines = [
        _line(reading.article, finding)
        for reading in readings
        for finding in assemble(_VARIANTS[variant](reading), fitted)
        if finding.confidence >= fitted.threshold
    ]
    with NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(json.dumps(line) + "\n" for line in lines))
        file.flush()
        command = [sys.executable, str(SCORE), "statements", "--gold", str(folder / "facts.jsonl"), "--pred", file.name]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own measure
    figures: Figures = json.loads(shown.splitlines()[-1])
    return figures


def _line(article: str, finding: Finding) -> dict[str, Any]:
    sentence = finding.sentence
    return {
        "article_id": article,
        "holder": finding.holder.actor,
        "via": finding.via,
        "target": finding.target.actor,
        "type": finding.type,
        "modality": finding.modality,
        "claim": finding.claim or "self",
        "evidence": sentence.text[finding.start - sentence.start : finding.end - sentence.start],
        "confidence": round(finding.confidence, 3),
    }


def _shown(figures: Figures) -> list[str]:
    whole = ["/".join(f"{figures[level][k]:.3f}" for k in ("precision", "recall", "f1")) for level in _LEVELS[1:]]
    rest = [f"{figures[what]['accuracy']:.2f}" for what in ("modality", "claim", "evidence")]
    return [f"{figures['pair']['f1']:.3f}", *whole, *rest, f"{figures['via']['recall']:.2f}"]


def _write_card(path: Path, more: Mapping[str, Any]) -> None:
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**known, **more}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
