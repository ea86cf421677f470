"""`python -m processors.training`: from the practice countries and the bank to the parameters of the reader."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click
import jax.numpy as jnp
from jax.experimental.compilation_cache import compilation_cache
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from tokenizers import Tokenizer

from entente import packs
from entente.settings import Settings
from processors.extraction.nlp import load_pipeline
from processors.extraction.rules import Rules
from processors.extraction.trained.arrays import Arrays
from processors.extraction.trained.reader import MODEL, TOKENIZER
from processors.training import batches, corpus, encoder, examples, export, learning, network
from processors.training.batches import Wanted
from processors.training.examples import Example
from processors.training.learning import State
from processors.training.network import Array

CORPUS = Path(__file__).parent / "corpus"
CHECKPOINT = "checkpoint.safetensors"
_BEGUN = 0.6  # a run that begins at the end of another has most of the way behind it: it learns more slowly
_EVERY = 180  # seconds between checkpoints
_PAUSED = 60.0  # seconds; a step that took longer was stopped on the way, which does not count
_SAMPLES = 4  # batches to check the written model on
_KEEP = 0.98  # of the mean loss that is shown, at each step


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; a run found there goes on.")
@click.option(
    "--begin", type=click.Path(path_type=Path, exists=True), help="Folder of a run whose end is the beginning."
)
@click.option(
    "--also",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Folder of articles about actors of the packs to learn from, too.",
)
@click.option("--without", multiple=True, help="A country to leave out; may be given several times.")
@click.option("--minutes", type=float, default=180.0, show_default=True, help="The longest it may take.")
@click.option("--epochs", type=int, default=6, show_default=True, help="Ends after so many, if there is time.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(  # noqa: PLR0913, PLR0917 - one for each option
    out: Path,
    begin: Path | None,
    also: tuple[Path, ...],
    without: tuple[str, ...],
    minutes: float,
    epochs: int,
    seed: int,
) -> None:
    """Train the reader."""
    out.mkdir(parents=True, exist_ok=True)
    compilation_cache.set_cache_dir(str(out / "compiled"))
    published = encoder.load()
    fresh = network.begin(published.weights, seed)
    if (out / CHECKPOINT).exists():
        state = learning.load(fresh, out / CHECKPOINT)
    else:
        state = learning.start(learning.load(fresh, begin / CHECKPOINT).params if begin else fresh)
    told = _examples(without, also, seed)
    words = published.weights["embeddings.word_embeddings.weight"]
    steps = _batches(told, published.tokenizer, range(seed, seed + epochs))
    limits = Limits(sum(batches.size(told, seed + n) for n in range(epochs)), 60 * minutes, _BEGUN if begin else 0.0)
    _learn(state, jnp.asarray(words), islice(steps, state.step, None), limits, out / CHECKPOINT)
    model = out / "model"
    model.mkdir(exist_ok=True)
    published.tokenizer.save(str(model / TOKENIZER))
    export.write(state.params, words, model)
    samples = [arrays for arrays, _ in islice(batches.epoch(told, published.tokenizer, seed), _SAMPLES)]
    whole = export.difference(state.params, words, samples, export.graph(state.params, words).SerializeToString())
    small = export.difference(state.params, words, samples, str(model / MODEL))
    Console().print(f"{model / MODEL}: probabilities within {whole:.4f} of JAX, in eight bits within {small:.3f}")


@dataclass(frozen=True)
class Limits:
    """When training ends: whichever comes first."""

    sequences: int
    seconds: float
    begun: float  # how far another run had come

    def progress(self, state: State) -> float:
        """How far the training is, 0 to 1."""
        done = max(state.sequences / self.sequences, state.seconds / self.seconds)
        return self.begun + (1 - self.begun) * done


def _learn(
    state: State, words: Array, steps: Iterable[tuple[Arrays, Wanted]], limits: Limits, checkpoint: Path
) -> None:
    with _bar() as bar:
        task = bar.add_task("training", total=1.0)
        saved = last = time.monotonic()
        mean = 0.0
        for arrays, wanted in steps:
            progress = limits.progress(state)
            if progress >= 1:
                break
            loss = sum(learning.step(state, words, arrays, wanted, progress).values())
            now = time.monotonic()
            state.seconds += min(now - last, _PAUSED)
            last = now
            mean = _KEEP * mean + (1 - _KEEP) * loss if mean else loss
            bar.update(task, completed=progress, description=f"step {state.step}, loss {mean:.2f}")
            if now - saved > _EVERY:
                learning.save(state, checkpoint)
                saved = now
                if not bar.console.is_terminal:
                    bar.console.print(f"step {state.step}, {progress:.0%}, loss {mean:.2f}")
    learning.save(state, checkpoint)


def _examples(without: Sequence[str], also: Sequence[Path], seed: int) -> list[Example]:
    reader = Rules(load_pipeline(Settings().pipeline))
    found: list[Example] = []
    folders = [f for f in sorted(CORPUS.iterdir()) if (f / "facts.jsonl").exists() and f.name not in without]
    with _bar() as bar:
        for folder in bar.track(folders, description="practice countries"):
            known, annotated = corpus.country(folder)
            found += examples.of_articles(known, annotated, reader)
        watched = packs.load()
        for folder in also:
            found += examples.of_articles(watched, corpus.annotated(folder, watched), reader)
        task = bar.add_task("bank", total=None)
        for example in examples.of_bank(CORPUS / "bank", seed, reader):
            found.append(example)
            bar.advance(task)
    return found


def _batches(told: Sequence[Example], tokenizer: Tokenizer, seeds: range) -> Iterator[tuple[Arrays, Wanted]]:
    for seed in seeds:
        yield from batches.epoch(told, tokenizer, seed)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=Console()
    )


if __name__ == "__main__":
    main()
