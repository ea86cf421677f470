"""What Apache Kafka is asked beside messages: whether it is there, and its topics."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import kafka
from kafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from entente.broker.base import MAX_MESSAGE_BYTES
from entente.errors import BrokerError
from entente.topics import Topic

REACH_WITHIN = 10.0  # seconds that a start waits for the broker
MAX_BATCH_BYTES = MAX_MESSAGE_BYTES + 65_536  # with what Kafka puts around a message


def create_kafka_topics(servers: Sequence[str], topics: Sequence[Topic]) -> None:
    """Create those topics that do not exist; those that do keep their configuration.

    Raises:
        BrokerError: Kafka cannot be reached or refuses, or a topic has fewer partitions than it needs.
    """
    with told(servers), _admin(servers) as admin:
        existing = _count_partitions(admin, [topic.name for topic in topics])
        for topic in topics:
            count = existing.get(topic.name, topic.partitions)
            if count < topic.partitions:
                raise BrokerError(
                    f"topic {topic.name!r} has {count} partitions and needs {topic.partitions}; stop all stages, then "
                    f"kafka-topics.sh --alter --topic {topic.name} --partitions {topic.partitions}"
                )
        missing = {topic.name: _describe(topic) for topic in topics if topic.name not in existing}
        if not missing:
            return
        for answer in admin.create_topics(missing, raise_errors=False)["topics"]:
            error = for_code(answer["error_code"])
            # Another stage that starts at the same time may have been faster.
            if answer["error_code"] != 0 and error is not TopicAlreadyExistsError:
                reason = answer.get("error_message") or error.__name__
                raise BrokerError(f"Kafka refuses to create topic {answer['name']!r}: {reason}")
        admin.wait_for_topics(list(missing))


def _describe(topic: Topic) -> dict[str, Any]:
    return {
        "num_partitions": topic.partitions,
        "replication_factor": -1,  # as the cluster's own setting says
        "configs": {
            "cleanup.policy": "delete",
            "retention.ms": str(topic.retention // timedelta(milliseconds=1)),
            "max.message.bytes": str(MAX_BATCH_BYTES),
            "message.timestamp.type": "LogAppendTime",
        },
    }


def check_topics(servers: Sequence[str], topics: Sequence[str]) -> None:
    """Check that these topics exist.

    Raises:
        BrokerError: Kafka cannot be reached, or one of them does not exist.
    """
    with told(servers), _admin(servers) as admin:
        existing = _count_partitions(admin, topics)
    for topic in topics:
        if topic not in existing:
            raise no_such_topic(servers, topic)


def no_such_topic(servers: Sequence[str], topic: str) -> BrokerError:
    """The error that says so."""
    return BrokerError(
        f"topic {topic!r} does not exist on {where(servers)}; "
        "every stage creates its topics at start (broker.create_topics)"
    )


def _count_partitions(admin: Any, topics: Sequence[str]) -> dict[str, int]:  # noqa: ANN401 - the library has no types
    found = {}
    for topic in admin.describe_topics(list(topics)):
        error = for_code(topic["error_code"])
        if topic["error_code"] == 0:
            found[topic["name"]] = len(topic["partitions"])
        elif error is not UnknownTopicOrPartitionError:
            raise BrokerError(f"topic {topic['name']!r}: Kafka says {error.__name__}")
    return found


@contextmanager
def _admin(servers: Sequence[str]) -> Iterator[Any]:
    reach(servers)
    admin = kafka.KafkaAdminClient(bootstrap_servers=list(servers), bootstrap_timeout_ms=milliseconds(REACH_WITHIN))
    try:
        yield admin
    finally:
        admin.close()


def reach(servers: Sequence[str]) -> None:
    """Wait until one of the servers takes connections; kafka-python alone would not tell why none does.

    Raises:
        BrokerError: none does, for `REACH_WITHIN` seconds.
    """
    deadline = time.monotonic() + REACH_WITHIN
    while True:
        for server in servers:
            host, _, port = server.rpartition(":")
            try:
                socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_WITHIN / 2).close()
            except ValueError as error:
                raise BrokerError(f"{where(servers)}: use kafka://HOST:PORT[,HOST:PORT]") from error
            except OSError as error:
                reason = error
            else:
                return
        if time.monotonic() > deadline:
            raise BrokerError(f"cannot reach {where(servers)}: {reason}") from reason
        time.sleep(0.1)


@contextmanager
def told(servers: Sequence[str]) -> Iterator[None]:
    """Turn the library's errors, which are its cause then, into BrokerError."""
    try:
        yield
    except KafkaError as error:
        raise BrokerError(f"{where(servers)}: {type(error).__name__}: {error}") from error


def where(servers: Sequence[str]) -> str:
    """Which Kafka, in a message."""
    return f"Kafka at {', '.join(servers)} (ENTENTE_BROKER)"


def milliseconds(seconds: float) -> int:
    """As Kafka wants durations."""
    return int(seconds * 1000)
