"""Open the archive's database, and bring its schema up to date."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from entente.errors import SettingsError

BUSY_TIMEOUT = 20  # seconds that a transaction waits for another one in SQLite
CONNECT_TIMEOUT = 10  # seconds
MIGRATION_LOCK = 0x656E_7465_0001  # advisory, in PostgreSQL: one process at a time changes the schema

# PostgreSQL's classes of errors that the same statement meets again however often it is tried:
# data exception, integrity constraint violation, program limit exceeded.
_CLASSES_OF_BAD_DATA = ("22", "23", "54")
_READ_ONLY = "25006"  # a standby, until it is promoted


def open_database(url: str) -> Engine:
    """The database that the setting names; connects on first use."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        # The server notices within half a minute when this host is gone, and frees its locks.
        options = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            connect_args={"connect_timeout": CONNECT_TIMEOUT, "options": options},
            pool_pre_ping=True,
            hide_parameters=True,  # logs hold no articles
        )
    engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema up to date; processes that start together wait for each other. A file gets its folder.

    Raises:
        SettingsError: the schema is newer than this program, or the folder cannot be created.
        OperationalError: the database is away.
    """
    if engine.dialect.name == "sqlite":
        folder = Path(engine.url.database or "").absolute().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"ENTENTE_DATABASE {folder}: {error.strerror}; name a file that can be made") from error
    config = Config()
    config.set_main_option("script_location", "sinks:migrations")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        with _quiet("alembic"):
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise SettingsError(f"ENTENTE_DATABASE is of a newer program: {error}; upgrade this one") from error


def is_away(error: Exception) -> bool:
    """Whether the same transaction may succeed later: the database is away, busy, or a standby."""
    if isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        return not is_bad_data(error)
    return isinstance(error, DBAPIError) and (error.connection_invalidated or _state(error) == _READ_ONLY)


def is_bad_data(error: Exception) -> bool:
    """Whether the database can never take these values (NUL in a text, a number too large, a key too long)."""
    if isinstance(error, DBAPIError):
        return isinstance(error, DataError | IntegrityError) or _state(error).startswith(_CLASSES_OF_BAD_DATA)
    return isinstance(error, ValueError | OverflowError)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver is not to begin transactions by itself: it would begin them too late, and none for changes of schema.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # A transaction that reads first and writes then would fail at once if another one wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
