"""Which alerts a stream of shifts would have brought."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from entente import packs
from entente.domain import Shift
from entente.settings import Settings
from sinks.alerts import render, subscriptions
from sinks.alerts.announce import History, announcements


def alerts(settings: Settings, file: str | Path, shifts: Iterable[Shift]) -> Iterator[Mapping[str, Any]]:
    """The alerts that would have been sent, in their order and as channels send them: JSON by `msgspec.json.encode`.

    Args:
        settings: for the packs.
        file: the subscriptions; empty for those of the program.
        shifts: all revisions, in the order in which they would have been told.

    Raises:
        InputError: the file says something that cannot be; raised at the first item.
    """
    actors = packs.load(settings.packs)
    found = subscriptions.load(file, actors)
    titles = {subscription.id: subscription.title for subscription in found}
    for _, announcement in announcements(found, shifts, actors, History()):
        yield render.message(announcement, titles[announcement.alert.subscription], actors).data
