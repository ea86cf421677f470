"""Articles to the topic `articles`: what `publish` returns from is safe with the broker."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from entente import codec
from entente.broker import Producer
from entente.domain import Article
from entente.errors import BrokerError
from entente.topics import ARTICLES

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_WAIT, _WAIT_AT_MOST = 0.5, 30.0  # seconds


def publish(producer: Producer, articles: Iterable[Article]) -> None:
    """Send these articles and wait until the broker has acknowledged them all.

    Raises:
        BrokerError: some may not be safe; send all of them again.
    """
    for article in articles:
        word_id = f"{article.id}.{article.version}"
        headers = codec.headers(ARTICLES, word_id, "ingest", article.fetched or article.published)
        producer.send(ARTICLES.name, codec.key(article), codec.encode(article), headers)
    producer.flush()


async def until_taken(attempt: Callable[[], Awaitable[Result]], waiting: str) -> Result:
    """What the attempt returns, made again and again while the broker is away or refuses.

    Args:
        attempt: raises BrokerError where it fails.
        waiting: who waits, for the log.
    """
    wait = _WAIT
    while True:
        try:
            return await attempt()
        except BrokerError as error:
            log.warning("%s for the broker: %s", waiting, error)
            await asyncio.sleep(wait)
            wait = min(_WAIT_AT_MOST, wait * 2)
