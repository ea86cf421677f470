"""Workers to start, stop and kill, and what stands in their topics."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from entente import codec, topics
from entente.broker import Record, create_topics, open_consumer, open_producer
from entente.domain import Article
from entente.settings import Settings
from entente.topics import Topic
from processors.stage import ProcessorsStage
from tests.processors import standins
from tests.services.wait import wait_until

ROOT = Path(__file__).parents[2]
STAND_IN = "tests.processors.standins:load"


class Worker:
    """One worker process; its faults happen while the file `faults` exists."""

    def __init__(self, broker: str, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self.faults = folder / "faults"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, again if need be."""
        with (self._folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.processors.work"],
                cwd=self._folder,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "ENTENTE_BROKER": self._broker,
                    standins.FAULTS: str(self.faults),
                },
                stdout=log,
                stderr=log,
            )
        return self

    def end(self, number: signal.Signals) -> int:
        """Send the signal and wait for the end; the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(20)

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has logged since the first start."""
        return (self._folder / "worker.log").read_text(errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.end(signal.SIGKILL)


@contextmanager
def running_stage(broker: str, factory: str = STAND_IN) -> Iterator[ProcessorsStage]:
    """The stage in a thread of this process, once it is ready; stopped in order."""
    stage = ProcessorsStage(Settings.of({"broker": broker}), factory)
    stop, failed = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            stage.run(stop)
        except Exception as error:  # noqa: BLE001 - raised below, in the test's thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until(lambda: stage.ready() is None or failed, "the stage is ready")
        yield stage
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive(), "the stage did not stop within 20 s"
        if failed:
            raise failed[0]


def publish(broker: str, articles: Iterable[Article]) -> None:
    """Put articles into their topic."""
    send(
        broker,
        topics.ARTICLES,
        [
            (codec.key(a), codec.encode(a), codec.headers(topics.ARTICLES, f"{a.id}.{a.version}", "test", a.published))
            for a in articles
        ],
    )


def send(broker: str, topic: Topic, messages: Sequence[tuple[str, bytes, dict[str, str]]]) -> None:
    """Put messages, each of key, value and headers, into a topic."""
    create_topics(broker, topics.ALL)
    with open_producer(broker) as producer:
        for key, value, headers in messages:
            producer.send(topic.name, key, value, headers)


def records(broker: str, topic: str) -> list[Record]:
    """All that stands in a topic now."""
    found: list[Record] = []
    with open_consumer(broker, [topic], f"test-{uuid.uuid4().hex}", lambda _: {}) as consumer:

        def is_read() -> bool:
            found.extend(consumer.poll(0.1, 1000))
            ends = consumer.end_offsets()
            return bool(ends) and all(consumer.positions[place] >= end for place, end in ends.items())

        wait_until(is_read, f"{topic} is read")
    return found


def words(broker: str, topic: Topic) -> list[Any]:
    """The words that stand in a topic now."""
    return [codec.read(topic, record.value, record.headers) for record in records(broker, topic.name)]


def wait_for(broker: str, topic: Topic, count: int, timeout: float = 60.0) -> list[Any]:
    """The words of a topic, once there are so many."""
    found: list[Any] = []

    def are_there() -> bool:
        found[:] = words(broker, topic)
        return len(found) >= count

    wait_until(are_there, f"{count} messages in {topic.name}", timeout)
    return found
