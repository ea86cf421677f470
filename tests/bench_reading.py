"""Measure reading alone, on one core: python -m tests.bench_reading (a part of `make bench`).

Triage beside bare tokenisation, over the practice articles; mixed news through everything; and the memory of a process
that holds all packs and many aliases more.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

import spacy
from rich.console import Console
from rich.table import Table

from entente import packs
from entente.domain import Alias
from entente.packs import Actors
from entente.settings import Settings
from processors.extraction import nlp
from processors.extraction.extract import Extractor
from processors.extraction.trained import MODEL_FOLDER
from processors.extraction.trained.judging import Trained
from processors.extraction.triage import Gazetteer
from tests.newswire import mixed_news

CORPUS = Path(__file__).parents[1] / "processors" / "training" / "corpus"
DAY = date(2024, 1, 28)
FURTHER_ALIASES = 50_000
ARTICLES, WARM_UP = 500, 50  # of mixed news
Item = TypeVar("Item")


def main() -> None:
    """Measure and print; with the argument `memory`, only print the megabytes that an extractor takes."""
    if sys.argv[1:] == ["memory"]:
        print(megabytes_of_an_extractor())  # noqa: T201 - read by the process that started this one
        return
    table = Table(title="Reading, on one core", title_justify="left")
    for column in ("", "", "unit"):
        table.add_column(column, justify="left" if column == "unit" else "right")
    actors = packs.load()
    texts = practice_texts()
    gazetteer, tokenizer = Gazetteer(actors), spacy.blank("en")
    fresh = len(texts) // 2  # texts that neither has seen, after as many that warm up: a tokenizer remembers words
    words = sum(len(text.split()) for text in texts[fresh:])
    triage = words / seconds(lambda text: gazetteer.find([text], DAY), texts, fresh)
    tokens = words / seconds(tokenizer, texts, fresh)
    table.add_row("triage over all packs", f"{triage:,.0f}", "words/s")
    table.add_row("spacy.blank, tokens only", f"{tokens:,.0f}", "words/s")
    table.add_row("ratio", f"{triage / tokens:.1f}", "")
    extractor = Extractor(actors, nlp.load_pipeline(Settings().pipeline), Trained.load(MODEL_FOLDER))
    news = list(mixed_news(ARTICLES + WARM_UP))
    table.add_row("mixed news, read", f"{ARTICLES / seconds(extractor.read, news, WARM_UP):.1f}", "articles/s")
    memory = subprocess.run([sys.executable, "-m", __spec__.name, "memory"], capture_output=True, text=True, check=True)
    table.add_row(f"a process, with {FURTHER_ALIASES:,} aliases more", memory.stdout.strip(), "MB")
    Console().print(table)


def seconds(work: Callable[[Item], object], items: Sequence[Item], warm_up: int) -> float:
    """Of one core, for all items but the first ones."""
    for item in items[:warm_up]:
        work(item)
    begin = time.process_time()
    for item in items[warm_up:]:
        work(item)
    return time.process_time() - begin


def practice_texts() -> list[str]:
    """The articles about invented countries, in which hardly anybody of the packs is named: as most news."""
    return [
        json.loads(line)["text"]
        for path in sorted(CORPUS.glob("*/articles.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def megabytes_of_an_extractor() -> int:
    """The largest resident size of this process after it has read, with aliases that no text holds."""
    actors = packs.load()
    first, *_ = actors.by_id.values()
    more = tuple(Alias(f"Association {number} of Nowhere") for number in range(FURTHER_ALIASES))
    grown = Actors({**actors.by_id, first.id: replace(first, aliases=(*first.aliases, *more))}, actors.places)
    extractor = Extractor(grown, nlp.load_pipeline(Settings().pipeline), Trained.load(MODEL_FOLDER))
    for article in mixed_news(50):
        extractor.read(article)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
