"""Reading articles in processes of their own.

Reading is nearly all the work of this stage, and it is done by native code. In processes of its own it has cores to
itself while the event loop tracks, sends and commits; and an article that crashes it, or never ends, costs a process
and not the worker. Each process has a queue of its own, so that it need not wait for the event loop between articles.
"""

import asyncio
import atexit
import logging
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from pkgutil import resolve_name
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """The process ended, or was ended, while it read this article."""


class ReaderUnavailableError(Exception):
    """No process can be started that reads; no article is to blame."""


class Work(NamedTuple):
    """An article as it stands in its message, and what will come of it."""

    value: bytes | None
    headers: dict[str, str]
    future: "Future[Found]"


class ReadingPool:
    """Some processes that read articles, each one at a time."""

    def __init__(self, factory: str, settings: Settings) -> None:
        """Start `settings.readers` processes and wait until they can read.

        Args:
            factory: `module:function` that makes an Extractor of settings.
            settings: given to the factory.

        Raises:
            Exception: whatever the factory raises.
        """
        self._processes: list[ReadingProcess] = []
        atexit.register(self.close)
        try:
            for _ in range(settings.readers):
                self._processes.append(ReadingProcess(factory, settings))
            for process in self._processes:
                process.wait_until_loaded()
        except BaseException:
            self.close()
            raise

    def submit(self, value: bytes | None, headers: Mapping[str, str]) -> "Future[Found]":
        """Queue an article where fewest wait."""
        work = Work(value, dict(headers), Future())
        min(self._processes, key=ReadingProcess.waiting).submit(work)
        return work.future

    async def result(self, future: "Future[Found]") -> Found:
        """Wait for an article before which no other one is waited for.

        Raises:
            UndecodableMessageError: the message is no article that this program reads.
            ReaderDiedError: the process ended at the article, or did not finish it within DEADLINE.
            ReaderUnavailableError: none can be started.
            Exception: whatever the extractor raised.
        """
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), DEADLINE)
        except TimeoutError as error:
            for process in self._processes:
                process.kill_at(future)
            raise ReaderDiedError(f"not read within {DEADLINE:.0f} s") from error

    def close(self) -> None:
        """End the processes, whatever they do; happens at the end of the program too."""
        atexit.unregister(self.close)
        for process in self._processes:
            process.close()


class ReadingProcess:
    """One process, replaced when it ends; articles queued behind the one at which it ended go to its successor."""

    def __init__(self, factory: str, settings: Settings) -> None:
        self._factory, self._settings = factory, settings
        self._lock = threading.Lock()
        self._pending: deque[Work] = deque()  # in the order in which the process reads them
        self._failure: BaseException | None = None  # why no successor can start
        self._closed = False
        self._start()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")  # not forked: this process has threads
        ours, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, self._factory, self._settings), daemon=True)
        with _heeding_no_signal():
            self._process.start()
        theirs.close()  # so that reading from ours ends when the process does
        self._loaded: Future[None] = Future()
        self._outbox: Outbox = queue.SimpleQueue()
        # Both threads belong to this process; a successor has threads of its own.
        threading.Thread(target=_send, args=(ours, self._outbox), daemon=True).start()
        threading.Thread(target=self._receive, args=(ours, self._outbox, self._loaded), daemon=True).start()

    def wait_until_loaded(self) -> None:
        """Return when the process can read.

        Raises:
            Exception: whatever the factory raised.
        """
        self._loaded.result()

    def waiting(self) -> int:
        """How many articles wait or are being read."""
        return len(self._pending)

    def submit(self, work: Work) -> None:
        """Queue an article."""
        with self._lock:
            self._pending.append(work)
            if self._failure is not None:
                self._give_up(self._failure)
            self._outbox.put(work)

    def kill_at(self, future: "Future[Found]") -> None:
        """End the process if the article is the one that it reads."""
        with self._lock:
            if self._pending and self._pending[0].future is future:
                self._process.kill()

    def close(self) -> None:
        """End the process; what it had not read stays unread."""
        with self._lock:
            self._closed = True
            self._outbox.put(None)
            self._process.kill()

    def _receive(self, pipe: Connection, outbox: "Outbox", loaded: "Future[None]") -> None:
        try:
            _settle(loaded, pipe.recv())
            while True:
                answer = pipe.recv()
                with self._lock:
                    work = self._pending.popleft()
                _settle(work.future, answer)
        except (EOFError, OSError):
            outbox.put(None)
            if not loaded.done():
                _settle(loaded, Answer(error=ReaderUnavailableError("the process ended while it loaded")))
            with self._lock:
                if not self._closed:
                    self._succeed(loaded.exception())

    def _succeed(self, failure: BaseException | None) -> None:
        """Start another process, unless this one did not even load."""
        self._process.kill()
        self._process.join()
        if failure is not None:
            self._give_up(failure)
            return
        log.warning("a process that reads articles ended; starting another one")
        if self._pending:
            _settle(
                self._pending.popleft().future, Answer(error=ReaderDiedError("its process ended while it was read"))
            )
        self._start()
        for work in self._pending:
            self._outbox.put(work)

    def _give_up(self, failure: BaseException) -> None:
        self._failure = failure
        while self._pending:
            error = ReaderUnavailableError(f"no process that reads articles can start: {failure}")
            _settle(self._pending.popleft().future, Answer(error=error))


