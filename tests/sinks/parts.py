"""Parts of the stage, as tests put them together."""

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from entente import codec
from entente.broker import Producer, Record, create_topics, open_producer
from entente.packs import Actors
from entente.topics import ALL, BY_NAME
from sinks.alerts.match import Match
from sinks.alerts.subscriptions import Subscription
from sinks.archive import tables
from sinks.channels.base import ChannelConfig
from sinks.channels.file import FileConfig
from sinks.consumer import Archiver

TOPICS = {topic.word: topic for topic in BY_NAME.values()}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def record(word: Any, offset: int, partition: int = 0) -> Record:
    """The word as a message at that offset of its topic."""
    topic = TOPICS[type(word)]
    return Record(topic.name, partition, offset, codec.key(word).encode(), codec.encode(word), {})


def subscription(*channels: ChannelConfig, match: Match | None = None, name: str = "everything") -> Subscription:
    """A subscription; unless given, to every shift, into a file."""
    return Subscription(name, "Every shift", match or Match(), channels or (FileConfig(),))


@contextmanager
def log_producer(folder: Path) -> Iterator[Producer]:
    """A producer on a log of its own, for dead letters."""
    url = f"sqlite:///{folder / 'log.db'}"
    create_topics(url, ALL)
    with open_producer(url) as producer:
        yield producer


@contextmanager
def archiver(
    engine: Engine, folder: Path, actors: Actors, subscriptions: Sequence[Subscription] = ()
) -> Iterator[Archiver]:
    """An archiver whose dead letters go into a log in the folder."""
    with log_producer(folder) as producer:
        yield Archiver(engine, producer, subscriptions, actors)


def rows(engine: Engine, table_name: str, *, clocks: bool = False) -> list[dict[str, Any]]:
    """The rows of a table in the order of its key, without this machine's clock."""
    table = tables.metadata.tables[table_name]
    columns = [column for column in table.columns if clocks or not column.name.endswith("_at")]
    with engine.begin() as connection:
        return [dict(row._mapping) for row in connection.execute(select(*columns).order_by(*table.primary_key))]


def write_secret(folder: Path, secret: str = SECRET) -> str:
    """A file with the secret of a webhook."""
    path = folder / "secret"
    path.write_text(f"{secret}\n")
    return str(path)
