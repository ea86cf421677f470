"""Fixtures that all tests can ask for."""

from pathlib import Path

import pytest

from tests.services.kafka import fresh_kafka, kafka_broker
from tests.services.postgres import postgres_database, postgres_url
from tests.services.prometheus import start_prometheus

__all__ = ["broker_url", "fresh_kafka", "kafka_broker", "postgres_database", "postgres_url", "start_prometheus"]


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each broker in turn: an empty log, and a Kafka on which a test makes topics with names of its own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.db'}"
    url: str = request.getfixturevalue("kafka_broker").url
    return url
