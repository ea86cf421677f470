"""Examples for the trained reader: passages with what they report, from the practice countries and the bank."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from entente.domain import ActorId, Part, StatementType
from entente.packs import Actors
from processors.extraction import attribution, rules
from processors.extraction.proposals import Proposal
from processors.extraction.rules import Rules
from processors.extraction.trained.windows import Passage, Windows
from processors.training import bank, labels
from processors.training.corpus import Annotated
from processors.training.labels import Label

_BANK_DAY = date(2024, 1, 1)


@dataclass(frozen=True)
class Example:
    """A passage with all that is known of it.

    Attributes:
        article: id of the article; the bank's sentences have none.
        labels: what the sentence reports.
        elsewhere: what the article reports in other words; the sentence may or may not say it too.
        proposals: what the rules propose.
    """

    article: str
    passage: Passage
    labels: tuple[Label, ...]
    elsewhere: frozenset[tuple[ActorId, ActorId, StatementType]]
    proposals: tuple[Proposal, ...]


def of_articles(known: Actors, annotated: Sequence[Annotated], reader: Rules) -> Iterator[Example]:
    """The passages of the articles, in order."""
    for each in annotated:
        found = labels.of_article(each)
        told = frozenset((f.label.holder, f.label.target, t) for f in found for t in (f.label.type, *f.label.also))
        around = rules.scene(known, each.named, each.article.published.date())
        by_rules = reader.article(around)
        for part in Part:
            asker = Windows(known, around.prominent, around.memberships)
            quoted = attribution.quoted_spans(each.article.part(part))
            for ruled in by_rules.read(quoted, each.sentences[part]):
                passage = asker.passage(ruled.sentence, ruled.mentions, quoted=ruled.floating)
                if passage is not None:
                    here = tuple(labels.in_sentence(found, ruled.sentence))
                    yield Example(each.article.id, passage, here, told, ruled.kept)


def of_bank(folder: Path, seed: int, reader: Rules) -> Iterator[Example]:
    """The sentences of the bank."""
    for line in bank.read(folder, seed):
        asker = Windows(line.actors, line.elsewhere, ())
        around = rules.scene(line.actors, (m for _, ms in line.resolved for m in ms), _BANK_DAY)
        quoted = attribution.quoted_spans(" ".join(s.text for s, _ in line.resolved))
        read = list(reader.article(around).read(quoted, line.resolved))
        *_, passage = [asker.passage(each.sentence, each.mentions, quoted=each.floating) for each in read]
        if passage is not None:
            yield Example("", passage, line.labels, frozenset(), read[-1].kept)
