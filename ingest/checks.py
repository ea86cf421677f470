"""What this stage reads at its start, for `entente check`."""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from entente.addresses import NOT_PUBLIC, is_refused, networks
from entente.broker.sqlite import path_of
from entente.errors import InputError, SettingsError
from entente.files import try_sqlite
from entente.settings import Settings
from entente.stage import Probe
from ingest import feeds
from ingest.demo.newsroom import load_articles
from ingest.state import State


def probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    """The feeds, the networks they may use, what was seen of them, and the articles of the demo."""
    yield "feeds", lambda: _read_feeds(settings)
    yield "allow_private", lambda: f"{len(networks(settings.allow_private))} networks or addresses"
    yield "feed_state", lambda: _open_state(settings)
    if settings.demo:
        yield "demo", lambda: f"{len(load_articles().pieces)} articles"


def _read_feeds(settings: Settings) -> str:
    found = feeds.configured(settings)
    with suppress(SettingsError):  # told of allow_private
        allowed = networks(settings.allow_private)
        refused = [feed for feed in found if is_refused(urlsplit(feed.url).hostname or "", allowed)]
        if refused:
            raise InputError("\n".join(f"feed {feed.id}: {feed.host} {NOT_PUBLIC}" for feed in refused))
    return f"{len(found)} feeds"


def _open_state(settings: Settings) -> str:
    path = path_of(settings.feed_state)
    said = try_sqlite("ENTENTE_FEED_STATE", path)
    if path.exists():
        State(path).close()  # finds out whether it is ours
    return said
