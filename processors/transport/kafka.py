"""Faust on Apache Kafka: its aiokafka driver, with offsets that never pass an unfinished message."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from aiokafka.errors import ConsumerStoppedError, KafkaError
from faust.transport.drivers import aiokafka as stock
from faust.types import ConsumerMessage

from processors.messages import Output
from processors.transport.base import AccountingConsumer, PublishingProducer, Write


class Consumer(AccountingConsumer, stock.Consumer):
    """Commits the offset of an event after the broker has all that follows from it."""

    async def lag(self, topic: str) -> int | None:
        """How many messages of our partitions of this topic are not finished; None while the broker does not say."""
        try:
            return await super().lag(topic)
        except (KafkaError, ConsumerStoppedError):
            return None


class Producer(PublishingProducer, stock.Producer):
    """Finishes an event when the broker has all that follows from it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Faust's
        self._finishing: set[asyncio.Future[None]] = set()
        super().__init__(*args, **kwargs)

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}  # a repeated request neither doubles nor reorders messages

    async def publish(self, message: ConsumerMessage, outputs: Sequence[Output], write: Write | None) -> None:
        """Send the outputs, make and send the table writes, then finish the message."""
        if not self.app.consumer.claim(message):
            return
        deliveries = [await self._send(output) for output in outputs]
        if write is None or not deliveries:
            await self._finish(message, deliveries, write)
            return
        # An agent that is cancelled here would leave behind a shift that was told and a table that does not know it.
        finishing = asyncio.ensure_future(self._finish_after(message, deliveries, write))
        self._finishing.add(finishing)
        finishing.add_done_callback(self._finishing.discard)
        await asyncio.shield(finishing)

    async def _finish_after(
        self, message: ConsumerMessage, deliveries: list[asyncio.Future[Any]], write: Write
    ) -> None:
        # A table that knew of the event before its outputs were safe could not tell, after a crash, what to send.
        await asyncio.gather(*deliveries)
        if self.app.consumer.is_ours(message):
            await self._finish(message, [], write)

    async def _finish(
        self, message: ConsumerMessage, deliveries: list[asyncio.Future[Any]], write: Write | None
    ) -> None:
        deliveries += [await self._send(change) for change in self.changes_of(write)]
        _when_delivered(deliveries, partial(self.app.consumer.finish, message), self._fail)

    async def flush(self) -> None:
        """Wait until all that was published is delivered and finished."""
        while self._finishing:
            await asyncio.wait(self._finishing)
        await super().flush()
        await asyncio.sleep(0)  # for the callbacks of the last deliveries

    async def _send(self, output: Output) -> asyncio.Future[Any]:
        delivery: asyncio.Future[Any] = await self._ensure_producer().send(
            output.topic,
            output.value,
            key=output.key,
            partition=output.partition,
            headers=[(name, value.encode()) for name, value in output.headers.items()],
        )
        return delivery

    def _fail(self, error: BaseException) -> None:
        self.add_future(self.crash(error))


def _when_delivered(
    deliveries: Sequence[asyncio.Future[Any]], done: Callable[[], None], fail: Callable[[BaseException], None]
) -> None:
    """Call `done` after all deliveries, or `fail` for each that fails; neither when the producer closes before."""
    waiting = set(deliveries)

    def settle(delivery: asyncio.Future[Any]) -> None:
        if delivery.cancelled():
            return
        error = delivery.exception()
        if error is not None:
            fail(error)
            return
        waiting.discard(delivery)
        if not waiting:
            done()

    for delivery in deliveries:
        delivery.add_done_callback(settle)
    if not deliveries:
        done()


class Transport(stock.Transport):
    """The scheme `kafkacap`."""

    Consumer = Consumer
    Producer = Producer
