"""Apache Kafka, as `make kafka` brings it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import kafka
import pytest
from kafka.errors import KafkaError

from deploy.kafka import local
from tests.services.missing import missing
from tests.services.wait import wait_until


class KafkaBroker:
    """One broker of its own on a port that it keeps, so that tests can stop it and start it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = local.free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "broker.log"
        self.server = f"127.0.0.1:{self._port}"
        self.servers = [self.server]
        self.url = f"kafka://{self.server}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = local.command(self._folder, self._port, local.free_port(), heap="256m")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        wait_until(self._answers, f"Kafka answers; see {self.log}", timeout=60)

    def stop(self) -> None:
        """Stop it in order; what it holds stays."""
        self._end(kill=False)

    def kill(self) -> None:
        """Stop it with kill -9."""
        self._end(kill=True)

    def _answers(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"Kafka ended by itself: {self.log.read_text(errors='replace')[-2000:]}")
        try:
            # The port opens before the broker answers.
            admin = kafka.KafkaAdminClient(bootstrap_servers=self.servers, bootstrap_timeout_ms=1000)
        except KafkaError:
            return False
        try:
            return any(not broker.get("is_fenced") for broker in admin.describe_cluster()["brokers"])
        finally:
            admin.close()

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None


@contextmanager
def running_kafka(folder: Path) -> Iterator[KafkaBroker]:
    """A broker that keeps its data in this folder."""
    if not local.brought():
        missing("Apache Kafka", "run `make kafka`")
    broker = KafkaBroker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One broker for all tests that name their topics themselves."""
    with running_kafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def fresh_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """An empty broker for this test alone."""
    with running_kafka(tmp_path_factory.mktemp("fresh-kafka")) as broker:
        yield broker
