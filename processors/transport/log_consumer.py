"""What Faust asks of a consumer, answered from the log in SQLite by a group of one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import time
from typing import Any
from zlib import crc32

from faust.assignor.client_assignment import ClientAssignment
from faust.transport.consumer import Consumer
from faust.types import TP, ConsumerMessage

from entente.broker.base import Position, Record

FETCH = 100  # messages of a partition that one fetch brings
PATIENCE = 0.5  # seconds that a fetch blocks its thread, and so the longest that a stop waits for it


class LogConsumer(Consumer):
    """Takes all partitions of the topics, and fetches from them in turn."""

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
        counts = await self.transport.call(self._count_partitions, topics)
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

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Record]]:  # noqa: ASYNC109 - Faust's
        generation = self.app.consumer_generation_id
        wanted = {tp: self._at[tp] for tp in active_partitions or () if tp in self._at}
        records, ends, version = await self.transport.fetch(self._fetch, wanted, self._version, min(timeout, PATIENCE))
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
        committed = await self.transport.call(self.transport.log.committed, self.app.conf.id)
        sought = {TP(*position): offset for position, offset in committed.items() if TP(*position) in self._assigned}
        self._at.update(sought)
        return sought

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        """The offsets of the first messages that the log still has."""
        return await self.transport.call(self._each, self.transport.log.first_offset, partitions)

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        """The offsets behind the last messages."""
        return await self.transport.call(self._each, self.transport.log.next_offset, partitions)

    @staticmethod
    def _each(function: Callable[[Position], int], partitions: Sequence[TP]) -> dict[TP, int]:
        return {tp: function(Position(*tp)) for tp in partitions}

    def highwater(self, tp: TP) -> int:
        """The offset behind the last message, as the last fetch saw it."""
        return self._ends.get(tp, 0)

    # --- the rest -------------------------------------------------------------------------------------------------

    async def create_topic(self, topic: str, *_: Any, compacting: bool | None = None, **__: Any) -> None:  # noqa: ANN401
        """Create a topic unless it exists; in the log every topic has one partition."""
        await self.transport.call(partial(self.transport.log.create, topic, compact=bool(compacting)))

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        """The partition of a key."""
        return partition if partition is not None else partition_of(key, self.topic_partitions(topic) or 1)

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


def partition_of(key: bytes | None, count: int) -> int:
    """The partition of a key among so many."""
    return crc32(key or b"") % count
