"""What every broker promises, held against the log in SQLite and against Apache Kafka."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entente import topics
from entente.broker import (
    Consumer,
    Position,
    Producer,
    Record,
    create_topics,
    open_consumer,
    open_producer,
)
from entente.broker.base import MAX_MESSAGE_BYTES
from entente.errors import BrokerError
from entente.topics import Topic

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds that a test waits for what should come at once


def a_topic(partitions: int = 4) -> Topic:
    """A topic whose name no other test has."""
    return replace(topics.ARTICLES, name=f"entente.t{uuid.uuid4().hex}.v1", partitions=partitions)


@pytest.fixture
def topic(broker_url: str) -> Topic:
    """A topic of this test alone, created."""
    made = a_topic()
    create_topics(broker_url, [made])
    return made


def from_start(_: Sequence[Position]) -> Mapping[Position, int]:
    return {}


def reader(url: str, *names: str, group: str = "") -> Consumer:
    """A consumer in a group of its own that reads from the start."""
    return open_consumer(url, names, group or f"test-{uuid.uuid4().hex}", from_start)


def send_all(producer: Producer, topic: Topic, messages: Sequence[tuple[str | None, bytes]]) -> None:
    for key, value in messages:
        producer.send(topic.name, key, value, {})
    producer.flush()


def read(consumer: Consumer, count: int) -> list[Record]:
    """That many records, and a look whether there are more than that."""
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE
    while len(records) < count and time.monotonic() < deadline:
        records += consumer.poll(0.2, 100)
    return records + list(consumer.poll(0.1, 100))


def numbered(count: int, first: int = 0) -> list[tuple[str | None, bytes]]:
    return [(f"k{number % 7}", b"%d" % number) for number in range(first, first + count)]


def test_what_was_flushed_is_there_after_reopening(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(20))
        with reader(broker_url, topic.name) as consumer:
            assert {record.value for record in read(consumer, 20)} == {b"%d" % number for number in range(20)}


def test_closing_a_producer_flushes_it(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        producer.send(topic.name, "k", b"last words", {})
    with reader(broker_url, topic.name) as consumer:
        assert [record.value for record in read(consumer, 1)] == [b"last words"]


def test_messages_of_one_key_stay_in_order(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(300))
    with reader(broker_url, topic.name) as consumer:
        records = read(consumer, 300)
    assert len(records) == 300
    for key in {record.key for record in records}:
        values = [int(record.value or b"") for record in records if record.key == key]
        assert values == sorted(values)


def test_a_record_is_what_was_sent_with_its_place_and_time(broker_url: str, topic: Topic) -> None:
    headers = {"ce_id": "a1.1", "ce_source": "The Courier — “Ausgabe” 政治"}
    before = datetime.now(UTC) - timedelta(seconds=1)
    with open_producer(broker_url) as producer:
        producer.send(topic.name, "jdu>mahagathbandhan", b"\x00\xff{", headers)
    with reader(broker_url, topic.name) as consumer:
        (record,) = read(consumer, 1)
    assert (record.key, record.value, record.headers) == (b"jdu>mahagathbandhan", b"\x00\xff{", headers)
    assert (record.topic, record.offset) == (topic.name, 0)
    assert record.timestamp is not None
    assert before <= record.timestamp <= datetime.now(UTC) + timedelta(seconds=1)


def test_a_message_may_have_no_key_and_no_headers(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        producer.send(topic.name, None, b"{}", {})
    with reader(broker_url, topic.name) as consumer:
        (record,) = read(consumer, 1)
    assert (record.key, record.value, record.headers) == (None, b"{}", {})


def test_a_consumer_goes_on_exactly_where_its_reader_stopped(broker_url: str) -> None:
    """Positions are kept by the reader; what the group committed to the broker must not count."""
    topic = a_topic(partitions=1)
    create_topics(broker_url, [topic])
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(50))
    group = f"test-{uuid.uuid4().hex}"
    with reader(broker_url, topic.name, group=group) as consumer:
        assert len(read(consumer, 50)) == 50
    with open_consumer(broker_url, [topic.name], group, lambda places: dict.fromkeys(places, 31)) as consumer:
        assert [record.offset for record in read(consumer, 19)] == list(range(31, 50))


def test_partitions_that_the_reader_does_not_know_are_read_from_the_start(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(70))
    with reader(broker_url, topic.name) as consumer:
        known = {place: offset for place, offset in end_positions(consumer, 70).items() if place.partition == 0}
    with open_consumer(broker_url, [topic.name], f"test-{uuid.uuid4().hex}", lambda _: known) as consumer:
        rest = 70 - sum(known.values())
        records = read(consumer, rest)
    assert len(records) == rest
    assert all(record.partition != 0 for record in records)


def end_positions(consumer: Consumer, count: int) -> Mapping[Position, int]:
    assert len(read(consumer, count)) == count
    return consumer.positions


def test_offsets_from_before_a_topic_was_made_anew_pass_over_nothing(
    broker_url: str, topic: Topic, caplog: pytest.LogCaptureFixture
) -> None:
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(10))
    with open_consumer(
        broker_url, [topic.name], f"test-{uuid.uuid4().hex}", lambda places: dict.fromkeys(places, 500)
    ) as consumer:
        assert len(read(consumer, 10)) == 10
    assert "was made anew, reading from its start" in caplog.text


def test_a_consumer_reads_on_from_where_it_is_told_to(broker_url: str) -> None:
    topic = a_topic(partitions=1)
    create_topics(broker_url, [topic])
    place = Position(topic.name, 0)
    with open_producer(broker_url) as producer, reader(broker_url, topic.name) as consumer:
        send_all(producer, topic, numbered(30))
        assert len(read(consumer, 30)) == 30
        consumer.seek(place, 12)
        assert consumer.positions == {place: 12}
        assert [record.offset for record in read(consumer, 18)] == list(range(12, 30))


def test_seeking_in_a_partition_that_is_not_read_is_an_error(broker_url: str, topic: Topic) -> None:
    with reader(broker_url, topic.name) as consumer:
        read(consumer, 0)
        with pytest.raises(KeyError):
            consumer.seek(Position(topic.name, 99), 0)


def test_positions_and_end_offsets_tell_the_lag(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer, reader(broker_url, topic.name) as consumer:
        send_all(producer, topic, numbered(40))
        got: list[Record] = []
        deadline = time.monotonic() + PATIENCE
        while not got and time.monotonic() < deadline:
            got += consumer.poll(0.2, 10)
        assert len(got) == 10
        assert sum(consumer.positions.values()) == 10
        assert sum(consumer.end_offsets().values()) == 40
        assert consumer.positions.keys() == consumer.end_offsets().keys()
        read(consumer, 30)
        assert consumer.positions == consumer.end_offsets()


def test_a_waiting_consumer_gets_a_message_within_half_a_second(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer, reader(broker_url, topic.name) as consumer:
        send_all(producer, topic, [("k", b"first")])
        read(consumer, 1)
        sent: list[float] = []

        def send_later() -> None:
            time.sleep(0.7)
            sent.append(time.monotonic())
            send_all(producer, topic, [("k", b"second")])

        sender = threading.Thread(target=send_later)
        sender.start()
        records = consumer.poll(PATIENCE, 10)
        arrived = time.monotonic()
        sender.join()
    assert [record.value for record in records] == [b"second"]
    assert arrived - sent[0] < 0.5


def test_a_poll_with_nothing_to_read_returns_empty_at_its_timeout(broker_url: str, topic: Topic) -> None:
    with reader(broker_url, topic.name) as consumer:
        read(consumer, 0)
        started = time.monotonic()
        assert list(consumer.poll(0.4, 10)) == []
        assert 0.35 <= time.monotonic() - started < 2.0


def test_one_consumer_reads_several_topics(broker_url: str, topic: Topic) -> None:
    other = a_topic(partitions=1)
    create_topics(broker_url, [other])
    with open_producer(broker_url) as producer, reader(broker_url, topic.name, other.name) as consumer:
        send_all(producer, topic, numbered(250))
        send_all(producer, other, [("k", b"short topic")])
        records = read(consumer, 251)
    assert len(records) == 251
    assert [record.value for record in records if record.topic == other.name] == [b"short topic"]


def test_sending_to_a_topic_that_does_not_exist_names_it_and_the_remedy(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        with pytest.raises(BrokerError, match=r"'entente\.nowhere\.v1' does not exist .* creates its topics at start"):
            producer.send("entente.nowhere.v1", "k", b"{}", {})
        send_all(producer, topic, [("k", b"the others go on")])


def test_reading_a_topic_that_does_not_exist_names_it_and_the_remedy(broker_url: str) -> None:
    with pytest.raises(BrokerError, match=r"'entente\.nowhere\.v1' does not exist .* creates its topics at start"):
        reader(broker_url, "entente.nowhere.v1")


def test_a_message_that_is_too_large_is_refused_with_its_size_and_the_others_go_on(
    broker_url: str, topic: Topic
) -> None:
    with open_producer(broker_url) as producer:
        with pytest.raises(BrokerError, match=rf"key b'k' has {MAX_MESSAGE_BYTES + 1} bytes, {MAX_MESSAGE_BYTES} are"):
            producer.send(topic.name, "k", bytes(MAX_MESSAGE_BYTES), {})
        send_all(producer, topic, [("k", b"small")])
    with reader(broker_url, topic.name) as consumer:
        assert [record.value for record in read(consumer, 1)] == [b"small"]


def test_the_largest_message_that_is_allowed_arrives(broker_url: str, topic: Topic) -> None:
    value = bytes(MAX_MESSAGE_BYTES - 1)
    with open_producer(broker_url) as producer, reader(broker_url, topic.name) as consumer:
        send_all(producer, topic, [("k", value), ("k", value)])
        assert [record.value for record in read(consumer, 2)] == [value, value]


def test_creating_topics_again_changes_nothing(broker_url: str, topic: Topic) -> None:
    with open_producer(broker_url) as producer:
        send_all(producer, topic, numbered(5))
    create_topics(broker_url, [topic, a_topic()])
    with reader(broker_url, topic.name) as consumer:
        assert len(read(consumer, 5)) == 5


WRITE_MANY = """
import sys
from entente.broker import open_producer
url, topic, who = sys.argv[1:]
with open_producer(url) as producer:
    for number in range(400):
        producer.send(topic, who, f"{who}:{number}".encode(), {})
        if number % 10 == 9:
            producer.flush()
"""


def test_two_processes_append_at_once_and_nothing_is_lost(broker_url: str, topic: Topic) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE_MANY, broker_url, topic.name, who], cwd=ROOT) for who in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    with reader(broker_url, topic.name) as consumer:
        values = [record.value for record in read(consumer, 800)]
    for who in "ab":
        mine = [value for value in values if value is not None and value.startswith(who.encode())]
        assert mine == [f"{who}:{number}".encode() for number in range(400)]


FLUSH_AND_TELL = """
import sys
from entente.broker import open_producer
url, topic = sys.argv[1:]
producer = open_producer(url)
number = 0
while True:
    for _ in range(5):
        producer.send(topic, "k", b"%d" % number, {})
        number += 1
    producer.flush()
    print(number, flush=True)
"""


def test_what_a_killed_process_flushed_is_there(broker_url: str, topic: Topic) -> None:
    command = [sys.executable, "-c", FLUSH_AND_TELL, broker_url, topic.name]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        flushed = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        flushed += [int(line) for line in writer.stdout if line.endswith("\n")]
    with reader(broker_url, topic.name) as consumer:
        values = [int(record.value or b"") for record in read(consumer, flushed[-1])]
    assert values[: flushed[-1]] == list(range(flushed[-1]))
