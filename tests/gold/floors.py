"""Floors under the figures: a change that reads worse fails a test; what reads better raises its floors."""

import math
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.gold.figures import BY_KEY, Figures

PATH = Path(__file__).parents[1] / "floors.yaml"
SLACK = 0.01  # below what was measured: a statement more or less is no news
_HEADER = """\
# What reading must not fall below, by corpus and figure; `invented` and `ece` must not rise above it.
# `python -m tests.quality` explains the figures; with `--raise-floors` it moves up what has become better.
# A floor is lowered by hand, and the commit says why.
"""
Floors = Mapping[str, Figures]


def load(path: Path = PATH) -> Floors:
    """The floors by corpus and figure."""
    floors: Floors = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return floors


def save(floors: Floors, path: Path = PATH) -> None:
    """Write the floors."""
    plain = {corpus: dict(figures) for corpus, figures in floors.items()}
    path.write_text(_HEADER + yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")


def broken(floors: Floors, measured: Floors) -> list[str]:
    """A line for each floor that a measured corpus fell through."""
    return [
        f"{corpus}: {key} is {measured[corpus].get(key, math.nan):.3f}, "
        f"{'above its ceiling' if BY_KEY[key].lower_is_better else 'below its floor'} {floor:.3f}"
        for corpus, figures in floors.items()
        if corpus in measured
        for key, floor in figures.items()
        if not _holds(key, floor, measured[corpus].get(key, math.nan))
    ]


def missing(floors: Floors, measured: Floors) -> list[str]:
    """A line for each measured figure without a floor."""
    return [
        f"{corpus}: {key} has no floor"
        for corpus, figures in measured.items()
        for key in figures
        if key not in floors.get(corpus, {})
    ]


def raised(floors: Floors, measured: Floors) -> dict[str, dict[str, float]]:
    """The floors, each moved up to a little under its figure where that is higher, and with those that were missing."""
    result = {corpus: dict(figures) for corpus, figures in floors.items()}
    for corpus, figures in measured.items():
        of_corpus = result.setdefault(corpus, {})
        for key, value in figures.items():
            floor = _floor(key, value)
            of_corpus[key] = (min if BY_KEY[key].lower_is_better else max)(of_corpus.get(key, floor), floor)
    return result


def _holds(key: str, floor: float, value: float) -> bool:
    return value <= floor if BY_KEY[key].lower_is_better else value >= floor


def _floor(key: str, value: float) -> float:
    """Three digits, rounded away from the figure, so that it holds now."""
    if BY_KEY[key].lower_is_better:
        return math.ceil(round(1000 * (value + SLACK), 6)) / 1000
    return max(0, math.floor(round(1000 * (value - SLACK), 6))) / 1000
