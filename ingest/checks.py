"""What this stage reads at its start, for `entente check`."""

from collections.abc import Iterator

from entente.addresses import networks
from entente.broker.sqlite import path_of
from entente.settings import Settings
from entente.stage import Probe
from ingest import feeds
from ingest.demo.newsroom import load_articles
from ingest.state import State


def probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    """The feeds, the networks they may use, what was seen of them, and the articles of the demo."""
    yield "feeds", lambda: f"{len(feeds.configured(settings))} feeds"
    yield "allow_private", lambda: f"{len(networks(settings.allow_private))} networks or addresses"
    yield "feed_state", lambda: _open_state(settings)
    if settings.demo:
        yield "demo", lambda: f"{len(load_articles().pieces)} articles"


def _open_state(settings: Settings) -> str:
    path = path_of(settings.feed_state)
    if not path.exists():
        return f"{path} will be created"
    State(path).close()
    return str(path)
