"""Reading articles in a process of its own.

Reading is nearly all the work of this stage, and it is done by native code. In a process of its own it has a core to
itself while the event loop tracks, sends and commits on another; and an article that crashes it, or never ends, costs
that process and not the worker.
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from pkgutil import resolve_name
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from entente import codec
from entente.domain import Article, StatementType
from entente.settings import Settings
from entente.topics import ARTICLES
from processors import messages
from processors.messages import Output

if TYPE_CHECKING:  # the parser is loaded in the reading process only
    from processors.extraction.extract import Extractor

log = logging.getLogger(__name__)

DEADLINE = 120.0  # seconds for one article


class Found(NamedTuple):
    """What came of an article."""

    outputs: list[Output]
    relevant: bool  # somebody watched is named
    types: list[StatementType]  # of its statements
    published: datetime
    seconds: float  # that reading took


class ReaderDiedError(Exception):
    """The reading process ended before an article was read; that article or one before it may be the cause."""


class ReadingProcess:
    """Reads articles in the order in which they are given, one at a time."""

    def __init__(self, factory: str, settings: Settings) -> None:
        """Start the process and wait until it can read.

        Args:
            factory: `module:function` that makes an Extractor of settings.
            settings: given to the factory.

        Raises:
            Exception: whatever the factory raises.
        """
        self._factory, self._settings = factory, settings
        self._start().result()

    def _start(self) -> "Future[None]":
        others = multiprocessing.active_children()
        # Spawned, not forked: this process has threads.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(1, spawn, _load, (self._factory, self._settings))
        loaded = self._pool.submit(_confirm)
        self._children = [child for child in multiprocessing.active_children() if child not in others]
        return loaded

    def submit(self, value: bytes | None, headers: Mapping[str, str]) -> "Future[Found]":
        """Queue an article as it stands in its message."""
        try:
            return self._pool.submit(_read, value, dict(headers))
        except BrokenProcessPool:
            self._replace()
            return self._pool.submit(_read, value, dict(headers))

    async def result(self, future: "Future[Found]") -> Found:
        """Wait for the article that is first in the queue.

        Raises:
            UndecodableMessageError: the message is no article that this program reads.
            ReaderDiedError: the process ended, or did not finish the article within DEADLINE.
            Exception: whatever the extractor raised.
        """
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), DEADLINE)
        except TimeoutError as error:
            self._replace()
            raise ReaderDiedError(f"not read within {DEADLINE:.0f} s") from error
        except BrokenProcessPool as error:
            raise ReaderDiedError(str(error)) from error

    def close(self) -> None:
        """End the process, whatever it does."""
        self._kill()
        self._pool.shutdown(cancel_futures=True)

    def _replace(self) -> None:
        log.warning("the process that reads articles ended or hangs; starting another one")
        self._kill()
        self._pool.shutdown(wait=False)
        self._start()

    def _kill(self) -> None:
        for child in self._children:
            with suppress(ValueError):  # it has ended, and was cleared away
                child.kill()


# --- in the reading process -------------------------------------------------------------------------------------------

_extractor: "Extractor | None" = None
_failure: Exception | None = None


def _load(factory: str, settings: Settings) -> None:
    global _extractor, _failure  # noqa: PLW0603 - the state of this process
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group; the worker decides when this process ends
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _extractor = resolve_name(factory)(settings)
    except Exception as error:  # noqa: BLE001 - raised where somebody waits for it
        _failure = error


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _confirm() -> None:
    if _failure is not None:
        raise _failure


def _read(value: bytes | None, headers: dict[str, str]) -> Found:
    if _extractor is None:
        raise _failure or RuntimeError("nothing is loaded")
    article: Article = codec.read(ARTICLES, value, headers)
    start = perf_counter()
    reading = _extractor.read(article)
    seconds = perf_counter() - start
    return Found(
        messages.of_article(article, reading.mentions, reading.statements),
        bool(reading.mentions),
        [statement.type for statement in reading.statements],
        article.published,
        seconds,
    )
