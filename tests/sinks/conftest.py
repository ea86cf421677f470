"""What tests of the sinks share: the archive on both databases, a receiver of webhooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from entente import packs
from entente.packs import Actors
from sinks.archive.database import migrate, open_database
from tests.sinks.receiver import Receiver


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each sort in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'entente.db'}"
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An archive with nothing in it."""
    engine = open_database(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """The same, where the database makes no difference."""
    engine = open_database(f"sqlite:///{tmp_path / 'entente.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def actors() -> Actors:
    """The actors of the packs that come with the program."""
    return packs.load()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server on loopback that takes webhooks."""
    with Receiver() as receiver:
        yield receiver
