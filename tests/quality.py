"""Measure how well articles are read: python -m tests.quality (or `make quality`).

Each corpus of annotated articles is read by the product, by its rules alone and by a naive reader (two actors in one
sentence, its sentiment), and all are compared with what a careful reader found. The product reads with the twin of its
trained reader, which has learnt from none of these articles; the seeds it reads with the trained reader that it comes
with. Then: how far the confidence can be trusted, and the worst errors.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from spacy.language import Language

from entente.codec import encode
from entente.domain import Article
from entente.packs import Actors
from entente.settings import Settings
from processors.extraction.extract import Extractor
from processors.extraction.nlp import load_pipeline
from processors.extraction.trained import MODEL_FOLDER
from processors.extraction.trained.judging import Trained
from tests.gold import corpora, floors, tables
from tests.gold.corpora import MakeReader, Read
from tests.gold.errors import Mistake, worst
from tests.gold.figures import CALIBRATION, ECE, Calibration, calibration, figures
from tests.naive import NaiveReader

PRODUCT, RULES, NAIVE = "entente", "rules", "naive"
CALIBRATED = (corpora.DEV, *corpora.HELD_OUT)
WIDTH = 100  # columns where the output is no terminal


class ProductReader:
    """The product's extractor, for any actors."""

    def __init__(self, actors: Actors, trained: Trained | None) -> None:
        self._extractor = Extractor(actors, _pipeline(), trained)

    def read(self, article: Article) -> Read:
        """The statements, as `entente extract` writes them, and the mentions of the article."""
        reading = self._extractor.read(article)
        return Read([json.loads(encode(statement)) for statement in reading.statements], reading.mentions)


def readers(corpus: str) -> dict[str, MakeReader]:
    """Those that read a corpus, the product first."""
    model = MODEL_FOLDER if corpus == corpora.SEED_ARTICLES else corpora.TWIN
    return {
        PRODUCT: partial(ProductReader, trained=_trained(model)),
        RULES: partial(ProductReader, trained=None),
        NAIVE: NaiveReader,
    }


@dataclass(frozen=True)
class Measured:
    """What one run found out."""

    figures: dict[str, dict[str, dict[str, float]]]  # by corpus, reader and figure
    articles: dict[str, int]  # by corpus
    calibration: Calibration | None  # None unless all corpora of CALIBRATED were read
    mistakes: list[Mistake]
    absent: list[str]  # corpora that are not here
    seconds: float  # of processor time

    def of_product(self) -> dict[str, dict[str, float]]:
        """The product's figures by corpus, as floors are kept."""
        found = {corpus: of_readers[PRODUCT] for corpus, of_readers in self.figures.items()}
        return found | ({CALIBRATION: {ECE.key: self.calibration.ece}} if self.calibration else {})


def measure(names: Sequence[str], errors: int = 0, console: Console | None = None) -> Measured:
    """Read the corpora of these names with all readers.

    Args:
        names: of corpora.DESCRIPTIONS.
        errors: how many of the worst to tell.
        console: where a progress bar is shown if it is a terminal.
    """
    begin = time.process_time()
    loaded = {name: corpora.load(name) for name in names}
    here = {name: corpus for name, corpus in loaded.items() if corpus}
    with _progress(
        console, len(readers(corpora.DEV)) * sum(len(list(corpus.articles)) for corpus in here.values())
    ) as done:
        readings = {
            name: {reader: corpora.read_corpus(corpus, make, done) for reader, make in readers(name).items()}
            for name, corpus in here.items()
        }
    product = {name: of_readers[PRODUCT] for name, of_readers in readings.items()}
    return Measured(
        figures={n: {reader: figures(r) for reader, r in of_readers.items()} for n, of_readers in readings.items()},
        articles={name: len(reading.found) for name, reading in product.items()},
        calibration=calibration(product[n] for n in CALIBRATED) if set(CALIBRATED) <= set(product) else None,
        mistakes=worst(product.values(), errors),
        absent=[name for name, corpus in loaded.items() if corpus is None],
        seconds=time.process_time() - begin,
    )


def main() -> None:
    """Measure and print."""
    names = list(corpora.DESCRIPTIONS)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", nargs="+", metavar="NAME", choices=names, default=names)
    parser.add_argument("--errors", type=int, default=10, help="how many of the worst to show (default 10)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--raise-floors", action="store_true", help=f"rewrite those in {floors.PATH.name} that rose")
    options = parser.parse_args()
    found = measure(options.corpus, options.errors, Console(stderr=True))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(tables.reading(found.figures, found.absent), tables.legend(found.articles, found.absent), sep="\n")
    if found.calibration:
        console.print(tables.reliability(found.calibration, CALIBRATED))
    if found.mistakes:
        console.print(tables.errors(found.mistakes))
    console.print(f"{found.seconds:.0f} s of processor time")
    if options.json:
        options.json.write_text(json.dumps(asdict(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.raise_floors:
        console.print("\n".join(raise_floors(found)) or "no floor rose")


def raise_floors(found: Measured) -> list[str]:
    """Write the floors that rose; a line for each."""
    old = floors.load()
    new = floors.raised(old, {n: of_corpus for n, of_corpus in found.of_product().items() if n != corpora.TUNING})
    floors.save(new)
    return [
        f"{corpus}: {key} {old.get(corpus, {}).get(key, 'new')} -> {floor}"
        for corpus, of_corpus in new.items()
        for key, floor in of_corpus.items()
        if floor != old.get(corpus, {}).get(key)
    ]


@contextmanager
def _progress(console: Console | None, articles: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; what is yielded moves it on by an article."""
    shown = console is not None and console.is_terminal
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("reading", total=articles)
        yield lambda: bar.advance(task)


@cache
def _trained(folder: Path) -> Trained:
    return Trained.load(folder)


@cache
def _pipeline() -> Language:
    return load_pipeline(Settings().pipeline)


if __name__ == "__main__":
    main()
