"""The corpora on which reading is measured, and how a reader's findings on them are held."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from entente import packs
from entente.domain import ActorId, Alias, Article, ArticleId, Mention
from entente.packs import Actors
from processors.training import corpus
from tests.gold.score import Gold, Json

GOLD = Path(__file__).parent
ROOT = GOLD.parents[1]
PRACTICE = ROOT / "processors" / "training" / "corpus"
SEEDS = ROOT.parent / "shared" / "gold" / "seeds"

DEV, SENTENCES, TUNING, SEED_ARTICLES = "dev", "sentences", "tuning", "seeds"
HELD_OUT = ("lo", "su", "ha")
TUNED_ON = ("me", "pe")
TWIN = GOLD / "twin"  # a reader that has learnt from neither DEV nor HELD_OUT nor TUNED_ON: its figures are fair
DESCRIPTIONS = {  # by name, in the order of the table
    DEV: "on real events, worded anew; read with the packs of the product",
    SENTENCES: "of one sentence, of which only for or against is known",
    **dict.fromkeys(HELD_OUT, "about an invented country that no model is trained on"),
    TUNING: "about invented countries on which its confidence was calibrated",
    SEED_ARTICLES: "as they were printed, which do not belong to the product",
}
FLOORED = (DEV, SENTENCES, *HELD_OUT)  # what the tests measure everywhere
_TOO_COMMON = (("amit-shah", "Shah"), ("d-raja", "Raja"))  # for a pack, but not for a sentence that stands alone


class Read(NamedTuple):
    """What a reader found in an article: statements as `entente extract` writes them, and who is named where."""

    statements: list[Json]
    mentions: Sequence[Mention]


class Reader(Protocol):
    """Reads articles."""

    def read(self, article: Article) -> Read:
        """The statements and mentions of the article."""


MakeReader = Callable[[Actors], Reader]


@dataclass(frozen=True)
class Source:
    """Articles that are read with the same actors."""

    actors: Actors
    articles: Sequence[Article]


@dataclass(frozen=True)
class Corpus:
    """A row of the table."""

    name: str
    sources: Sequence[Source]
    facts: Gold
    look_alikes: frozenset[str] = frozenset()  # articles without any stance that are worded like those with one

    @property
    def articles(self) -> Iterator[Article]:
        """All its articles."""
        return (article for source in self.sources for article in source.articles)


@dataclass(frozen=True)
class Reading:
    """A corpus and what a reader found in each of its articles."""

    corpus: Corpus
    found: Mapping[str, Read]  # by article id

    @property
    def statements(self) -> Iterator[Json]:
        """All statements."""
        return (statement for read in self.found.values() for statement in read.statements)


def read_corpus(corpus: Corpus, make: MakeReader, done: Callable[[], None]) -> Reading:
    """What the reader finds; `done` is called after each article."""
    found: dict[str, Read] = {}
    for source in corpus.sources:
        reader = make(source.actors)
        for article in source.articles:
            found[article.id] = reader.read(article)
            done()
    return Reading(corpus, found)


def load(name: str) -> Corpus | None:
    """The corpus of this name; None where it is not here.

    Raises:
        ValueError: there is no such corpus.
    """
    if name == DEV:
        return _corpus(name, [GOLD / "dev"], lambda _: packs.load())
    if name == SENTENCES:
        return _sentences()
    if name in HELD_OUT:
        return _corpus(name, [PRACTICE / name], _country)
    if name == TUNING:
        return _corpus(name, [PRACTICE / country for country in TUNED_ON], _country)
    if name == SEED_ARTICLES:
        return _corpus(name, [SEEDS], lambda _: packs.load()) if SEEDS.exists() else None
    raise ValueError(f"no corpus {name!r}; there are {', '.join(DESCRIPTIONS)}")


def _country(folder: Path) -> Actors:
    return corpus.actors(folder / "entities.jsonl")


def _corpus(name: str, folders: Sequence[Path], actors: Callable[[Path], Actors]) -> Corpus:
    entries = [entry for folder in folders for entry in corpus.read_lines(folder / "facts.jsonl")]
    return Corpus(
        name,
        [Source(actors(folder), corpus.articles(folder / "articles.jsonl")) for folder in folders],
        {entry["id"]: entry["facts"] for entry in entries},
        frozenset(entry["id"] for entry in entries if not entry["relevant"]),
    )


def _sentences() -> Corpus:
    """Each sentence as an article; only the sign of its facts is known."""
    time = datetime(2023, 1, 15, tzinfo=UTC)
    entries = [json.loads(line) for line in (GOLD / "sentences.jsonl").read_text(encoding="utf-8").splitlines()]
    actors = packs.load()
    known = dict(actors.by_id)
    for actor, surname in _TOO_COMMON:
        person = known[ActorId(actor)]
        known[person.id] = replace(person, aliases=(*person.aliases, Alias(surname)))
    articles = [Article(ArticleId(e["id"]), None, "The Courier", "", e["text"], time) for e in entries]
    return Corpus(
        SENTENCES,
        [Source(replace(actors, by_id=known), articles)],
        {e["id"]: [{**f, "polarity": f["sign"], "type": "any", "tier": "A"} for f in e["facts"]] for e in entries},
    )
