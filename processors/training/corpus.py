"""The practice countries and the bank, as the reader of articles sees them: sentences with their mentions resolved."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entente.domain import (
    Actor,
    ActorId,
    ActorKind,
    Affiliation,
    Alias,
    Article,
    ArticleId,
    Membership,
    Mention,
    Part,
)
from entente.packs import Actors
from processors.extraction import mentions, naming, triage
from processors.extraction.offices import Offices
from processors.extraction.references import Resolver
from processors.extraction.sentences import Sentence

Json = dict[str, Any]
Resolved = tuple[Sentence, list[Mention]]

_JOINTS = frozenset({"of", "the", "and", "for", "in", "de", "du", "la", "al", "bin", "van", "von", "der", "y", "e"})

_BYWORD = re.compile(  # "unity government"; but "ruling coalition" is no name
    r"(?!(?:ruling|governing|new|current|outgoing|former|opposition|his|her|its|own) )"
    r"[a-z-]+ (?:government|coalition|cabinet)|[a-z]+-party (?:alliance|bloc)|government of national unity"
)


@dataclass(frozen=True)
class Annotated:
    """An article, its mentions by name, its sentences part by part, and what a careful reader found in it."""

    article: Article
    named: list[Mention]
    sentences: dict[Part, list[Resolved]]
    facts: list[Json]


def read_lines(path: Path) -> list[Json]:
    """The objects of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def articles(path: Path) -> list[Article]:
    """The articles of a file of JSON lines."""
    return [
        Article(
            id=ArticleId(line["id"]),
            url=line["url"],
            outlet=line["outlet"],
            title=line["title"] or "",
            text=line["text"],
            published=datetime.fromisoformat(line["published"]).replace(tzinfo=UTC),
        )
        for line in read_lines(path)
    ]


def actors(path: Path) -> Actors:
    """The actors of a country under their names, without the phrases that only mean them in context."""
    entries = read_lines(path)
    return Actors({ActorId(e["id"]): _actor(e) for e in entries})


def country(folder: Path) -> tuple[Actors, list[Annotated]]:
    """The actors and the annotated articles of a folder."""
    known = actors(folder / "entities.jsonl")
    return known, annotated(folder, known)


def annotated(folder: Path, known: Actors) -> list[Annotated]:
    """The articles of a folder with their facts, read with these actors."""
    facts = {line["id"]: line["facts"] for line in read_lines(folder / "facts.jsonl")}
    gazetteer = triage.Gazetteer(known)
    return [
        Annotated(article, *resolve(article, gazetteer, known), facts.get(str(article.id), []))
        for article in articles(folder / "articles.jsonl")
    ]


def resolve(
    article: Article, gazetteer: triage.Gazetteer, known: Actors
) -> tuple[list[Mention], dict[Part, list[Resolved]]]:
    """The mentions by name, and the sentences of each part with all of theirs, found as when articles are read."""
    day = article.published.date()
    hits = triage.find_in(gazetteer, article)
    by_alias = {part: mentions.from_hits(hits[part], article.part(part), part, day) for part in Part}
    named = naming.learnt(article, by_alias, known)
    by_name = [m for part in Part for m in named[part]]
    resolver = Resolver(known, Offices(known), (m.actor for m in by_name), day)
    return by_name, {part: list(naming.resolved(article, part, named[part], resolver)) for part in Part}


def _actor(entry: Json) -> Actor:
    kind = ActorKind(entry["kind"])
    names = dict.fromkeys(name for alias in [entry["name"], *entry["aliases"]] for name in _names(alias))
    party = entry.get("party")
    return Actor(
        id=ActorId(entry["id"]),
        kind=kind,
        name=entry["name"],
        short=entry["name"],
        country="XX",
        aliases=tuple(Alias(name) for name in names),
        member_of=tuple(Membership(ActorId(alliance)) for alliance in entry.get("member_of") or ()),
        party=(Affiliation(ActorId(party)),) if party else (),
    )


def _names(alias: str) -> Iterator[str]:
    """The alias without an article, if its words are written as names are or if it is a coalition's byword."""
    name = re.sub(r"^(?:[Tt]he|[Aa]n?) ", "", alias)
    if _BYWORD.fullmatch(name):
        yield name
        return
    words = re.findall(r"[^\W\d_][\w'’-]*", name)
    if words and all(word[0].isupper() or word in _JOINTS for word in words) and words[0][0].isupper():
        yield name
