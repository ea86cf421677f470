"""Faust on the log in SQLite: outputs, table writes and offsets of an event are written in one transaction.

After a crash an event was handled wholly or not at all, so that tables and outputs never count anything twice.
Only one process may work on a log: there is no group that shares partitions.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from time import monotonic, time
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

from faust.assignor.client_assignment import ClientAssignment
from faust.transport import base as stock
from faust.types import TP, ConsumerMessage, RecordMetadata
from mode import Service

from entente.broker.base import Position, Record
from entente.broker.log import Log, Row
from processors.messages import Output
from processors.transport.base import AccountingConsumer, PublishingProducer, Write

FETCH = 100  # messages of a partition that one fetch brings
PATIENCE = 0.5  # seconds that a fetch blocks its thread, and so the longest that a stop waits for it
PACE = 0.02  # seconds between commits under load
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
    def writing(self) -> ThreadPoolExecutor:
        """One thread, so that writes and what must see them are done in order."""
        return ThreadPoolExecutor(1, thread_name_prefix="log-write")

    @cached_property
    def reading(self) -> ThreadPoolExecutor:
        """One thread, which also waits for news."""
        return ThreadPoolExecutor(1, thread_name_prefix="log-read")

    async def write(self, function: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401
        """Call a function of the log in the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self.writing, partial(function, *arguments))

    async def read(self, function: Callable[..., Result], *arguments: Any) -> Result:  # noqa: ANN401
        """Call a function of the log in the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self.reading, partial(function, *arguments))

    def close(self) -> None:
        """Let go of the log, after what was asked of it is done."""
        self.reading.shutdown()
        self.writing.shutdown()
        self.log.close()


class _LogConsumer(stock.Consumer):
    """What Faust asks of a consumer, answered from the log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self._assigned: set[TP] = set()
        self._at: dict[TP, int] = {}  # the offset that is fetched next
        self._ends: dict[TP, int] = {}  # the offset behind the last message, as the last fetch saw it
        self._version = 0  # of the log, when it was last looked at
        super().__init__(*args, **kwargs)

    # --- assignment: a group of one, which gets everything --------------------------------------------------------

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Take all partitions of these topics."""
        # Not here and now: Faust's callbacks wait for this very call to return.
        self.add_future(self._assign(sorted(set(topics))))

    async def _assign(self, topics: Sequence[str]) -> None:
        app = self.app
        app.on_rebalance_start()
        await self.on_partitions_revoked(set(self._assigned))
        counts = await self.transport.read(self._count_partitions, topics)
        self._assigned = {TP(topic, number) for topic, count in counts.items() for number in range(count)}
        self._at = dict(await self.earliest_offsets(*self._assigned))
        await self.seek_to_committed()  # Faust may fetch before it seeks
        actives = {topic: list(range(count)) for topic, count in counts.items()}
        app.assignor._assignment = ClientAssignment(actives=actives, standbys={})  # noqa: SLF001 - no other way
        app.consumer_generation_id += 1
        await self.on_partitions_assigned(set(self._assigned), app.consumer_generation_id)

    def _count_partitions(self, topics: Sequence[str]) -> dict[str, int]:
        return {topic: self.transport.log.partitions(topic) for topic in topics}

    def assignment(self) -> set[TP]:
        """All partitions of all subscribed topics."""
        return self._assigned

    def topic_partitions(self, topic: str) -> int | None:
        """How many partitions a subscribed topic has."""
        return sum(tp.topic == topic for tp in self._assigned) or None

    # --- fetching -------------------------------------------------------------------------------------------------

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Record]]:
        generation = self.app.consumer_generation_id
        wanted = {tp: self._at[tp] for tp in active_partitions or () if tp in self._at}
        records, ends, version = await self.transport.read(self._fetch, wanted, self._version, min(timeout, PATIENCE))
        if not self.flow_active or generation != self.app.consumer_generation_id:
            return {}
        self._version = version
        self._ends.update(ends)
        records = {tp: found for tp, found in records.items() if self._at.get(tp) == wanted[tp]}  # not sought meanwhile
        self._at.update((tp, found[-1].offset + 1) for tp, found in records.items())
        return records

    def _fetch(
        self, wanted: Mapping[TP, int], version: int, timeout: float
    ) -> tuple[dict[TP, list[Record]], dict[TP, int], int]:
        """What stands at these offsets, else what comes there within the timeout."""
        log = self.transport.log
        records = self._look(wanted)
        if not records:
            version = log.wait(version, timeout)
            records = self._look(wanted)
        return records, {tp: log.next_offset(Position(*tp)) for tp in records}, version

    def _look(self, wanted: Mapping[TP, int]) -> dict[TP, list[Record]]:
        found = {tp: self.transport.log.read(Position(*tp), offset, FETCH) for tp, offset in wanted.items()}
        return {tp: records for tp, records in found.items() if records}

    def _to_message(self, tp: TP, record: Record) -> ConsumerMessage:
        return ConsumerMessage(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            timestamp=record.timestamp.timestamp() if record.timestamp else time(),
            timestamp_type=1,  # when the log took it
            headers=[(name, value.encode()) for name, value in record.headers.items()],
            key=record.key,
            value=record.value,
            checksum=None,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    # --- positions ------------------------------------------------------------------------------------------------

    async def position(self, tp: TP) -> int | None:
        """The offset that is fetched next."""
        return self._at.get(tp)

    async def _seek(self, partition: TP, offset: int) -> None:
        self._at[partition] = offset

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """Fetch from these offsets next."""
        for tp, offset in partitions.items():
            self._at[tp] = offset
            if offset:
                self._read_offset[tp] = offset
            else:
                self._read_offset.pop(tp, None)

    async def seek_to_beginning(self, *partitions: TP) -> None:
        """Fetch from the first messages that the log still has."""
        await self.seek_wait(await self.earliest_offsets(*partitions))

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Fetch from the committed offsets next; those of changelogs are Faust's to choose."""
        committed = await self.transport.write(self.transport.log.committed, self.app.conf.id)
        sought = {TP(*position): offset for position, offset in committed.items() if TP(*position) in self._assigned}
        self._at.update(sought)
        return sought

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The offsets of the first messages that the log still has."""
        return await self.transport.read(self._each, self.transport.log.first_offset, partitions)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """The offsets behind the last messages."""
        return await self.transport.read(self._each, self.transport.log.next_offset, partitions)

    @staticmethod
    def _each(function: Callable[[Position], int], partitions: Sequence[TP]) -> dict[TP, int]:
        return {tp: function(Position(*tp)) for tp in partitions}

    def highwater(self, tp: TP) -> int:
        """The offset behind the last message, as the last fetch saw it."""
        return self._ends.get(tp, 0)

    # --- the rest -------------------------------------------------------------------------------------------------

    async def create_topic(self, topic: str, *_: Any, compacting: bool | None = None, **__: Any) -> None:  # noqa: ANN401
        """Create a topic unless it exists; in the log every topic has one partition."""
        await self.transport.write(partial(self.transport.log.create, topic, compact=bool(compacting)))

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """The partition of a key."""
        return partition if partition is not None else _partition(key, self.topic_partitions(topic) or 1)

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


class Consumer(AccountingConsumer, _LogConsumer):
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
        rows = self.app.producer.take(offsets)
        commits = {(self.app.conf.id, Position(*tp)): offset for tp, offset in offsets.items()}
        try:
            await self.transport.write(self.transport.log.append, rows, commits)
        except Exception as error:
            await self.crash(error)
            raise
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

    def take(self, offsets: Mapping[TP, int]) -> list[Row]:
        """Give away, in order, the rows of events below these offsets."""
        rows: list[Row] = []
        for tp, offset in offsets.items():
            held = self._held.get(tp, deque())
            while held and held[0].offset < offset:
                rows += held.popleft().rows
        self._count(-len(rows))
        return rows

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
            place = _partition(output.key, await self._partitions(output.topic))
        return _row(output, place)

    async def _partitions(self, topic: str) -> int:
        if topic not in self._counts:
            self._counts[topic] = await self.transport.read(self.transport.log.partitions, topic)
        return self._counts[topic]

    async def send(  # noqa: PLR0913 - Faust's signature
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
        (offset,) = await self.transport.write(self.transport.log.append, [row])
        tp = TP(row.topic, row.partition)
        return RecordMetadata(topic=tp.topic, partition=tp.partition, topic_partition=tp, offset=offset)

    async def flush(self) -> None:
        """Nothing to do: rows of events go with their commit, all others were written when they were sent."""

    async def create_topic(self, topic: str, *_: Any, compacting: bool | None = None, **__: Any) -> None:  # noqa: ANN401
        """Create a topic unless it exists."""
        await self.app.consumer.create_topic(topic, compacting=compacting)

    def key_partition(self, topic: str, key: bytes) -> TP:
        """The partition of a key, in a topic that this producer has sent to, else of one partition."""
        return TP(topic, _partition(key, self._counts.get(topic, 1)))

    def supports_headers(self) -> bool:
        """The log keeps headers."""
        return True


def _row(output: Output, partition: int) -> Row:
    return Row(output.topic, partition, output.key, output.value, output.headers)


def _partition(key: bytes | None, count: int) -> int:
    return crc32(key or b"") % count


Transport.Consumer = Consumer
Transport.Producer = Producer
