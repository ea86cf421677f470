"""Faust on Apache Kafka."""

import asyncio
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import kafka
import pytest
from aiokafka import AIOKafkaProducer

from entente import codec, topics
from entente.broker import create_topics
from tests.processors.running import Worker, publish, running_stage, wait_for, words
from tests.processors.standins import news
from tests.services.kafka import KafkaBroker
from tests.services.wait import wait_until

pytestmark = pytest.mark.kafka

GROUP = "entente-processors"


def test_gaps_that_transactions_leave_neither_lose_a_message_nor_stop_the_commits(fresh_kafka: KafkaBroker) -> None:
    """A transaction's end takes an offset that no reader ever sees; after each restart the commits go on."""
    create_topics(fresh_kafka.url, topics.ALL)
    for first in (0, 10):
        asyncio.run(publish_in_transactions(fresh_kafka.server, range(first, first + 10)))
        with running_stage(fresh_kafka.url):
            wait_for(fresh_kafka.url, topics.SHIFTS, first + 10)
            wait_until(lambda: uncommitted(fresh_kafka) <= topics.ARTICLES.partitions, "all is committed")
    assert {s.holder for s in words(fresh_kafka.url, topics.SHIFTS)} == {f"party-{n}" for n in range(20)}


def test_two_workers_share_the_work_and_one_takes_over_when_the_other_is_killed(
    fresh_kafka: KafkaBroker, tmp_path: Path
) -> None:
    """Nothing is lost while partitions move, in both directions."""
    url = fresh_kafka.url
    (one_folder, other_folder) = (tmp_path / "one", tmp_path / "other")
    for folder in (one_folder, other_folder):
        folder.mkdir()
    with Worker(url, one_folder) as one:
        publish(url, [news(n) for n in range(100)])
        wait_for(url, topics.SHIFTS, 20)
        with Worker(url, other_folder):
            for batch in range(1, 6):
                publish(url, [news(n) for n in range(100 * batch, 100 * batch + 100)])
                time.sleep(1)
            wait_until(lambda: members(fresh_kafka) == 2, "both have joined")
            publish(url, [news(n) for n in range(600, 700)])
            one.end(signal.SIGKILL)
            publish(url, [news(n) for n in range(700, 800)])
            everybody = {f"party-{n}" for n in range(800)}
            wait_until(lambda: {s.holder for s in words(url, topics.SHIFTS)} == everybody, "all shifts are told", 40)
    assert words(url, topics.DEADLETTERS) == []


def test_a_worker_outlives_its_broker(fresh_kafka: KafkaBroker) -> None:
    """It waits for the broker, and goes on when it is back."""
    publish(fresh_kafka.url, [news(1)])
    with running_stage(fresh_kafka.url) as stage:
        wait_for(fresh_kafka.url, topics.SHIFTS, 1)
        fresh_kafka.stop()
        time.sleep(3)
        fresh_kafka.start()
        publish(fresh_kafka.url, [news(2)])
        shifts = wait_for(fresh_kafka.url, topics.SHIFTS, 2)
        assert stage.live() is None
    assert {s.holder for s in shifts} == {"party-1", "party-2"}


def test_the_changelog_of_the_stances_is_compacted_and_never_expires(fresh_kafka: KafkaBroker) -> None:
    with running_stage(fresh_kafka.url):
        pass
    admin = kafka.KafkaAdminClient(bootstrap_servers=fresh_kafka.servers)
    name = f"{GROUP}-stances-changelog"
    (topic,) = admin.describe_topics([name])
    assert len(topic["partitions"]) == topics.STATEMENTS.partitions
    configs = admin.describe_configs([kafka.admin.ConfigResource("TOPIC", name)])
    admin.close()
    assert "'compact'" in str(configs)


async def publish_in_transactions(server: str, numbers: range) -> None:
    """Two articles a transaction, and before each one that is given up."""
    producer = AIOKafkaProducer(bootstrap_servers=server, transactional_id="writer")
    await producer.start()
    try:
        for number in numbers[::2]:
            await producer.begin_transaction()
            await send(producer, number)
            await producer.abort_transaction()
            async with producer.transaction():
                await send(producer, number)
                await send(producer, number + 1)
    finally:
        await producer.stop()


async def send(producer: Any, number: int) -> None:
    article = replace(news(number), url=None)
    await producer.send_and_wait(topics.ARTICLES.name, codec.encode(article), key=codec.key(article).encode())


def uncommitted(broker: KafkaBroker) -> int:
    """How far the group is behind the ends of the articles' partitions; the mark of a last transaction counts one."""
    admin = kafka.KafkaAdminClient(bootstrap_servers=broker.servers)
    consumer = kafka.KafkaConsumer(bootstrap_servers=broker.servers)
    try:
        places = [kafka.TopicPartition(topics.ARTICLES.name, n) for n in range(topics.ARTICLES.partitions)]
        ends = consumer.end_offsets(places)
        committed = admin.list_group_offsets(GROUP)[GROUP]
        return sum(end - max(0, _offset(committed, place)) for place, end in ends.items())
    finally:
        consumer.close()
        admin.close()


def _offset(committed: Any, place: Any) -> int:
    found = committed.get(place)
    return found.offset if found is not None else 0


def members(broker: KafkaBroker) -> int:
    """How many workers share the partitions."""
    admin = kafka.KafkaAdminClient(bootstrap_servers=broker.servers)
    try:
        described = admin.describe_groups([GROUP])
        return len(described[GROUP]["members"])
    finally:
        admin.close()
