"""The two agents, thin around pure functions: read an article, track a stance.

An agent never acknowledges by going on: `publish` finishes an event, with what follows from it or with a dead letter.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import perf_counter

import faust
from faust.types import ConsumerMessage, EventT, StreamT

from entente import codec, deadletters
from entente.broker import Position, Record
from entente.domain import ActorId, ActorMentions, Article, Mention, Statement
from entente.errors import UndecodableMessageError
from entente.packs import Actors
from entente.topics import ARTICLES, DEADLETTERS, MENTIONS, SHIFTS, STATEMENTS, Topic, pair_key
from processors import metrics
from processors.extract import Extractor, Reading
from processors.shifts import PairState, prior, track
from processors.transport import Output, headers_of, publish

log = logging.getLogger(__name__)

STAGE = "processors"
ATTEMPTS = 2  # of a message at which a function failed unexpectedly
LAG_EVERY = 5.0  # seconds

Follow = Callable[[ConsumerMessage], Awaitable[list[Output]]]


def register(app: faust.App, extractor: Extractor, actors: Actors) -> None:
    """Add the agents `extract` and `track`, and the table `stances` (pair to PairState), to the application."""
    stances = app.Table("stances", key_type=bytes, value_type=bytes, partitions=STATEMENTS.partitions)
    stances.changelog_topic.replicas = -1  # as many as the broker's default says
    # Reading an article takes from one millisecond to seconds: in a thread, so that the loop goes on, and in one, so
    # that articles stay in order.
    reader = ThreadPoolExecutor(1, thread_name_prefix="extract")

    async def read(message: ConsumerMessage) -> list[Output]:
        return await asyncio.get_running_loop().run_in_executor(reader, read_article, extractor, message)

    async def follow_statement(message: ConsumerMessage) -> list[Output]:
        statement: Statement = codec.read(STATEMENTS, message.value, headers_of(message))
        key = pair_key(statement.holder, statement.target).encode()
        known = stances.get(key)
        state, shifts = track(
            None if known is None else codec.decode(known, PairState),
            statement,
            prior(actors, statement.holder, statement.target, statement.published.date()),
        )
        outputs = [_output(SHIFTS, shift, f"{shift.id}.{shift.revision}", shift.at) for shift in shifts]
        # Also when nothing changed: a statement that comes twice may have crashed before its first write was sent.
        stances[key] = codec.encode(state)
        for shift in shifts:
            metrics.SHIFTS_FOUND.labels(status=shift.status.value).inc()
        return outputs

    @app.agent(_bytes_of(app, ARTICLES), name="extract")
    async def extract(stream: StreamT) -> None:
        async for event in stream.noack().events():
            await handle(event, ARTICLES, "extract", read)

    @app.agent(_bytes_of(app, STATEMENTS), name="track")
    async def follow(stream: StreamT) -> None:
        async for event in stream.noack().events():
            await handle(event, STATEMENTS, "track", follow_statement)

    @app.timer(LAG_EVERY)
    async def measure_lag() -> None:
        for topic in metrics.READ:
            metrics.lag_of(topic).set(await app.consumer.lag(topic.name))


def _bytes_of(app: faust.App, topic: Topic) -> faust.TopicT:
    return app.topic(topic.name, key_type=bytes, value_type=bytes, value_serializer="raw", allow_empty=True)


async def handle(event: EventT, topic: Topic, place: str, follow: Follow) -> None:
    """Publish what follows from a message; one that cannot be handled goes to the dead letters, as it is.

    Errors of the broker are not the message's fault: they are raised, and stop the worker.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            outputs = await follow(event.message)
        except UndecodableMessageError as error:
            await bury(event, topic, place, error, attempt)
            return
        except Exception as error:
            log.exception("%s failed at %s, attempt %d", place, _where(event.message), attempt)
            if attempt == ATTEMPTS:
                await bury(event, topic, place, error, attempt)
        else:
            await publish(event, outputs)
            return


async def bury(event: EventT, topic: Topic, place: str, error: Exception, attempt: int) -> None:
    """Publish a dead letter instead of what would follow. If that cannot be sent, the event stays unfinished."""
    message = event.message
    record = Record(
        message.topic, message.partition, message.offset, message.key, message.value, headers_of(message)
    )
    letter = deadletters.of(record, error, place, attempt, datetime.now(UTC))
    log.warning("%s gave up %s: %s", place, _where(message), letter.error)
    await publish(event, [_output(DEADLETTERS, letter, codec.key(letter), letter.at)])
    metrics.dead_letters_of(topic).inc()
    if topic is ARTICLES:
        metrics.ARTICLES_READ.labels(outcome="dead").inc()


def read_article(extractor: Extractor, message: ConsumerMessage) -> list[Output]:
    """The mentions and statements of an article, as messages.

    Raises:
        UndecodableMessageError: the message is no article that this program reads.
    """
    article: Article = codec.read(ARTICLES, message.value, headers_of(message))
    start = perf_counter()
    reading = extractor.read(article)
    metrics.EXTRACT_DURATION.observe(perf_counter() - start)
    metrics.PUBLISHED_TO_READ.observe(max(0.0, (datetime.now(UTC) - article.published).total_seconds()))
    metrics.ARTICLES_READ.labels(outcome="relevant" if reading.mentions else "irrelevant").inc()
    for statement in reading.statements:
        metrics.STATEMENTS_FOUND.labels(type=statement.type.value).inc()
    return [
        *(
            _output(MENTIONS, word, f"{article.id}.{article.version}.{word.actor}", article.published)
            for word in mentions_by_actor(reading)
        ),
        *(_output(STATEMENTS, word, word.id, word.published) for word in reading.statements),
    ]


def mentions_by_actor(reading: Reading) -> list[ActorMentions]:
    """The mentions of an article, one word for each actor, in the order of their first mention."""
    article = reading.article
    found: dict[ActorId, list[Mention]] = {}
    for mention in reading.mentions:
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
            mentions=tuple(mentions),
        )
        for actor, mentions in found.items()
    ]


def _output(topic: Topic, word: object, word_id: str, time: datetime) -> Output:
    return Output(
        topic.name, codec.key(word).encode(), codec.encode(word), codec.headers(topic, word_id, STAGE, time)
    )


def _where(message: ConsumerMessage) -> str:
    return "{0}:{1}:{2}".format(*Position(message.topic, message.partition), message.offset)
