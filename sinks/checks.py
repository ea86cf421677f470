"""What this stage reads and reaches at its start, for `entente check`."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from entente import packs
from entente.errors import SettingsError
from entente.settings import Settings
from entente.stage import Probe
from sinks.alerts import subscriptions
from sinks.archive.database import open_database


def probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    """The subscriptions and the database."""
    yield "subscriptions", lambda: _read_subscriptions(settings)
    yield "database", lambda: _reach_database(settings)


def _read_subscriptions(settings: Settings) -> str:
    found = subscriptions.load(settings.subscriptions, packs.load(settings.packs))
    return f"{len(found)} subscriptions to {sum(len(subscription.channels) for subscription in found)} channels"


def _reach_database(settings: Settings) -> str:
    engine = open_database(settings.database)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).strip().splitlines()
        raise SettingsError(f"ENTENTE_DATABASE: {engine.url!r}: {said[0] if said else error}") from error
    finally:
        engine.dispose()
    return f"{engine.url!r} answers"
