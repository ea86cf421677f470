"""The Faust application of this stage, on whichever broker the settings name."""

import asyncio
from urllib.parse import urlsplit

import faust
from faust.transport.drivers import TRANSPORTS
from mode import CrashingSupervisor
from yarl import URL

from entente.broker import create_topics
from entente.broker.connect import servers_of
from entente.broker.kafka_cluster import MAX_BATCH_BYTES
from entente.broker.sqlite import path_of
from entente.packs import Actors
from entente.settings import Settings
from entente.topics import ALL
from processors import agents
from processors.reading_process import ReadingPool
from processors.transport.base import FAUST_LOG

NAME = "entente-processors"  # the consumer group

# As the entry points of the distribution say; so a checkout works without an install.
TRANSPORTS.aliases.update(
    sqlite="processors.transport.sqlite:Transport", kafkacap="processors.transport.kafka:Transport"
)


class App(faust.App):
    """A Faust application that creates its topics before it reads them."""

    logger = FAUST_LOG

    def __init__(self, broker: str, urls: list[URL]) -> None:
        self._broker = broker
        super().__init__(
            NAME,
            broker=urls,
            store="memory://",
            web_enabled=False,
            agent_supervisor=CrashingSupervisor,  # an agent that fails stops the worker: restart it, lose nothing
            broker_commit_interval=0.25,
            broker_session_timeout=10.0,  # how long the partitions of a killed worker wait for another one
            broker_heartbeat_interval=2.0,
            consumer_max_fetch_size=MAX_BATCH_BYTES,
            producer_max_request_size=MAX_BATCH_BYTES,
            producer_linger=0.005,  # fewer requests for five milliseconds
            stream_buffer_maxsize=1000,
            stream_wait_empty=False,  # what is in work when a worker stops is read again
            table_standby_replicas=0,
            topic_disable_leader=True,
        )

    async def on_first_start(self) -> None:
        """Faust reads nothing, for ever, from a topic that is created after it subscribed."""
        await asyncio.to_thread(create_topics, self._broker, ALL)

    def is_working(self) -> bool:
        """Whether partitions are assigned, tables are recovered and messages flow."""
        return bool(self.tables.recovery.completed.is_set()) and not (self.rebalancing or self.should_stop)

    def stalled_for(self) -> float:
        """Seconds for which messages have waited and none was finished."""
        return self.consumer.ledger.stalled_for() if self.is_working() else 0.0


def create_app(settings: Settings, reading: ReadingPool, actors: Actors) -> App:
    """An application with the agents `extract` and `track`; it is not started.

    Raises:
        SettingsError: the broker's URL is of no kind known here.
    """
    app = App(settings.broker, _urls(settings.broker))
    agents.register(app, reading, actors)
    return app


def _urls(broker: str) -> list[URL]:
    if urlsplit(broker).scheme == "sqlite":
        return [URL.build(scheme="sqlite", path=str(path_of(broker).resolve()))]
    return [URL(f"kafkacap://{server}") for server in servers_of(broker)]
