"""An alert in words and in fields (pure)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from entente import codec
from entente.domain import ActorMentions, Shift, ShiftStatus, Statement
from entente.packs import Actors
from sinks.alerts.announce import Announcement
from sinks.alerts.match import Direction, direction
from sinks.channels.base import Message

TYPE = "entente.alert"
QUOTES = 3  # shown at most
QUOTE_LENGTH = 400  # characters
_JOINERS = "\u200c\u200d"  # invisible, but part of words in the scripts of India
TEST = "TEST: nothing happened; this only tries the channel"

_WAYS = {Direction.APART: "moved away from", Direction.CLOSER: "moved closer to", None: "changed toward"}
_HEADS = {
    ShiftStatus.PROVISIONAL: "{holder} may have {way} {target}",
    ShiftStatus.CONFIRMED: "{holder} {way} {target}",
    ShiftStatus.WITHDRAWN: "{holder} has not {way} {target} after all",
}


def message(announcement: Announcement, title: str, actors: Actors, *, test: bool = False) -> Message:
    """What a channel sends.

    Args:
        announcement: what is told.
        title: of the subscription.
        actors: who are known, for their short names.
        test: whether this only tries the channel.
    """
    alert = announcement.alert
    text = "\n".join([*([TEST] if test else []), *_lines(announcement, title, actors)])
    data: dict[str, Any] = {
        "type": TYPE,
        "id": alert.id,
        "revision": alert.revision,
        "number": announcement.number,
        "status": announcement.status,
        "was": announcement.was,
        "test": test,
        "subscription": {"id": alert.subscription, "title": title},
        "text": text,
    }
    if alert.shift is not None:
        data["shift"] = msgspec.Raw(codec.encode(alert.shift))
    else:
        data["mentions"] = msgspec.Raw(codec.encode(alert.mentions))
    return Message(f"{alert.id}_{alert.revision}", text, data)


def _lines(announcement: Announcement, title: str, actors: Actors) -> Iterator[str]:
    alert = announcement.alert
    if alert.shift is not None:
        yield from _shift_lines(announcement, alert.shift, actors)
    elif alert.mentions is not None:
        yield from _mention_lines(alert.mentions, actors)
    yield f"  for: {_clean(title)}"


def _shift_lines(announcement: Announcement, shift: Shift, actors: Actors) -> Iterator[str]:
    holder, target = _clean(actors.short(shift.holder)), _clean(actors.short(shift.target))
    head = _HEADS[shift.status].format(holder=holder, target=target, way=_WAYS[direction(shift)])
    update = f"Update, was {announcement.was}: " if announcement.was else ""
    yield f"{update}{head}: {shift.from_} → {shift.to} [{shift.status}]"
    word = shift.type.replace("_", " ").lower()
    yield f"  {word} · {shift.at:%Y-%m-%d %H:%M %Z} · {_clean(shift.reason)}"
    count = "1 independent source" if shift.sources == 1 else f"{shift.sources} independent sources"
    yield f"  {count}: {_clean(', '.join(shift.outlets))}"
    for statement in shift.statements[:QUOTES]:
        yield from _quote_lines(statement)


def _quote_lines(statement: Statement) -> Iterator[str]:
    said_by = f" (through {_clean(statement.via)})" if statement.via else ""
    yield f"  “{_shorten(_clean(statement.sentence))}”{said_by}"
    yield f"    {_source(statement.outlet, statement.url)}"


def _mention_lines(named: ActorMentions, actors: Actors) -> Iterator[str]:
    count = len(named.mentions)
    times = "once" if count == 1 else f"{count} times"
    yield f"{_clean(actors.short(named.actor))} is named {times}: {_shorten(_clean(named.title))} [mention]"
    yield f"  {named.published:%Y-%m-%d %H:%M %Z} · {_source(named.outlet, named.url)}"


def _source(outlet: str, url: str | None) -> str:
    return f"{_clean(outlet)}, {_clean(url)}" if url else _clean(outlet)


def _clean(text: str) -> str:
    """The text on one line, without what would command a terminal or turn the direction of writing."""
    return " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in text).split())


def _shorten(text: str) -> str:
    return text if len(text) <= QUOTE_LENGTH else f"{text[: QUOTE_LENGTH - 1]}…"
