"""What both transports share: an event is finished by whoever published all that follows from it, and by nobody else.

Faust acknowledges a message when its agent goes on, is cancelled, fails, or when the message is skipped during a
rebalance; its own accounting then commits over messages that nobody handled. Here those acknowledgements count for
nothing: only `publish` finishes an event.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from faust.transport.consumer import ensure_TP
from faust.types import TP, ConsumerMessage, EventT
from faust.types.tuples import FutureMessage

from processors.messages import Output
from processors.transport.ledger import Ledger

SETTLE = 0.01  # seconds between looks whether a rebalance is over
REFETCH = 0.05  # seconds after which a fetch looks again, while a full buffer keeps some partitions out of it
FAUST_LOG = logging.getLogger("faust")  # of its services, which tell every step; else they would write into ours

Write = Callable[[], None]  # sets keys of tables, and awaits nothing


_Mixin: Any = object  # what Faust's own classes, which have no types, add beside it


async def publish(event: EventT, outputs: Sequence[Output], write: Write | None = None) -> None:
    """Send what follows from an event, make its table writes, then count it as done.

    Nothing is sent or written for an event that is no longer ours, or that was delivered and done a second time
    meanwhile: a table that knew of an event whose outputs were not sent could not tell what to send.
    May return before all is delivered; it stays in order. When the broker refuses some of it, now or later, the
    application crashes and the event stays unfinished: it is read again after the restart.
    """
    await event.app.producer.publish(event.message, outputs, write)


def headers_of(message: ConsumerMessage) -> dict[str, str]:
    """The headers of a message as text."""
    return {name: value.decode(errors="replace") for name, value in message.headers or ()}


class AccountingConsumer(_Mixin):
    """Mixed into a Faust consumer: commits what `finish` said, and nothing else."""

    logger = FAUST_LOG

    def __init__(self, transport: Any, callback: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self.ledger = Ledger()
        self._deliver = callback
        super().__init__(transport, self._note, *args, **kwargs)

    async def _note(self, message: ConsumerMessage) -> None:
        """Every message passes here in order of offsets, before any stream has it."""
        if not self.app.topics.acks_enabled_for(message.topic):  # a changelog's, during recovery
            await self._deliver(message)
            return
        while self.app.rebalancing:  # noqa: ASYNC110 - Faust sets a flag, no event
            # Faust resumes partitions, seeks, then empties all queues: what came before would never come again.
            await asyncio.sleep(SETTLE)
        if self.is_ours(message) and self.ledger.deliver(message.tp, message.offset):
            await self._deliver(message)

    def is_ours(self, message: ConsumerMessage) -> bool:
        """Whether the message's partition has been ours ever since it was fetched."""
        return bool(message.generation_id == self.app.consumer_generation_id)

    def claim(self, message: ConsumerMessage) -> bool:
        """Whether what follows from this message is to be sent: not if another worker does it, or if it was."""
        return self.is_ours(message) and self.ledger.claim(message.tp, message.offset)

    def finish(self, message: ConsumerMessage) -> None:
        """Let the offset of this message be committed, once those before it are finished too."""
        if self.is_ours(message):
            self.ledger.finish(message.tp, message.offset)

    async def lag(self, topic: str) -> int | None:
        """How many messages of our partitions of this topic are not finished."""
        tps = [ensure_TP(tp) for tp in self.assignment() if tp.topic == topic]
        ends = await self.highwaters(*tps) if tps else {}
        lag = 0
        for tp in tps:
            done = self.ledger.committable(tp)
            if done is None:  # where reading starts, as Faust remembers it: asking the broker fails in a rebalance
                done = self._read_offset[tp]
            lag += max(0, (ends.get(tp) or 0) - (done or 0))
        return lag

    def _new_offset(self, tp: TP) -> int | None:
        return self.ledger.committable(tp)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:  # noqa: ANN401 - Faust's
        return (tp for tp in self.ledger.partitions() if topics is None or tp in topics or tp.topic in topics)

    async def _commit_offsets(
        self,
        offsets: Mapping[TP, int],
        start_new_transaction: bool = True,  # noqa: ARG002, FBT001, FBT002 - Faust's signature
    ) -> bool:
        # Faust's own would draw a table for its log and wait for all deliveries: only delivered events are here.
        mine = {tp: offset for tp, offset in offsets.items() if tp in self.assignment()}
        if not mine or not await self._commit(mine):
            return False
        self._committed_offset.update(mine)
        for tp, offset in mine.items():
            self.ledger.commit(tp, offset)
        self.app.monitor.on_tp_commit(mine)
        return True

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Gaps need no accounting here."""

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Any]]:  # noqa: ASYNC109 - Faust's
        # A partition whose buffer has drained must not wait until another one has news.
        patience = REFETCH if self._buffered_partitions else timeout
        return await super()._getmany(active_partitions, patience)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Speak no more for these partitions: another worker may have them."""
        lost = [ensure_TP(tp) for tp in revoked]
        self.ledger.forget(lost)
        self.app.producer.forget(lost)
        await super().on_partitions_revoked(revoked)

    async def on_stop(self) -> None:
        """Commit all that is done."""
        await self.app.producer.flush()  # what is delivered need not be done again
        await self.maybe_wait_for_commit_to_finish()  # else Faust takes that commit for the last one
        await super().on_stop()


class PublishingProducer(_Mixin):
    """Mixed into a Faust producer: takes table writes from Faust, so that they go with the event that made them."""

    logger = FAUST_LOG

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self._changes: list[Output] | None = None
        super().__init__(*args, **kwargs)

    def send_soon(self, fut: FutureMessage) -> None:
        """Take a table's write to its changelog, which Faust would send whenever it likes."""
        if self._changes is None:
            raise RuntimeError(f"a write to {fut.message.channel} belongs to no event; write tables in `publish`")
        message = fut.message
        self._changes.append(
            Output(message.channel.get_topic_name(), message.key, message.value, {}, message.partition)
        )

    def changes_of(self, write: Write | None) -> list[Output]:
        """Let tables be written; what must be sent to their changelogs."""
        changes = self._changes = []
        try:
            if write is not None:
                write()
        finally:
            self._changes = None
        return changes

    @abstractmethod
    async def publish(self, message: ConsumerMessage, outputs: Sequence[Output], write: Write | None) -> None:
        """Send the outputs, make and send the table writes, then finish the message; as `publish` above says."""

    def forget(self, tps: Sequence[TP]) -> None:
        """Drop what is held of these partitions: their events will be handled again."""
