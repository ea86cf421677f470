"""Polls feeds, each at its own pace, and hands what is new to the broker."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TypeVar

import aiohttp

from entente.broker import Producer
from ingest import metrics
from ingest.dedupe import News, article_id, find_news
from ingest.feeds import Feed
from ingest.fetch import FetchError, fetch
from ingest.health import Health
from ingest.parse import NotAFeedError, parse
from ingest.publish import publish, until_taken
from ingest.schedule import Failure, after_failure, after_success, latest_due
from ingest.state import Memory, State

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_REPORT_EVERY = 5.0  # seconds
_FIRST_ROUND = timedelta(seconds=30)  # in which every feed that is due has been polled, or most of them
_LOOK_EVERY = 30.0  # seconds between looks at the clock


@dataclass(frozen=True)
class Tools:
    """What a poller works with; whoever made them closes them."""

    session: aiohttp.ClientSession
    state: State
    producer: Producer
    pool: Executor  # for parsing, the state and the broker: the loop's own threads may hang in name resolution


class Poller:
    """Follows feeds until it is cancelled."""

    def __init__(self, feeds: Iterable[Feed], tools: Tools, level: int = logging.WARNING) -> None:
        self._feeds = tuple(feeds)
        self._tools = tools
        self._level = level  # at which failing feeds are logged
        self._health = Health()
        self._hosts: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # one request at a time to each
        self._holds: dict[str, datetime] = {}  # hosts that asked to be left alone until then
        self._publishing = asyncio.Lock()

    async def run(self) -> None:
        """Poll for ever."""
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(self._follow(feed), name=feed.id)
            group.create_task(self._report())

    async def poll(self, feed: Feed, memory: Memory) -> Memory:
        """Poll a feed once, publish what is new, remember it; what is then known of the feed."""
        with metrics.POLL_DURATION.time():
            try:
                after, news = await self._read(feed, memory)
            except (FetchError, NotAFeedError) as error:
                after = self._failed(feed, memory, error)
                await self._in_pool(self._tools.state.remember, feed, after)
                metrics.POLLS.labels(metrics.Outcome.FAILED).inc()
            else:
                await self._hand_over(feed, after, news)
                self._health.succeeded(feed.id)
                metrics.POLLS.labels(metrics.Outcome.FRESH if news else metrics.Outcome.UNCHANGED).inc()
        for state, count in self._health.counts.items():
            metrics.FEEDS.labels(state).set(count)
        return after

    async def _follow(self, feed: Feed) -> None:
        memory = await self._in_pool(self._tools.state.recall, feed)
        while True:
            await _sleep_until_due(feed, memory)
            async with self._hosts[feed.host]:
                hold = self._holds.get(feed.host)
                if hold is not None and _now() < hold:
                    memory = replace(memory, next_due=hold)
                else:
                    memory = await self.poll(feed, memory)

    async def _read(self, feed: Feed, memory: Memory) -> tuple[Memory, Sequence[News]]:
        document = await fetch(self._tools.session, feed.url, memory.validators, _now())
        now = _now()
        after = replace(
            memory,
            validators=document.validators,
            next_due=after_success(now, feed.every, random.random()),  # noqa: S311 - spreads load
            fails=0,
            error=None,
            last_ok=now,
        )
        if document.body is None:
            return after, ()
        body = blake2b(document.body, digest_size=16).hexdigest()
        if body == memory.body:
            return after, ()
        news, truncated = await self._in_pool(self._news, feed, document.body, document.content_type, now)
        if truncated:  # its end is still to come: ask again without the validators of this piece
            after = replace(after, validators=memory.validators, body=memory.body)
        else:
            after = replace(after, body=body)
        return replace(after, last_article=now) if news else after, news

    def _news(self, feed: Feed, body: bytes, content_type: str, now: datetime) -> tuple[Sequence[News], bool]:
        parsed = parse(body, content_type, now)
        if parsed.skipped:
            log.debug("%s: %d items are empty or listed twice", feed.id, parsed.skipped)
        seen = self._tools.state.seen([article_id(feed, item.key) for item in parsed.items])
        return find_news(feed, parsed.items, seen, now), parsed.truncated

    def _failed(self, feed: Feed, memory: Memory, error: FetchError | NotAFeedError) -> Memory:
        failure = error.failure if isinstance(error, FetchError) else Failure(lasting=True)
        now, fails = _now(), memory.fails + 1
        if failure.retry_after:
            self._holds[feed.host] = now + failure.retry_after
        self._health.failed(feed.id, str(error))
        due = after_failure(now, feed.every, fails, failure, random.random())  # noqa: S311 - spreads load
        return replace(memory, next_due=due, fails=fails, error=str(error))

    async def _hand_over(self, feed: Feed, memory: Memory, news: Sequence[News]) -> None:
        if not news:
            await self._in_pool(self._tools.state.remember, feed, memory)
            return
        waiting = f"{len(news)} articles of {feed.id} wait"
        async with self._publishing:  # a flush answers for all messages taken
            await until_taken(lambda: self._in_pool(self._publish, feed, memory, news), waiting)
        metrics.ARTICLES.inc(len(news))
        metrics.LAST_ARTICLE.set_to_current_time()
        log.debug("%s: %d articles", feed.id, len(news))

    def _publish(self, feed: Feed, memory: Memory, news: Sequence[News]) -> None:
        publish(self._tools.producer, [one.article for one in news])
        self._tools.state.remember(feed, memory, news)  # only now: see ingest.state

    async def _report(self) -> None:
        started = _now()
        while True:
            await asyncio.sleep(_REPORT_EVERY)
            first_round = sum(self._health.counts.values()) < len(self._feeds)
            if first_round and _now() - started < _FIRST_ROUND:  # then all that fails is one line
                continue
            for sentence in self._health.news(_now()):
                log.log(self._level, sentence)

    async def _in_pool(self, function: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._tools.pool, function, *arguments)


async def _sleep_until_due(feed: Feed, memory: Memory) -> None:
    """Sleep by the wall clock, which may be set, or run on while the machine sleeps."""
    due = memory.next_due
    while due is not None and (now := _now()) < due:
        due = min(due, latest_due(now, feed.every, memory.fails))
        await asyncio.sleep(min((due - now).total_seconds(), _LOOK_EVERY))


def _now() -> datetime:
    return datetime.now(UTC)
