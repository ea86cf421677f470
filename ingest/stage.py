"""The stage ingest as the program runs it."""

import asyncio
import logging
import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack

from entente import topics
from entente.addresses import networks
from entente.broker import Producer, create_topics, open_producer
from entente.broker.sqlite import path_of
from entente.errors import BrokerError
from entente.settings import Settings
from ingest import feeds, metrics
from ingest.demo.newsroom import Newsroom, load_articles
from ingest.fetch import open_session
from ingest.guard import Endpoint, Guard
from ingest.poller import Poller, Tools
from ingest.publish import until_taken
from ingest.state import State

log = logging.getLogger(__name__)

_TICK = 0.1  # seconds
_HANGS_AFTER = 30.0  # seconds without a tick
_THREADS = 4


def create(settings: Settings) -> "IngestStage":
    """The stage, with its feeds and settings checked.

    Raises:
        InputError: a feed, or an article of the demo, is not as it must be.
        SettingsError: a setting is unusable.
    """
    return IngestStage(settings)


class IngestStage:
    """Polls the feeds of the settings, and in a demo the newsroom's, in an event loop of its own."""

    name = "ingest"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._feeds = feeds.configured(settings)
        self._allowed = networks(settings.allow_private)
        self._newsroom = Newsroom(load_articles()) if settings.demo else None
        self._state = State(path_of(settings.feed_state))
        self._tick = time.monotonic()
        self._waits_for: str | None = "start"

    def run(self, stop: threading.Event) -> None:
        """Poll until `stop` is set; what is being published by then is finished."""
        pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="ingest")
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(self._main(stop, pool))
        finally:
            loop.close()  # leaves behind threads that hang in name resolution, which asyncio.run would wait for
            pool.shutdown()
            self._state.close()

    def live(self) -> str | None:
        """None while the loop runs."""
        silent = time.monotonic() - self._tick
        return f"no sign of life for {silent:.0f} s" if silent > _HANGS_AFTER else None

    def ready(self) -> str | None:
        """None once the feeds are polled."""
        return self._waits_for and f"waits for {self._waits_for}"

    async def _main(self, stop: threading.Event, pool: Executor) -> None:
        work = asyncio.ensure_future(self._work(pool))
        while not stop.is_set() and not work.done():
            self._tick = time.monotonic()
            await asyncio.sleep(_TICK)
        work.cancel()
        try:
            await work
        except asyncio.CancelledError:
            log.debug("stopped polling")

    async def _work(self, pool: Executor) -> None:
        self._waits_for = "the broker"
        producer = await self._open_producer(pool)
        async with AsyncExitStack() as stack:
            stack.callback(_close, producer)
            stack.callback(pool.shutdown)  # before that: a thread may still publish
            polled = self._feeds
            own: list[Endpoint] = []
            if self._newsroom is not None:
                await self._newsroom.start()
                stack.push_async_callback(self._newsroom.close)
                polled += self._newsroom.feeds
                own.append(self._newsroom.endpoint)
            guard = Guard(self._allowed, own)
            session = await stack.enter_async_context(open_session(guard, self._settings.user_agent))
            level = logging.INFO if self._settings.demo else logging.WARNING  # a demo needs no network
            last = self._state.last_article()
            metrics.LAST_ARTICLE.set(last.timestamp() if last else 0)
            log.info("polling %d feeds", len(polled))
            self._waits_for = None
            await Poller(polled, Tools(session, self._state, producer, pool), level).run()

    async def _open_producer(self, pool: Executor) -> Producer:
        def attempt() -> Producer:
            create_topics(self._settings.broker, topics.ALL)
            return open_producer(self._settings.broker)

        loop = asyncio.get_running_loop()
        return await until_taken(lambda: loop.run_in_executor(pool, attempt), "waiting")


def _close(producer: Producer) -> None:
    try:
        producer.close()
    except BrokerError as error:  # nothing is lost: what is not acknowledged is not remembered as published
        log.warning("left a broker that does not answer: %s", error)
