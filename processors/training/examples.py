"""Examples for the trained reader: passages with what they report, from the practice countries and the bank."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from entente.domain import ActorId, Part, StatementType
from entente.packs import Actors
from processors.extraction.attribution import Voice
from processors.extraction.proposals import Proposal
from processors.training import bank, labels, windows
from processors.training.corpus import Annotated
from processors.training.labels import Label
from processors.training.rules import Rules, Scene
from processors.training.windows import Passage, Windows

_BANK_YEAR = 2024


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
        mentions = [m for part in Part for _, ms in each.sentences[part] for m in ms]
        prominent = windows.prominent(mentions)
        day = each.article.published.date()
        named = {m.actor for m in mentions} & set(known.by_id)
        alliances = {a: known.by_id[a].alliances_on(day) & named for a in named}
        scene = Scene(known, prominent, day.year, alliances)
        for part in Part:
            asker = Windows(known, prominent, [(a, b) for a, bs in alliances.items() for b in bs])
            resolved = each.sentences[part]
            proposed = reader.propose(each.article.part(part), resolved, scene)
            for (sentence, ms), proposals in zip(resolved, proposed, strict=True):
                passage = asker.passage(sentence, ms)
                if passage is not None:
                    here = tuple(labels.in_sentence(found, sentence))
                    yield Example(each.article.id, passage, here, told, tuple(_alone(p) for p in proposals))


def of_bank(folder: Path, seed: int, reader: Rules) -> Iterator[Example]:
    """The sentences of the bank."""
    for line in bank.read(folder, seed):
        asker = Windows(line.actors, line.elsewhere, ())
        passage = [asker.passage(s, ms) for s, ms in line.resolved][-1]
        if passage is not None:
            prominent = windows.prominent(m for _, ms in line.resolved for m in ms)
            text = " ".join(s.text for s, _ in line.resolved)
            proposed = reader.propose(text, line.resolved, Scene(line.actors, prominent, _BANK_YEAR, {}))[-1]
            yield Example("", passage, line.labels, frozenset(), tuple(_alone(p) for p in proposed))


def _alone(proposal: Proposal) -> Proposal:
    """The proposal without the parse that its voice holds on to."""
    return replace(proposal, voice=Voice())
