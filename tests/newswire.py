"""News made by the hundred, from a seed: what load and kill tests and the benchmark send down the road.

The parties are real ids of the packs, the events are invented at random; nobody is quoted.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from xml.sax.saxutils import escape

from entente import packs
from entente.domain import Actor, ActorKind, Article, ArticleId

START = datetime(2024, 3, 1, 6, 0, tzinfo=UTC)
OUTLETS = ("Hilltop Daily", "Riverside Post", "The Lantern", "Delta Courier", "Plains Gazette", "Harbour Times")
STANCES = (
    "The {a} quit the {x} on {day}, saying that its voice had not been heard.",
    "The {a} joined the {x} on {day} after weeks of talks.",
    "The {a} ruled out any alliance with the {b} in the coming election.",
    "The {a} and the {b} sealed a seat-sharing pact late on {day}.",
    "{p} of the {a} accused the {b} of betraying the {x}.",
    "The {a} said it would contest all seats alone and not with the {b}.",
    "{p}, who leads the {a}, said the party was open to an alliance with the {b}.",
    "The {a} skipped the meeting of the {x} on {day}.",
    "The {a} praised the {b} and pledged to stay in the {x}.",
    "The {b} was criticised by the {a} over the choice of candidates.",
)
SUBJECTS = ("The council", "A committee", "The ministry", "The harbour board", "The university", "A farmers' body")
VERBS = ("approved", "discussed", "postponed", "reviewed", "published", "inspected", "extended", "opened")
OBJECTS = (
    "a plan for the eastern canal",
    "the budget for rural roads",
    "the rules for street markets",
    "a report on groundwater",
    "the timetable of the night trains",
    "repairs of the old bridge",
    "the new irrigation scheme",
)
TAILS = (
    "after a long debate that lasted until the evening",
    "although several members had asked for more time",
    "in the presence of engineers and residents from nearby villages",
    "while heavy rain kept most visitors away from the town",
    "and promised to come back to the matter before the end of the month",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Cast(NamedTuple):
    """Who can occur in a sentence."""

    parties: tuple[Actor, ...]
    alliances: tuple[Actor, ...]
    persons: tuple[Actor, ...]


def cast(parties: int = 24, alliances: int = 6) -> Cast:
    """The actors that news is made about."""
    actors = packs.load().by_id.values()
    return Cast(
        tuple(actor for actor in actors if actor.kind is ActorKind.PARTY)[:parties],
        tuple(actor for actor in actors if actor.kind is ActorKind.ALLIANCE)[:alliances],
        tuple(actor for actor in actors if actor.kind is ActorKind.PERSON)[:60],
    )


def stance_sentence(rng: random.Random, people: Cast) -> str:
    """A sentence in which somebody takes a stance."""
    one, other = rng.sample(people.parties, 2)
    return rng.choice(STANCES).format(
        a=one.name,
        b=other.name,
        x=rng.choice(people.alliances).name,
        p=rng.choice(people.persons).name,
        day=rng.choice(DAYS),
    )


def plain_sentence(rng: random.Random) -> str:
    """A sentence about nobody who is watched, some 20 words long."""
    return f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(TAILS)}."


def articles(count: int, seed: int, *, sentences: int, political: float, share: float) -> Iterator[Article]:
    """Articles a minute apart.

    Args:
        count: how many.
        seed: the same seed gives the same articles.
        sentences: in each article.
        political: the share of articles that report stances.
        share: in those, the share of sentences that do.
    """
    rng = random.Random(seed)
    people = cast()
    for number in range(count):
        stances = max(1, round(sentences * share)) if rng.random() < political else 0
        body = [stance_sentence(rng, people) for _ in range(stances)]
        body += [plain_sentence(rng) for _ in range(sentences - stances)]
        rng.shuffle(body)
        paragraphs = [" ".join(body[i : i + 4]) for i in range(0, len(body), 4)]
        yield Article(
            id=ArticleId(f"n{seed}-{number:05}"),
            url=f"https://news.example/{seed}/{number}",
            outlet=rng.choice(OUTLETS),
            title=f"Report {number} of the day",
            text="\n\n".join(paragraphs),
            published=START + timedelta(minutes=number),
        )


def mixed_news(count: int, seed: int = 1) -> Iterator[Article]:
    """What a desk's feeds bring: 600 words an article, 8 % of the sentences with a stance, most articles with none."""
    return articles(count, seed, sentences=32, political=0.25, share=0.32)


def short_news(count: int, seed: int = 1) -> Iterator[Article]:
    """Short reports, most of them with a stance: much to track in little text."""
    return articles(count, seed, sentences=3, political=0.8, share=0.34)


def rss(title: str, items: list[Article]) -> bytes:
    """The articles as an RSS 2.0 feed, the newest first."""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{escape(item.id)}</guid><title>{escape(item.title)}</title>"
        f"<link>{escape(item.url or '')}</link><pubDate>{item.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f"<description>{escape(_paragraphs(item.text))}</description></item>"
        for item in reversed(items)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{escape(title)}</title>'
        f"<link>https://news.example/</link><description>Made for tests</description>{entries}</channel></rss>"
    ).encode()


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
