"""From the topics into the archive: what a batch of messages does, and the offsets behind it, in one transaction."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from entente import codec, deadletters
from entente.broker import Position, Producer, Record
from entente.domain import ActorMentions, Shift
from entente.errors import UndecodableMessageError
from entente.packs import Actors
from entente.topics import BY_NAME, DEADLETTERS
from sinks import metrics
from sinks.alerts.announce import Announcement, announcements
from sinks.alerts.subscriptions import Subscription
from sinks.archive import outbox, store
from sinks.archive.database import is_bad_data
from sinks.archive.store import Arrival

PLACE = "archive"  # as dead letters name it

log = logging.getLogger(__name__)


class Archiver:
    """Takes messages, in the order of each partition, exactly once each.

    Whoever dies in the middle of a batch has done nothing of it. An owner that does not know yet that it lost its
    partitions finds the offsets moved on, and does nothing either.
    """

    def __init__(
        self, engine: Engine, producer: Producer, subscriptions: Sequence[Subscription], actors: Actors
    ) -> None:
        self._engine = engine
        self._producer = producer
        self._subscriptions = subscriptions
        self._channels = {s.id: tuple(config.name for config in s.channels) for s in subscriptions}
        self._actors = actors
        self._started: dict[Position, int] = {}
        self._buried: set[tuple[Position, int]] = set()

    def find_offsets(self, positions: Sequence[Position]) -> Mapping[Position, int]:
        """Where to read on."""
        with self._engine.begin() as connection:
            stored = store.stored_positions(connection)
        self._started.update({position: stored.get(position, 0) for position in positions})
        return {position: stored[position] for position in positions if position in stored}

    def take(self, records: Sequence[Record]) -> int:
        """Archive a batch; how many alerts it brought. What cannot be read goes to the dead letters.

        When it raises, nothing was done but for dead letters, and the same batch can be taken again.

        Raises:
            BrokerError: a dead letter could not be sent.
            sqlalchemy.exc.SQLAlchemyError: the database is away.
        """
        arrivals = list(self._readable(records))
        self._flush()
        raised = self._store(records, arrivals)
        self._buried.clear()
        return raised

    def _readable(self, records: Sequence[Record]) -> Iterator[Arrival]:
        for record in records:
            try:
                yield Arrival(record, codec.read(BY_NAME[record.topic], record.value, record.headers))
            except UndecodableMessageError as error:
                self._bury(record, error)

    def _bury(self, record: Record, error: Exception) -> None:
        place = (record.position, record.offset)
        if place in self._buried:  # the batch is taken again
            return
        now = datetime.now(UTC)
        cause = getattr(error, "orig", None) or error  # what the database said, without statement and values
        letter = deadletters.of(record, cause, PLACE, attempt=1, at=now)
        key = codec.key(letter)
        headers = codec.headers(DEADLETTERS, key, "sinks", now)
        self._producer.send(DEADLETTERS.name, key, codec.encode(letter), headers)
        self._buried.add(place)
        metrics.dead_letters_of(BY_NAME[record.topic]).inc()
        log.warning("%s:%d:%d goes to the dead letters: %s", *record.position, record.offset, letter.error)

    def _flush(self) -> None:
        try:
            self._producer.flush()
        except Exception:
            self._buried.clear()  # they have to be sent again
            raise

    def _store(self, records: Sequence[Record], arrivals: Sequence[Arrival]) -> int:
        try:
            raised = self._commit(records, arrivals)
        except Exception as error:
            if not (arrivals and is_bad_data(error)):
                raise
            return self._store_apart(records, arrivals, error)
        for arrival in arrivals:
            metrics.archived_of(BY_NAME[arrival.record.topic]).inc()
        for announcement in raised:
            metrics.ALERTS.labels(status=announcement.status).inc()
        return len(raised)

    def _store_apart(self, records: Sequence[Record], arrivals: Sequence[Arrival], error: Exception) -> int:
        """Halve a batch that the database cannot take until the message that it cannot take stands alone."""
        if len(arrivals) == 1:
            self._bury(arrivals[0].record, error)
            self._flush()
            return self._store(records, [])
        middle = records.index(arrivals[len(arrivals) // 2].record)
        first = {id(record) for record in records[:middle]}
        return self._store(records[:middle], [a for a in arrivals if id(a.record) in first]) + self._store(
            records[middle:], [a for a in arrivals if id(a.record) not in first]
        )

    def _commit(self, records: Sequence[Record], arrivals: Sequence[Arrival]) -> list[Announcement]:
        now = datetime.now(UTC)
        with self._engine.begin() as connection:
            first = self._first_fresh(connection, records)
            fresh = [arrival for arrival in arrivals if arrival.record.offset >= first[arrival.record.position]]
            raised = self._raise_alerts(connection, fresh, now)  # before the archive knows these shifts
            store.archive(connection, fresh, now)
            offsets = {r.position: r.offset + 1 for r in records if r.offset >= first[r.position]}
            store.move_positions(connection, offsets)
        for record in reversed(records):
            if record.offset < self._started.get(record.position, 0):
                self._started[record.position] = record.offset
        return raised

    def _first_fresh(self, connection: Connection, records: Sequence[Record]) -> Mapping[Position, int]:
        """For each partition the first offset that nobody has dealt with."""
        first = dict(store.lock_positions(connection, {record.position for record in records}))
        for record in records:
            place, started = record.position, self._started.get(record.position, 0)
            # A consumer starts below the stored offset only where the topic was made anew.
            if record.offset < started and first[place] == started:
                first[place] = record.offset
        return first

    def _raise_alerts(self, connection: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[Announcement]:
        told_of = [(a.record, a.word) for a in arrivals if isinstance(a.word, Shift | ActorMentions)]
        words = [word for _, word in told_of]
        history = store.history(connection, [word.id for word in words if isinstance(word, Shift)])
        found = list(announcements(self._subscriptions, words, self._actors, history))
        mentions = [announcement.alert.id for _, announcement in found if announcement.alert.mentions]
        known = store.tellings_of_alerts(connection, mentions)
        found = [(place, announcement) for place, announcement in found if announcement.alert.id not in known]
        for place, announcement in found:
            channels = self._channels[announcement.alert.subscription]
            outbox.put(connection, announcement, channels, told_of[place][0].offset, now)
        return [announcement for _, announcement in found]
