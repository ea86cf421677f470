"""What is Kafka's own: topics and their settings, groups, and a broker that goes away and comes back."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import kafka
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from entente import topics
from entente.broker import Consumer, Position, create_topics, kafka_cluster, open_consumer, open_producer
from entente.broker import kafka as kafka_module
from entente.broker.base import MAX_MESSAGE_BYTES
from entente.errors import BrokerError
from entente.topics import Topic
from tests.services.kafka import KafkaBroker
from tests.services.wait import wait_until

pytestmark = pytest.mark.kafka
NOBODY = "kafka://127.0.0.1:1"


def a_topic(**given: object) -> Topic:
    """A topic whose name no other test has."""
    return replace(topics.ARTICLES, name=f"entente.t{uuid.uuid4().hex}.v1", **given)  # type: ignore[arg-type]


def from_start(_: Sequence[Position]) -> Mapping[Position, int]:
    return {}


def send_all(url: str, topic: Topic, count: int) -> None:
    with open_producer(url) as producer:
        for number in range(count):
            producer.send(topic.name, f"k{number}", b"%d" % number, {})


def settings_of(broker: KafkaBroker, topic: Topic) -> Mapping[str, str]:
    admin = kafka.KafkaAdminClient(bootstrap_servers=broker.servers)
    try:
        found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    finally:
        admin.close()
    described = found[ConfigResourceType.TOPIC.name.lower()][topic.name]
    return {name: config["value"] for name, config in described.items()}


class Reader:
    """A consumer in a thread of its own, which keeps what it read and its positions as a sink keeps them."""

    def __init__(self, url: str, topic: Topic, group: str, stored: dict[Position, int]) -> None:
        self.values: list[bytes | None] = []
        self.positions: Mapping[Position, int] = {}
        self._stop = threading.Event()
        self._open: Callable[[], Consumer] = lambda: open_consumer(url, [topic.name], group, lambda _: stored)
        self._stored = stored
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        """Leave the group."""
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        with self._open() as consumer:
            while not self._stop.is_set():
                for record in consumer.poll(0.2, 50):
                    self.values.append(record.value)
                    self._stored[record.position] = record.offset + 1
                self.positions = consumer.positions


@pytest.fixture
def start_reader(kafka_broker: KafkaBroker) -> Iterator[Callable[[Topic, str, dict[Position, int]], Reader]]:
    readers: list[Reader] = []

    def start(topic: Topic, group: str, stored: dict[Position, int]) -> Reader:
        readers.append(Reader(kafka_broker.url, topic, group, stored))
        return readers[-1]

    yield start
    for reader in readers:
        reader.stop()


@pytest.mark.parametrize(
    "start",
    [
        lambda: open_producer(NOBODY),
        lambda: open_consumer(NOBODY, ["entente.articles.v1"], "g", from_start),
        lambda: create_topics(NOBODY, topics.ALL),
    ],
)
def test_a_broker_that_is_away_at_start_is_named_with_the_setting(
    start: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_cluster, "REACH_WITHIN", 0.5)
    with pytest.raises(BrokerError, match=r"cannot reach Kafka at 127\.0\.0\.1:1 \(ENTENTE_BROKER\): .*refused"):
        start()


def test_an_address_without_a_port_is_told() -> None:
    with pytest.raises(BrokerError, match=r"Kafka at kafka \(ENTENTE_BROKER\): use kafka://HOST:PORT"):
        open_producer("kafka://kafka")


def test_topics_are_created_with_their_partitions_retention_and_size(kafka_broker: KafkaBroker) -> None:
    topic = a_topic(partitions=3, retention=timedelta(days=12))
    create_topics(kafka_broker.url, [topic])
    found = settings_of(kafka_broker, topic)
    assert found["retention.ms"] == str(12 * 86_400_000)
    assert found["cleanup.policy"] == "delete"
    assert int(found["max.message.bytes"]) > MAX_MESSAGE_BYTES
    with open_consumer(kafka_broker.url, [topic.name], uuid.uuid4().hex, from_start) as consumer:
        wait_until(lambda: list(consumer.poll(0.1, 1)) or consumer.positions, "the partitions are assigned")
        assert len(consumer.positions) == 3


def test_a_topic_with_too_few_partitions_is_named_with_the_remedy(kafka_broker: KafkaBroker) -> None:
    topic = a_topic(partitions=2)
    create_topics(kafka_broker.url, [topic])
    with pytest.raises(BrokerError, match=rf"'{topic.name}' has 2 partitions and needs 4; .*--partitions 4"):
        create_topics(kafka_broker.url, [replace(topic, partitions=4)])


def test_a_retention_that_an_operator_changed_is_left_alone(kafka_broker: KafkaBroker) -> None:
    topic = a_topic(retention=timedelta(days=3))
    create_topics(kafka_broker.url, [topic])
    create_topics(kafka_broker.url, [replace(topic, retention=timedelta(days=5), partitions=1)])
    assert settings_of(kafka_broker, topic)["retention.ms"] == str(3 * 86_400_000)


def test_stages_that_start_at_once_create_topics_together(kafka_broker: KafkaBroker) -> None:
    wanted = [a_topic() for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        started = [pool.submit(create_topics, kafka_broker.url, wanted) for _ in range(4)]
        assert [future.result(60) for future in started] == [None] * 4


def test_what_a_group_committed_to_kafka_does_not_count(kafka_broker: KafkaBroker) -> None:
    topic, group = a_topic(partitions=1), uuid.uuid4().hex
    create_topics(kafka_broker.url, [topic])
    send_all(kafka_broker.url, topic, 50)
    place = kafka.TopicPartition(topic.name, 0)
    other = kafka.KafkaConsumer(bootstrap_servers=kafka_broker.servers, group_id=group, enable_auto_commit=False)
    other.assign([place])
    other.commit({place: kafka.OffsetAndMetadata(45, "", -1)})
    other.close()
    with open_consumer(kafka_broker.url, [topic.name], group, lambda places: dict.fromkeys(places, 31)) as consumer:
        assert consumer.poll(30, 10)[0].offset == 31
    with open_consumer(kafka_broker.url, [topic.name], group, from_start) as consumer:
        assert consumer.poll(30, 10)[0].offset == 0


def test_a_group_shows_its_positions_to_kafkas_own_tools(
    kafka_broker: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_module, "SHOW_EVERY", 0.0)
    topic, group = a_topic(partitions=1), uuid.uuid4().hex
    create_topics(kafka_broker.url, [topic])
    send_all(kafka_broker.url, topic, 20)
    admin = kafka.KafkaAdminClient(bootstrap_servers=kafka_broker.servers)

    def shown() -> bool:
        consumer.poll(0.1, 100)
        found = admin.list_group_offsets(group)
        return [offset.offset for offset in found[group].values()] == [20]

    with open_consumer(kafka_broker.url, [topic.name], group, from_start) as consumer:
        wait_until(shown, "the group's offset is 20")
    admin.close()


def test_members_of_a_group_share_partitions_and_the_other_takes_over_when_one_leaves(
    kafka_broker: KafkaBroker, start_reader: Callable[[Topic, str, dict[Position, int]], Reader]
) -> None:
    topic, group, stored = a_topic(partitions=4), uuid.uuid4().hex, dict[Position, int]()
    create_topics(kafka_broker.url, [topic])
    one, two = start_reader(topic, group, stored), start_reader(topic, group, stored)
    wait_until(lambda: len(one.positions) == len(two.positions) == 2, "each has two partitions")
    assert one.positions.keys() | two.positions.keys() == {Position(topic.name, number) for number in range(4)}
    send_all(kafka_broker.url, topic, 100)
    wait_until(lambda: len(one.values) + len(two.values) >= 100, "all is read")
    assert one.values
    assert two.values
    one.stop()
    wait_until(lambda: len(two.positions) == 4, "the other has all four")
    send_all(kafka_broker.url, topic, 100)
    wait_until(lambda: len(one.values) + len(two.values) >= 200, "the other reads all")
    assert sorted(one.values + two.values) == sorted([b"%d" % number for number in range(100)] * 2)  # type: ignore[type-var]


def test_added_partitions_are_read_however_short_the_polls_are(kafka_broker: KafkaBroker) -> None:
    """Pins a way around kafka-python, which without it hangs for ever when a poll ends in the middle of such a join."""
    topic = a_topic(partitions=1)
    create_topics(kafka_broker.url, [topic])
    admin = kafka.KafkaAdminClient(bootstrap_servers=kafka_broker.servers)
    with open_consumer(kafka_broker.url, [topic.name], uuid.uuid4().hex, from_start) as consumer:
        for count in range(2, 8):
            admin.create_partitions({topic.name: count})
            admin.wait_for_topics([topic.name])
            consumer._consumer.topics()  # type: ignore[attr-defined]  # looks for news of partitions at once
            deadline = time.monotonic() + 30
            while len(consumer.positions) < count and time.monotonic() < deadline:
                consumer.poll(0.001, 10)
            assert len(consumer.positions) == count
    admin.close()


def test_offsets_are_asked_for_in_the_thread_that_polls(kafka_broker: KafkaBroker) -> None:
    """A database connection of that thread must be usable."""
    topic = a_topic()
    create_topics(kafka_broker.url, [topic])
    threads: list[threading.Thread] = []

    def find(_: Sequence[Position]) -> Mapping[Position, int]:
        threads.append(threading.current_thread())
        return {}

    with open_consumer(kafka_broker.url, [topic.name], uuid.uuid4().hex, find) as consumer:
        wait_until(lambda: list(consumer.poll(0.1, 1)) or threads, "the partitions are assigned")
    assert threads == [threading.current_thread()]


def test_when_offsets_cannot_be_found_nothing_is_read_and_the_next_poll_asks_again(kafka_broker: KafkaBroker) -> None:
    topic = a_topic(partitions=1)
    create_topics(kafka_broker.url, [topic])
    send_all(kafka_broker.url, topic, 9)
    answers: list[Mapping[Position, int] | Exception] = [ConnectionError("database"), {Position(topic.name, 0): 4}]

    def find(_: Sequence[Position]) -> Mapping[Position, int]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    with open_consumer(kafka_broker.url, [topic.name], uuid.uuid4().hex, find) as consumer:
        with pytest.raises(ConnectionError):
            consumer.poll(30, 100)
        assert consumer.positions == {}
        assert [record.offset for record in consumer.poll(30, 100)] == [4, 5, 6, 7, 8]


def test_a_restart_of_the_broker_is_waited_for_on_both_sides(fresh_kafka: KafkaBroker) -> None:
    topic = a_topic()
    create_topics(fresh_kafka.url, [topic])
    with (
        open_producer(fresh_kafka.url) as producer,
        open_consumer(fresh_kafka.url, [topic.name], "g", from_start) as consumer,
    ):
        producer.send(topic.name, "k", b"before", {})
        producer.flush()
        assert [record.value for record in consumer.poll(30, 10)] == [b"before"]
        fresh_kafka.stop()
        producer.send(topic.name, "k", b"while away", {})
        started = time.monotonic()
        assert list(consumer.poll(1.0, 10)) == []
        assert time.monotonic() - started < 3.0
        assert sum(consumer.end_offsets().values()) == 1
        fresh_kafka.start()
        producer.flush()
        assert [record.value for record in consumer.poll(30, 10)] == [b"while away"]


def test_a_broker_that_stays_away_fails_the_flush_and_what_is_sent_again_arrives(
    fresh_kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_module, "DELIVER_WITHIN", 3.0)
    topic = a_topic()
    create_topics(fresh_kafka.url, [topic])
    with open_producer(fresh_kafka.url) as producer:
        producer.send(topic.name, "k", b"before", {})
        producer.flush()
        fresh_kafka.stop()
        producer.send(topic.name, "k", b"lost on the way", {})
        with pytest.raises(BrokerError, match="did not acknowledge 1 of 1 messages"):
            producer.flush()
        fresh_kafka.start()
        producer.send(topic.name, "k", b"sent again", {})
        producer.flush()
    with open_consumer(fresh_kafka.url, [topic.name], "g", from_start) as consumer:
        values = [record.value for _ in range(3) for record in consumer.poll(2, 10)]
    assert values == [b"before", b"sent again"]
