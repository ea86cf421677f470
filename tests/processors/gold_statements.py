"""Gold facts as statements, so that shift detection is measured apart from reading."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from entente.domain import (
    Actor,
    ActorId,
    ActorKind,
    Article,
    Claim,
    Membership,
    Modality,
    Part,
    Shift,
    ShiftStatus,
    StanceLabel,
    Statement,
    StatementId,
    StatementType,
)
from entente.packs import Actors
from processors.backtest import backtest
from processors.tracking.shifts import prior
from processors.training import corpus


def statements(article: Article, facts: Sequence[corpus.Json]) -> Iterator[Statement]:
    """The facts of one article; those whose words stand in its text."""
    for number, fact in enumerate(facts):
        words = fact["evidence"]
        part = Part.TEXT if words in article.text else Part.TITLE
        start = article.part(part).find(words)
        if not words or start < 0:
            raise ValueError(f"article {article.id}: the evidence {words!r} does not stand in it")
        yield Statement(
            id=StatementId(f"{article.id}:{number:03}"),
            article_id=article.id,
            article_version=article.version,
            outlet=article.outlet,
            url=article.url,
            published=article.published,
            holder=ActorId(fact["holder"]),
            via=fact["via"],
            type=StatementType(fact["type"]),
            target=ActorId(fact["target"]),
            polarity=float(fact["polarity"]),
            modality=Modality(fact["modality"]),
            claim=Claim(fact["claim"]),
            attribution=(fact["attribution"],) if fact["attribution"] else (),
            evidence=words,
            part=part,
            start=start,
            end=start + len(words),
            sentence=_sentence(article.part(part), start, start + len(words)),
            confidence=0.9,
            rule="gold",
        )


def actors(folder: Path) -> Actors:
    """The actors of the stream with their memberships, which have no dates."""
    return Actors(
        {
            ActorId(line["id"]): Actor(
                id=ActorId(line["id"]),
                kind=ActorKind(line["kind"]),
                name=line["name"],
                short=line["name"],
                country="XX",
                member_of=tuple(Membership(ActorId(alliance)) for alliance in line["member_of"]),
            )
            for line in corpus.read_lines(folder / "entities.jsonl")
        }
    )


def shifts(folder: Path, tiers: str = "AB", known: Actors | None = None) -> list[Shift]:
    """What stands at the end of the stream when every fact of these tiers was read."""
    facts = {line["id"]: line["facts"] for line in corpus.read_lines(folder / "facts.jsonl")}

    def read(article: Article) -> list[Statement]:
        return list(statements(article, [fact for fact in facts.get(article.id, []) if fact["tier"] in tiers]))

    def before(statement: Statement) -> StanceLabel | None:
        day = statement.published.date()
        return None if known is None else prior(known, statement.holder, statement.target, day)

    found = backtest(corpus.articles(folder / "articles.jsonl"), read, before)
    return [shift for shift in found if shift.status is not ShiftStatus.WITHDRAWN]


@dataclass(frozen=True)
class Measure:
    """How well the shifts of a stream were found.

    Attributes:
        sure: share of the gold shifts marked sure that were found, 0 to 1.
        false: found shifts that match no gold shift, per 100 articles.
    """

    sure: float
    false: float


def measure(folder: Path, found: Sequence[Shift]) -> Measure:
    """Found shifts against gold: a match has the pair, the direction and an article in common."""
    gold = corpus.read_lines(folder / "shifts.jsonl")
    matches = [[number for number, wanted in enumerate(gold) if _match(wanted, shift)] for shift in found]
    hit = {number for numbers in matches for number in numbers}
    sure = [number for number, wanted in enumerate(gold) if wanted["confidence"] == "sure"]
    return Measure(
        sure=sum(number in hit for number in sure) / len(sure),
        false=100 * sum(not numbers for numbers in matches) / len(corpus.articles(folder / "articles.jsonl")),
    )


def _match(wanted: corpus.Json, shift: Shift) -> bool:
    return (
        shift.holder in _either(wanted, "holder")
        and shift.target in _either(wanted, "target")
        and (shift.type.polarity > 0) == (StatementType(wanted["type"]).polarity > 0)
        and not set(shift.article_ids).isdisjoint(wanted["articles"])
    )


def _either(wanted: corpus.Json, key: str) -> set[str]:
    also = wanted.get(f"also_{key}") or []
    return {wanted[key], *([also] if isinstance(also, str) else also)}


def _sentence(text: str, start: int, end: int) -> str:
    ends = [match.end() for match in re.finditer(r"[.!?][\"')\u201d\u2019]*\s+|\n+", text)]
    first = max((e for e in ends if e <= start), default=0)
    last = min((e for e in ends if e >= end), default=len(text))
    return text[first:last].strip()
