"""Faust on the log in SQLite: outputs, table writes and offsets of an event are written in one transaction.

After a crash an event was handled wholly or not at all, so that tables and outputs never count anything twice.
Only one process may work on a log, which processors/claim.py sees to: there is no group that shares partitions.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from faust.transport import base as stock
from faust.types import TP, ConsumerMessage, RecordMetadata
from mode import Service

from entente.broker.base import Position
from entente.broker.log import Log, Row
from processors.messages import Output
from processors.transport.base import AccountingConsumer, PublishingProducer, Write
from processors.transport.log_consumer import LogConsumer, partition_of

PACE = 0.01  # seconds between commits under load
HOLD = 2000  # rows that wait for their commit before agents must wait too

Result = TypeVar("Result")


class Transport(stock.Transport):
    """The scheme `sqlite`; the URL's path is the log's file."""

    driver_version = f"sqlite={sqlite3.sqlite_version}"

    @cached_property
    def log(self) -> Log:
        """The log, opened when it is first needed."""
        return Log(Path(self.url[0].path))

    @cached_property
    def _calling(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="log-call")

    @cached_property
    def _fetching(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1, thread_name_prefix="log-fetch")

    async def call(self, function: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401
        """Call a function of the log, after those called before."""
        return await asyncio.get_running_loop().run_in_executor(self._calling, partial(function, *arguments))

    async def fetch(self, function: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401
        """Call a function of the log that may wait for news, beside all others."""
        return await asyncio.get_running_loop().run_in_executor(self._fetching, partial(function, *arguments))

    def close(self) -> None:
        """Let go of the log, after what was asked of it is done."""
        self._fetching.shutdown()
        self._calling.shutdown()
        self.log.close()


class Consumer(AccountingConsumer, LogConsumer):
    """Commits as soon as an event with outputs is done; what is done meanwhile goes into the next commit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self._worth_it = asyncio.Event()
        self._committed_at = 0.0
        super().__init__(*args, **kwargs)

    def commit_soon(self) -> None:
        """Do not wait for the commit interval."""
        self._worth_it.set()

    @Service.task
    async def _commit_at_once(self) -> None:
        while not self.should_stop:
            await self._worth_it.wait()
            await self.sleep(max(0.0, self._committed_at + PACE - monotonic()))
            await self.maybe_wait_for_commit_to_finish()  # a commit that is under way does not hold the latest rows
            self._worth_it.clear()
            await self.commit()
            self._committed_at = monotonic()

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        producer = self.app.producer
        commits = {(self.app.conf.id, Position(*tp)): offset for tp, offset in offsets.items()}
        try:
            await self.transport.call(self.transport.log.append, producer.held_below(offsets), commits)
        except Exception as error:
            await self.crash(error)
            raise
        producer.drop_below(offsets)  # not before: the last commit of a stop must not go without them
        return True


class _Held(NamedTuple):
    offset: int
    rows: list[Row]


class Producer(PublishingProducer, stock.Producer):
    """Holds what follows from an event until the event's offset is committed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self._held: dict[TP, deque[_Held]] = {}
        self._rows = 0
        self._counts: dict[str, int] = {}  # partitions of topics
        self._room = asyncio.Event()
        self._room.set()
        super().__init__(*args, **kwargs)

    async def publish(self, message: ConsumerMessage, outputs: Sequence[Output], write: Write | None) -> None:
        """Hold the outputs and table writes for the commit of the message's offset."""
        consumer = self.app.consumer
        rows = [await self._row(output) for output in outputs]
        if consumer.claim(message):  # and nothing is awaited until it is finished
            rows += [_row(change, change.partition or 0) for change in self.changes_of(write)]
            if rows:
                self._held.setdefault(message.tp, deque()).append(_Held(message.offset, rows))
                self._count(len(rows))
                consumer.commit_soon()
            consumer.finish(message)
        await self._room.wait()

    def held_below(self, offsets: Mapping[TP, int]) -> list[Row]:
        """The rows of events below these offsets, in order."""
        return [
            row
            for tp, offset in offsets.items()
            for held in self._held.get(tp, ())
            if held.offset < offset
            for row in held.rows
        ]

    def drop_below(self, offsets: Mapping[TP, int]) -> None:
        """Let go of the rows of events below these offsets."""
        for tp, offset in offsets.items():
            held = self._held.get(tp, deque())
            while held and held[0].offset < offset:
                self._count(-len(held.popleft().rows))

    def forget(self, tps: Sequence[TP]) -> None:
        """Drop rows of events that will be handled again."""
        for tp in tps:
            self._count(-sum(len(held.rows) for held in self._held.pop(tp, ())))

    def _count(self, change: int) -> None:
        self._rows += change
        if self._rows <= HOLD:
            self._room.set()
        else:
            self._room.clear()

    async def _row(self, output: Output) -> Row:
        place = output.partition
        if place is None:
            place = partition_of(output.key, await self._partitions(output.topic))
        return _row(output, place)

    async def _partitions(self, topic: str) -> int:
        if topic not in self._counts:
            self._counts[topic] = await self.transport.call(self.transport.log.partitions, topic)
        return self._counts[topic]

    async def send(  # noqa: PLR0913, PLR0917 - Faust's signature
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        partition: int | None = None,
        timestamp: float | None = None,  # noqa: ARG002 - the log knows when it took a message
        headers: Any = None,  # noqa: ANN401 - Faust's
        **_: Any,  # noqa: ANN401
    ) -> asyncio.Future[RecordMetadata]:
        """Append a message that belongs to no event."""
        text = {name: bytes(content).decode() for name, content in dict(headers or {}).items()}
        row = await self._row(Output(topic, key, value, text, partition))
        return asyncio.ensure_future(self._append(row))

    async def send_and_wait(self, *args: Any, **kwargs: Any) -> RecordMetadata:  # noqa: ANN401 - Faust's
        """Append a message that belongs to no event, and wait until it is safe."""
        return await (await self.send(*args, **kwargs))

    async def _append(self, row: Row) -> RecordMetadata:
        (offset,) = await self.transport.call(self.transport.log.append, [row])
        tp = TP(row.topic, row.partition)
        return RecordMetadata(topic=tp.topic, partition=tp.partition, topic_partition=tp, offset=offset)

    async def on_stop(self) -> None:
        """Let go of the log; Faust stops the producer last."""
        await super().on_stop()
        await asyncio.to_thread(self.transport.close)

    async def flush(self) -> None:
        """Nothing to do: rows of events go with their commit, all others were written when they were sent."""

    async def create_topic(self, topic: str, *_: Any, compacting: bool | None = None, **__: Any) -> None:  # noqa: ANN401
        """Create a topic unless it exists."""
        await self.app.consumer.create_topic(topic, compacting=compacting)

    def key_partition(self, topic: str, key: bytes) -> TP:
        """The partition of a key, in a topic that this producer has sent to, else of one partition."""
        return TP(topic, partition_of(key, self._counts.get(topic, 1)))

    def supports_headers(self) -> bool:
        """The log keeps headers."""
        return True


def _row(output: Output, partition: int) -> Row:
    return Row(output.topic, partition, output.key, output.value, output.headers)


Transport.Consumer = Consumer
Transport.Producer = Producer
