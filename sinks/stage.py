"""The stage: one thread archives and raises alerts, others deliver them."""

import threading
from collections.abc import Sequence
from functools import partial
from time import monotonic

from sqlalchemy import Engine

from entente import packs
from entente.broker import Consumer, Record, create_topics, open_consumer, open_producer
from entente.errors import BrokerError
from entente.packs import Actors
from entente.settings import Settings
from entente.topics import ALL, BY_NAME
from sinks import metrics
from sinks.alerts import subscriptions
from sinks.alerts.subscriptions import Subscription
from sinks.archive.database import migrate, open_database
from sinks.channels.base import Channel, ChannelConfig
from sinks.consumer import Archiver
from sinks.deliver import Deliverer
from sinks.leader import leadership
from sinks.patience import Patience
from sinks.registry import open_channel

GROUP = "entente-sinks"
POLL = 0.5  # seconds
BATCH = 500  # messages in one transaction
COUNT_EVERY = 5.0  # seconds between looks at the lag
SILENCE = 120.0  # seconds without a sign of life, after which a thread counts as hanging


class SinksStage:
    """Archives, raises alerts and delivers them until it is told to stop."""

    name = "sinks"

    def __init__(self, settings: Settings, found: Sequence[Subscription], actors: Actors) -> None:
        self._settings = settings
        self._subscriptions = found
        self._actors = actors
        self._channels = open_channels(settings, [config for s in found for config in s.channels])
        self._patience: Patience | None = None
        self._deliverer: Deliverer | None = None
        self._ticked_at = monotonic()
        self._works = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away is waited for.

        Raises:
            BrokerError: the broker cannot be reached at the start, or refuses.
            SettingsError: the database is of a newer program.
        """
        patience = self._patience = Patience(stop)
        engine = open_database(self._settings.database)
        try:
            patience.until_done(lambda: migrate(engine))
            if not stop.is_set():
                self._run(stop, engine, patience)
        finally:
            self._works = False
            for channel in self._channels.values():
                channel.close()
            engine.dispose()

    def live(self) -> str | None:
        """None while both threads move."""
        ticks = {"archiving": self._ticked_at}
        if self._deliverer is not None:
            ticks["delivering"] = self._deliverer.ticked_at
        silent = {what: monotonic() - at for what, at in ticks.items() if monotonic() - at > SILENCE}
        if not silent or self._waits_for():  # who waits for a service is not helped by a restart
            return None
        return ", ".join(f"{what} has not moved for {seconds:.0f} s" for what, seconds in silent.items())

    def ready(self) -> str | None:
        """None once messages are read and the database is there."""
        away = self._waits_for()
        return f"waits: {away}" if away else None if self._works else "starts"

    def _waits_for(self) -> str | None:
        both = (self._patience, self._deliverer.patience if self._deliverer else None)
        return next((patience.waits_for for patience in both if patience and patience.waits_for), None)

    def _run(self, stop: threading.Event, engine: Engine, patience: Patience) -> None:
        titles = {subscription.id: subscription.title for subscription in self._subscriptions}
        deliverer = Deliverer(engine, leadership(engine), self._channels, titles, self._actors)
        self._deliverer = deliverer
        create_topics(self._settings.broker, ALL)
        with open_producer(self._settings.broker) as producer:
            archiver = Archiver(engine, producer, self._subscriptions, self._actors)
            topics = [topic.name for topic in metrics.READ]
            opened = patience.until_done(
                lambda: open_consumer(self._settings.broker, topics, GROUP, archiver.find_offsets)
            )
            if opened is None:
                return
            with opened as consumer:
                thread = threading.Thread(target=deliverer.run, args=(stop,), name="deliver", daemon=True)
                thread.start()
                try:
                    self._consume(stop, consumer, archiver, deliverer, patience)
                finally:
                    stop.set()
                    deliverer.wake()
                    thread.join()

    def _consume(
        self, stop: threading.Event, consumer: Consumer, archiver: Archiver, deliverer: Deliverer, patience: Patience
    ) -> None:
        counted = -COUNT_EVERY
        while not stop.is_set():
            self._ticked_at = monotonic()
            records: Sequence[Record] | None = patience.until_done(lambda: consumer.poll(POLL, BATCH))
            if records and patience.until_done(partial(archiver.take, records), BrokerError):
                deliverer.wake()
            if deliverer.failure is not None:
                raise deliverer.failure
            if monotonic() - counted > COUNT_EVERY:
                counted = monotonic()
                _count_lag(consumer)
            self._works = True


def create(settings: Settings) -> SinksStage:
    """The stage, with packs and subscriptions loaded.

    Raises:
        InputError: the subscriptions say something that cannot be.
        PackError: a pack says something that cannot be.
    """
    actors = packs.load(settings.packs)
    return SinksStage(settings, subscriptions.load(settings.subscriptions, actors), actors)


def open_channels(settings: Settings, configs: Sequence[ChannelConfig]) -> dict[str, Channel]:
    """Each channel once, by name."""
    return {config.name: open_channel(config, settings) for config in configs}


def _count_lag(consumer: Consumer) -> None:
    positions, waiting = consumer.positions, dict.fromkeys(metrics.READ, 0)
    for position, end in consumer.end_offsets().items():
        waiting[BY_NAME[position.topic]] += max(0, end - positions.get(position, end))
    for topic, count in waiting.items():
        metrics.lag_of(topic).set(count)
