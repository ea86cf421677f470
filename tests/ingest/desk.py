"""A poller with all it needs, on the SQLite log."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from entente import codec, topics
from entente.broker import Position, Producer, create_topics, open_producer
from entente.broker.log import Log
from entente.domain import Article
from ingest.feeds import Feed
from ingest.fetch import open_session
from ingest.guard import Guard
from ingest.poller import Poller, Tools
from ingest.state import State
from tests.ingest.farm import Farm

Result = TypeVar("Result")


def feed(url: str, feed_id: str = "hilltop", every: float = 0.05) -> Feed:
    """A feed at this address, polled every so many seconds."""
    return Feed(feed_id, "The Hilltop Daily", url, "IN", "en", timedelta(seconds=every))


def published(broker: str) -> list[Article]:
    """All articles in the topic, in order."""
    log = Log(Path(broker.removeprefix("sqlite:///")))
    try:
        position = Position(topics.ARTICLES.name, 0)
        records = log.read(position, log.first_offset(position), 100_000)
    finally:
        log.close()
    return [codec.read(topics.ARTICLES, record.value, record.headers) for record in records]


class Desk:
    """Files in a folder, and pollers on them."""

    def __init__(self, folder: Path, farm: Farm) -> None:
        self.broker = f"sqlite:///{folder}/log.db"
        self.state_file = folder / "feeds.db"
        self._farm = farm
        create_topics(self.broker, topics.ALL)

    def run(
        self,
        work: Callable[[Poller, State], Awaitable[Result]],
        *feeds: Feed,
        wrap: Callable[[Producer], Producer] = lambda producer: producer,
    ) -> Result:
        """Give work a poller of these feeds and its state, opened anew as after a restart."""

        async def main() -> Result:
            state, producer = State(self.state_file), open_producer(self.broker)
            with ThreadPoolExecutor(2) as pool:
                async with open_session(Guard(endpoints=[self._farm.endpoint]), "entente-test") as session:
                    result = await work(Poller(feeds, Tools(session, state, wrap(producer), pool)), state)
            producer.close()
            state.close()
            return result

        return asyncio.run(asyncio.wait_for(main(), 30))

    def poll(self, *feeds: Feed) -> None:
        """Poll each once."""

        async def once(poller: Poller, state: State) -> None:
            for one in feeds:
                await poller.poll(one, state.recall(one))

        self.run(once)

    def follow(self, seconds: float, *feeds: Feed) -> None:
        """Follow feeds for a while."""

        async def for_a_while(poller: Poller, _: State) -> None:
            try:
                await asyncio.wait_for(poller.run(), seconds)
            except TimeoutError:
                return

        self.run(for_a_while, *feeds)

    def articles(self) -> list[Article]:
        """What was published."""
        return published(self.broker)
