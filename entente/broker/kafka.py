"""Producer and consumer on Apache Kafka."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import kafka
from kafka.errors import RetriableError

from entente.broker.base import FindOffsets, Position, Record, check_size, start_at
from entente.broker.kafka_cluster import (
    MAX_BATCH_BYTES,
    REACH_WITHIN,
    check_topics,
    milliseconds,
    no_such_topic,
    reach,
    told,
    where,
)
from entente.errors import BrokerError

DELIVER_WITHIN = 30.0  # seconds after which a message that the broker did not acknowledge has failed
SESSION = 10.0  # seconds after which the partitions of a consumer that died go to the others
SHOW_EVERY = 5.0  # seconds between commits of positions to the group, which only show the lag to Kafka's own tools
ASK_WITHIN = 5.0  # seconds for a question that can be asked again

_AGAIN_AFTER = 0.1  # seconds
_LEAST = 0.01  # seconds that kafka-python needs in one call to get anywhere with joining a group
_LOOK_EVERY = 0.25  # seconds between looks for partitions that were assigned while waiting for messages


class KafkaProducer:
    """Sends messages, idempotent and acknowledged by all replicas in sync. Can be used by several threads."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = servers
        self._known: set[str] = set()  # topics
        self._sent: list[Any] = []  # futures since the last flush
        self._lock = threading.Lock()
        reach(servers)
        with told(servers):
            self._producer = kafka.KafkaProducer(
                bootstrap_servers=list(servers),
                bootstrap_timeout_ms=milliseconds(REACH_WITHIN),
                acks="all",
                enable_idempotence=True,
                linger_ms=5,
                batch_size=262_144,
                max_request_size=MAX_BATCH_BYTES,
                max_block_ms=milliseconds(REACH_WITHIN),
                request_timeout_ms=milliseconds(DELIVER_WITHIN / 3),
                delivery_timeout_ms=milliseconds(DELIVER_WITHIN),
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
            )

    def send(self, topic: str, key: str | None, value: bytes, headers: Mapping[str, str]) -> None:
        """Take a message for sending; it is only safe after `flush`.

        Raises:
            BrokerError: the topic does not exist, or the message is too large.
        """
        if topic not in self._known:
            check_topics(self._servers, [topic])
            self._known.add(topic)
        key_bytes = None if key is None else key.encode()
        check_size(topic, key_bytes, value, headers)
        with told(self._servers), self._lock:
            self._sent.append(
                self._producer.send(
                    topic, value, key_bytes, headers=[(name, text.encode()) for name, text in headers.items()]
                )
            )

    def flush(self) -> None:
        """Return when the broker has acknowledged all messages taken.

        Raises:
            BrokerError: it did not acknowledge one of them; all since the last flush may have to be sent again.
        """
        with self._lock:
            sent, self._sent = self._sent, []
        with told(self._servers):
            self._producer.flush(timeout=2 * DELIVER_WITHIN)
        failed = [future.exception for future in sent if future.failed()]
        if failed:
            raise BrokerError(
                f"{where(self._servers)} did not acknowledge {len(failed)} of {len(sent)} messages: "
                f"{type(failed[0]).__name__}: {failed[0]}"
            ) from failed[0]

    def close(self) -> None:
        """Flush, then let go of the broker."""
        try:
            self.flush()
        finally:
            self._producer.close(timeout=ASK_WITHIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class KafkaConsumer:
    """One member of a group, which shares the partitions among its members. Use it in one thread."""

    def __init__(self, servers: Sequence[str], topics: Sequence[str], group: str, find_offsets: FindOffsets) -> None:
        self._servers = servers
        self._find_offsets = find_offsets
        self._positions: dict[Position, int] = {}
        self._ends: dict[Position, int] = {}
        self._shown = time.monotonic()
        self._partitions = _Partitions(self._rejoin)
        reach(servers)
        with told(servers):
            self._consumer = kafka.KafkaConsumer(
                bootstrap_servers=list(servers),
                bootstrap_timeout_ms=milliseconds(REACH_WITHIN),
                group_id=group,
                auto_offset_reset="earliest",
                enable_auto_commit=False,
                session_timeout_ms=milliseconds(SESSION),
                max_partition_fetch_bytes=MAX_BATCH_BYTES,
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
            )
            self._consumer.subscribe(topics=list(topics), listener=self._partitions)
            # Known before the first join: else the first member shares out no partitions, and then all join again.
            existing = self._consumer.topics()
        for topic in topics:
            if topic not in existing:
                self.close()
                raise no_such_topic(servers, topic)

    def poll(self, timeout: float, limit: int) -> Sequence[Record]:
        """Up to `limit` next messages, waiting up to `timeout` seconds for the first.

        What earlier calls returned is taken to be dealt with.

        Raises:
            BrokerError: the broker refuses; a broker that is merely away is waited for.
        """
        self._show_positions()
        deadline = time.monotonic() + timeout
        while True:
            left = min(max(_LEAST, deadline - time.monotonic()), _LOOK_EVERY)
            try:
                with told(self._servers):
                    records = self._fetch(left, limit)
            except BrokerError as error:
                if not isinstance(error.__cause__, RetriableError):
                    raise
                records = []
                time.sleep(min(left, _AGAIN_AFTER))
            if records or time.monotonic() >= deadline:
                return records

    @property
    def positions(self) -> Mapping[Position, int]:
        """For each partition now read by this consumer, the offset that comes next."""
        owned = self._partitions.started()
        return {place: offset for place, offset in self._positions.items() if place in owned}

    def end_offsets(self) -> Mapping[Position, int]:
        """For each partition now read, the offset behind the last message; the last one known if the broker is away.

        Raises:
            BrokerError: the broker refuses.
        """
        places = list(self.positions)
        try:
            with told(self._servers):
                self._ends.update(_places(self._consumer.end_offsets([*map(_plain, places)], milliseconds(ASK_WITHIN))))
        except BrokerError as error:
            if not isinstance(error.__cause__, RetriableError):
                raise
        return {place: self._ends[place] for place in places if place in self._ends}

    def seek(self, position: Position, offset: int) -> None:
        """Read on from this offset.

        Raises:
            KeyError: this consumer does not read that partition now.
        """
        if position not in self.positions:
            raise KeyError(position)
        self._seek(position, offset)

    def close(self) -> None:
        """Leave the group and let go of the broker."""
        with told(self._servers):
            self._consumer.close(autocommit=False, timeout_ms=milliseconds(ASK_WITHIN))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fetch(self, timeout: float, limit: int) -> list[Record]:
        self._start_fresh()
        batches = self._consumer.poll(timeout_ms=milliseconds(timeout), max_records=limit)
        # Messages of a partition that was assigned in this very call are from where the group's committed offset
        # stands, not from where the reader does: they come again. If starting fails, nothing of the other batches is
        # lost either: a rebalance assigns all partitions anew.
        fresh = self._start_fresh()
        records = [_record(found) for batch in batches.values() for found in batch]
        records = [record for record in records if record.position not in fresh]
        for record in records:
            self._positions[record.position] = record.offset + 1
        return records

    def _start_fresh(self) -> frozenset[Position]:
        fresh = self._partitions.take()
        try:
            if fresh:
                self._start(sorted(fresh))
        except BaseException:
            self._partitions.put_back(fresh)
            raise
        return fresh

    def _start(self, places: Sequence[Position]) -> None:
        asked = [_plain(place) for place in places]
        first = _places(self._consumer.beginning_offsets(asked, milliseconds(ASK_WITHIN)))
        end = _places(self._consumer.end_offsets(asked, milliseconds(ASK_WITHIN)))
        stored = self._find_offsets(places)
        self._ends.update(end)
        for place in places:
            self._seek(place, start_at(place, stored.get(place), first[place], end[place]))

    def _seek(self, place: Position, offset: int) -> None:
        try:
            self._consumer.seek(_plain(place), offset)
        except ValueError:  # taken away in this moment; when it comes back, it is started again
            return
        self._positions[place] = offset

    def _rejoin(self) -> None:
        # kafka-python 3.0.12 forgets why it joins when the partitions of a topic changed and a poll ends before the
        # join does; it then neither completes it nor sends heartbeats, for ever. This makes it remember.
        self._consumer._coordinator.request_rejoin()  # noqa: SLF001 - there is no public way

    def _show_positions(self) -> None:
        if time.monotonic() - self._shown < SHOW_EVERY:
            return
        self._shown = time.monotonic()
        offsets = {_plain(p): kafka.OffsetAndMetadata(offset, "", -1) for p, offset in self.positions.items()}
        if offsets:
            self._consumer.commit_async(offsets)  # failing does no harm


class _Partitions(kafka.ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Which partitions this member has. Called in kafka-python's own thread, so it only takes notes."""

    def __init__(self, rejoin: Callable[[], None]) -> None:
        self._rejoin = rejoin
        self._lock = threading.Lock()
        self._owned: frozenset[Position] = frozenset()
        self._fresh: frozenset[Position] = frozenset()  # assigned, but not yet read from where the reader stands

    def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ANN401 - a set of the library's named tuples
        with self._lock:
            self._owned |= {Position(*partition) for partition in assigned}
            self._fresh |= {Position(*partition) for partition in assigned}

    def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ANN401 - as above
        with self._lock:
            self._owned -= {Position(*partition) for partition in revoked}
            self._fresh &= self._owned
        self._rejoin()  # this is called before each join, also when there is nothing to give up

    def take(self) -> frozenset[Position]:
        """The partitions to start reading, given once."""
        with self._lock:
            fresh, self._fresh = self._fresh, frozenset()
            return fresh

    def put_back(self, fresh: frozenset[Position]) -> None:
        """Starting failed: let it be tried again."""
        with self._lock:
            self._fresh |= fresh & self._owned

    def started(self) -> frozenset[Position]:
        """The partitions that are being read."""
        with self._lock:
            return self._owned - self._fresh


def _record(found: Any) -> Record:  # noqa: ANN401 - a record of the library, which has no types
    return Record(
        found.topic,
        found.partition,
        found.offset,
        found.key,
        found.value,
        {name: (text or b"").decode(errors="replace") for name, text in found.headers},
        datetime.fromtimestamp(found.timestamp / 1000, UTC),
    )


def _plain(place: Position) -> Any:  # noqa: ANN401 - the library has no types
    return kafka.TopicPartition(*place)


def _places(offsets: Mapping[Any, int]) -> dict[Position, int]:
    return {Position(*partition): offset for partition, offset in offsets.items()}
