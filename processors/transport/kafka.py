"""Faust on Apache Kafka: its aiokafka driver, with offsets that never pass an unfinished message."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from faust.transport.drivers import aiokafka as stock
from faust.types import ConsumerMessage

from processors.messages import Output
from processors.transport.base import AccountingConsumer, PublishingProducer


class Consumer(AccountingConsumer, stock.Consumer):
    """Commits the offset of an event after the broker has all that follows from it."""


class Producer(PublishingProducer, stock.Producer):
    """Finishes an event when the broker has all that follows from it."""

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}  # a repeated request neither doubles nor reorders messages

    async def _publish(
        self, message: ConsumerMessage, outputs: Sequence[Output], changes: Sequence[Output]
    ) -> None:
        deliveries = [await self._send(output) for output in outputs]
        if changes and deliveries:
            # A table that knew of the event before its outputs were safe could not tell, after a crash, what to send.
            await asyncio.gather(*deliveries)
            deliveries = []
        deliveries += [await self._send(change) for change in changes]
        _when_delivered(deliveries, partial(self.app.consumer.finish, message), self._fail)

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
