"""Read the file of subscriptions; every finding names file, subscription and key, and what may have been meant."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from entente import documents
from entente.documents import MisfitError, near
from entente.domain import ActorKind
from entente.errors import InputError
from entente.packs import Actors
from sinks.alerts.match import Match
from sinks.channels.base import ChannelConfig
from sinks.registry import CHANNELS

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Subscription:
    """Who is told what, and how."""

    id: str
    title: str
    match: Match
    channels: tuple[ChannelConfig, ...]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    title: str = ""
    match: dict[str, Any] = {}
    channels: tuple[dict[str, Any], ...] = ()


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    subscriptions: tuple[dict[str, Any], ...]  # read one by one, so that a finding names its subscription


def built_in() -> Path:
    """The subscriptions that come with the program."""
    return Path(str(files("sinks") / "subscriptions.yaml"))


def load(path: str | Path, actors: Actors) -> tuple[Subscription, ...]:
    """The subscriptions of the file; of the one that comes with the program, if the path is empty.

    Raises:
        InputError: with one line for each finding.
    """
    file = Path(path) if path else built_in()
    try:
        entries = documents.fit(documents.read(file), _File).subscriptions
    except MisfitError as error:
        raise InputError("\n".join(f"{file}: {text}" for text in error.findings)) from error
    found: list[Subscription] = []
    findings: list[str] = []
    for number, raw in enumerate(entries, start=1):
        where = f"{file.name}: subscription {raw.get('id', f'number {number}')}"
        try:
            found.append(_subscription(raw, actors))
        except MisfitError as error:
            findings += [f"{where}: {text}" for text in error.findings]
    for subscription, count in Counter(subscription.id for subscription in found).items():
        if count > 1:
            findings.append(f"{file.name}: subscription {subscription}: the id stands {count} times; each id once")
    if findings:
        raise InputError("\n".join(findings))
    return tuple(found)


def _subscription(raw: dict[str, Any], actors: Actors) -> Subscription:
    entry = documents.fit(raw, _Entry)
    findings = [] if _KEBAB.fullmatch(entry.id) else ["id: use lower-case letters and digits joined by hyphens"]
    match = Match()
    channels: list[ChannelConfig] = []
    try:
        match = _match(entry.match, actors)
    except MisfitError as error:
        findings += error.findings
    for number, said in enumerate(entry.channels, start=1):
        try:
            channels.append(_channel(said, f"channels: number {number}"))
        except MisfitError as error:
            findings += error.findings
    if not entry.channels:
        findings.append(f"channels: none; name at least one of {', '.join(CHANNELS)}")
    for name, count in Counter(config.name for config in channels).items():
        if count > 1:
            findings.append(f"channels: {name} stands {count} times")
    if findings:
        raise MisfitError(findings)
    return Subscription(entry.id, entry.title or entry.id, match, tuple(channels))


def _match(raw: dict[str, Any], actors: Actors) -> Match:
    match = documents.fit(raw, Match, "match")
    findings = [*_unknown_ids(match, actors), *_contradictions(match)]
    known = {actor.country for actor in actors.by_id.values()}
    findings += [
        f"match: countries: no actor of {c!r} in the packs{near(c, known)}" for c in match.countries if c not in known
    ]
    if findings:
        raise MisfitError(findings)
    return match


def _unknown_ids(match: Match, actors: Actors) -> Iterator[str]:
    alliances = [actor.id for actor in actors.by_id.values() if actor.kind is ActorKind.ALLIANCE]
    for key, ids, word, known in (
        ("actors", match.actors, "actor", [*actors.by_id]),
        ("pair", match.pair, "actor", [*actors.by_id]),
        ("alliances", match.alliances, "alliance", alliances),
    ):
        yield from (
            f"match: {key}: no {word} {actor_id!r} in the packs{near(actor_id, known)}"
            for actor_id in ids
            if actor_id not in known
        )


def _contradictions(match: Match) -> Iterator[str]:
    if match.pair and len(set(match.pair)) != 2:  # noqa: PLR2004 - a pair
        yield f"match: pair: {len(set(match.pair))} actors; a pair is two"
    if match.mentions and not (match.actors or match.alliances):
        yield "match: mentions: of whom? name actors or alliances"
    for key in ("outlets", "keywords"):
        if not all(text.strip() for text in getattr(match, key)):
            yield f"match: {key}: an empty text"


def _channel(raw: dict[str, Any], where: str) -> ChannelConfig:
    said = {**raw}
    if "type" not in said:
        raise MisfitError([f"{where}: type is missing; use one of {', '.join(CHANNELS)}"])
    kind = said.pop("type")
    if kind not in CHANNELS:
        raise MisfitError([f"{where}: no channel {kind!r}; known: {', '.join(CHANNELS)}{near(kind, CHANNELS)}"])
    config: ChannelConfig = documents.fit(said, CHANNELS[kind].config, f"{where} ({kind})")
    if findings := [f"{where} ({kind}): {finding}" for finding in config.findings()]:
        raise MisfitError(findings)
    return config
