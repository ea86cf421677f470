"""From what was found to the messages that tell it. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from entente import codec
from entente.broker.base import check_size
from entente.domain import ActorId, ActorMentions, Article, DeadLetter, Mention, Shift, Statement
from entente.topics import DEADLETTERS, MENTIONS, SHIFTS, STATEMENTS, Topic

STAGE = "processors"


class Output(NamedTuple):
    """A message that follows from another."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Mapping[str, str] = {}
    partition: int | None = None  # None: as the key says


def of_article(article: Article, mentions: Iterable[Mention], statements: Iterable[Statement]) -> list[Output]:
    """What is sent on of an article. The same reading gives the same messages, ids included.

    Raises:
        BrokerError: a message would be too large for a broker.
    """
    return [
        *(
            _output(MENTIONS, word, f"{word.article_id}.{word.article_version}.{word.actor}", word.published)
            for word in by_actor(article, mentions)
        ),
        *(_output(STATEMENTS, word, word.id, word.published) for word in statements),
    ]


def of_shifts(shifts: Iterable[Shift]) -> list[Output]:
    """What is told of changes of stance.

    Raises:
        BrokerError: a message would be too large for a broker.
    """
    return [_output(SHIFTS, shift, f"{shift.id}.{shift.revision}", shift.at) for shift in shifts]


def of_letter(letter: DeadLetter) -> Output:
    """What is kept of a message that could not be handled."""
    return _output(DEADLETTERS, letter, codec.key(letter), letter.at)


def by_actor(article: Article, mentions: Iterable[Mention]) -> list[ActorMentions]:
    """The mentions of an article, one word for each actor, in the order of their first mention."""
    found: dict[ActorId, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(mention.actor, []).append(mention)
    return [
        ActorMentions(
            article_id=article.id,
            article_version=article.version,
            actor=actor,
            outlet=article.outlet,
            url=article.url,
            title=article.title,
            published=article.published,
            mentions=tuple(places),
        )
        for actor, places in found.items()
    ]


def _output(topic: Topic, word: object, word_id: str, time: datetime) -> Output:
    output = Output(
        topic.name, codec.key(word).encode(), value := codec.encode(word), codec.headers(topic, word_id, STAGE, time)
    )
    check_size(topic.name, output.key, value, output.headers)
    return output
