"""Only one process sends at a time; when it dies, another takes over at once."""

from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, text

from entente.claim import Claim

DELIVERY_LOCK = 0x656E_7465_0002  # advisory, in PostgreSQL


class Leadership(Protocol):
    """The right to send."""

    def hold(self) -> bool:
        """Whether this process has the right now; takes it, if nobody has it.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is away, and the right lost.
        """

    def release(self) -> None:
        """Give it to others."""


def leadership(engine: Engine) -> Leadership:
    """The right to send what stands in that database."""
    if engine.dialect.name == "postgresql":
        return _AdvisoryLock(engine)
    return _FileLock(Path(f"{engine.url.database}.deliveries.lock"))


class _FileLock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._claim: Claim | None = None

    def hold(self) -> bool:
        if self._claim is None:
            try:
                self._claim = Claim(self._path)
            except BlockingIOError:
                return False
        return True

    def release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


class _AdvisoryLock:
    """Held by a session of its own; ends with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: Connection | None = None

    def hold(self) -> bool:
        try:
            if self._session is not None:
                self._session.execute(text("SELECT 1"))
                return True
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._session = session
            if session.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": DELIVERY_LOCK}).scalar_one():
                return True
        except Exception:
            self.release()
            raise
        self.release()
        return False

    def release(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            session.invalidate()  # really closes it, which frees the lock
            session.close()