@atexit.register
def _end_all() -> None:
    """Python would wait for ever, at its end, for one that was just being started then: it heeds no signal."""
    for process in multiprocessing.active_children():
        process.kill()


@contextmanager
def _heeding_no_signal() -> Iterator[None]:
    """For a process that is started meanwhile: signals go to the whole group, and the worker decides when it ends."""
    resource_tracker.ensure_running()  # starting it, as the first process of all does, would end the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Answer(NamedTuple):
    """What a process sends back for each article, and first of all when it can read."""

    result: Found | None = None
    error: BaseException | None = None


Outbox = queue.SimpleQueue[Work | None]  # None ends it


def _send(pipe: Connection, outbox: Outbox) -> None:
    with suppress(OSError):  # the process ended, which the receiving thread sees to
        while (work := outbox.get()) is not None:
            pipe.send((work.value, work.headers))


def _settle(future: "Future[Any]", answer: Answer) -> None:
    if not future.set_running_or_notify_cancel():
        return  # nobody waits for it any more
    if answer.error is not None:
        future.set_exception(answer.error)
    else:
        future.set_result(answer.result)


# --- in the reading process -------------------------------------------------------------------------------------------


def _serve(pipe: Connection, factory: str, settings: Settings) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        extractor: Extractor = resolve_name(factory)(settings)
    except Exception as error:  # noqa: BLE001 - raised where somebody waits for it
        pipe.send(Answer(error=_portable(error)))
        return
    pipe.send(Answer())
    with suppress(EOFError):  # the worker ended
        while True:
            pipe.send(_answer(extractor, *pipe.recv()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _answer(extractor: "Extractor", value: bytes | None, headers: dict[str, str]) -> Answer:
    try:
        return Answer(read(extractor, value, headers))
    except Exception as error:  # noqa: BLE001 - raised where somebody waits for it
        return Answer(error=_portable(error))


def _portable(error: Exception) -> Exception:
    """The error, as far as it can be sent, with the place where it was raised."""
    place = traceback.format_exc()
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - an error class may fail in any way
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(place)
    return error


def read(extractor: "Extractor", value: bytes | None, headers: dict[str, str]) -> Found:
    """Read an article as it stands in its message.

    Raises:
        UndecodableMessageError: the message is no article that this program reads.
        Exception: whatever the extractor raises.
    """
    article: Article = codec.read(ARTICLES, value, headers)
    start = perf_counter()
    reading = extractor.read(article)
    seconds = perf_counter() - start
    return Found(
        messages.of_article(article, reading.mentions, reading.statements),
        bool(reading.mentions),
        [statement.type for statement in reading.statements],
        article.published,
        seconds,
    )
