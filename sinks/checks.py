"""What this stage reads and reaches at its start, for `entente check`."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from entente import packs
from entente.addresses import NOT_PUBLIC, is_refused, networks
from entente.broker.sqlite import path_of
from entente.errors import InputError, PackError, SettingsError
from entente.files import try_file, try_sqlite
from entente.settings import Settings
from entente.stage import Probe
from sinks.alerts import subscriptions
from sinks.archive.database import open_database
from sinks.channels.base import ChannelConfig
from sinks.channels.file import FileConfig
from sinks.channels.webhook import WebhookConfig


def probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    """The subscriptions and the database."""
    yield "subscriptions", lambda: _read_subscriptions(settings)
    yield "database", lambda: _reach_database(settings)


def _read_subscriptions(settings: Settings) -> str:
    try:
        actors = packs.load(settings.packs)
    except PackError as error:
        raise InputError("cannot be read before the packs are mended") from error
    found = subscriptions.load(settings.subscriptions, actors)
    findings = [
        f"{subscription.id}: {finding}"
        for subscription in found
        for config in subscription.channels
        for finding in _refused(config, settings)
    ]
    if findings:
        raise InputError("\n".join(findings))
    return f"{len(found)} subscriptions to {sum(len(subscription.channels) for subscription in found)} channels"


def _refused(config: ChannelConfig, settings: Settings) -> Iterator[str]:
    """Why the channel could not deliver, as far as that is known without trying."""
    if isinstance(config, WebhookConfig):
        with suppress(SettingsError):  # told of allow_private
            host = urlsplit(config.url).hostname or ""
            if is_refused(host, networks(settings.allow_private)):
                yield f"{config.name}: {host} {NOT_PUBLIC}"
    elif isinstance(config, FileConfig):
        try:
            try_file("path" if config.path else "ENTENTE_ALERTS_FILE", Path(config.path or settings.alerts_file))
        except SettingsError as error:
            yield f"{config.name}: {error}"


def _reach_database(settings: Settings) -> str:
    if urlsplit(settings.database).scheme == "sqlite":
        path = path_of(settings.database)
        found = try_sqlite("ENTENTE_DATABASE", path)
        if not path.exists():
            return found
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
