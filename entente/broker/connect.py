"""From the setting to a broker."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from entente.broker.base import Consumer, FindOffsets, Producer
from entente.broker.sqlite import SqliteConsumer, SqliteProducer, create_sqlite_topics, path_of
from entente.errors import SettingsError
from entente.topics import Topic


def open_producer(url: str) -> Producer:
    """A producer on the broker that the URL names.

    Raises:
        SettingsError: the URL names no broker known here.
        BrokerError: it cannot be reached.
    """
    if _scheme(url) == "sqlite":
        return SqliteProducer(path_of(url))
    from entente.broker.kafka import KafkaProducer  # noqa: PLC0415 - takes half a second that the log need not wait

    return KafkaProducer(servers_of(url))


def open_consumer(url: str, topics: Sequence[str], group: str, find_offsets: FindOffsets) -> Consumer:
    """A consumer that starts where `find_offsets` says.

    Consumers of one group share the partitions on Kafka; on the SQLite log there is one consumer a group.

    Raises:
        SettingsError: the URL names no broker known here.
        BrokerError: it cannot be reached, or a topic does not exist.
    """
    if _scheme(url) == "sqlite":
        return SqliteConsumer(path_of(url), topics, find_offsets)
    from entente.broker.kafka import KafkaConsumer  # noqa: PLC0415 - as above

    return KafkaConsumer(servers_of(url), topics, group, find_offsets)


def create_topics(url: str, topics: Sequence[Topic]) -> None:
    """Create those topics that do not exist, with their partitions and retention.

    Raises:
        SettingsError: the URL names no broker known here.
        BrokerError: it cannot be reached, or refuses.
    """
    if _scheme(url) == "sqlite":
        create_sqlite_topics(path_of(url), topics)
        return
    from entente.broker.kafka_cluster import create_kafka_topics  # noqa: PLC0415 - as above

    create_kafka_topics(servers_of(url), topics)


def servers_of(url: str) -> list[str]:
    """`kafka://a:9092,b:9092` as the list of host:port."""
    return urlsplit(url).netloc.split(",")


def _scheme(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in ("sqlite", "kafka"):
        raise SettingsError(f"ENTENTE_BROKER {url!r}: use sqlite:///data/log.db or kafka://host:9092")
    return scheme
