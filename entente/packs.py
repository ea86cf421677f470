"""Actor packs: who is watched, under which names, and who belonged to whom when.

A pack is a YAML file; later packs add to earlier ones and replace their actors by id. All packs are checked as a whole
before anything runs: every finding names file, actor and key.

    pack: france
    title: Parties and alliances of France
    country: FR                       # ISO 3166-1; ZZ for actors of no country
    places: [France, French, Paris]   # words which show that an article is about the country
    actors:
      - id: ps-fr
        kind: party                   # party, alliance, person, government or other
        name: Parti socialiste
        short: PS                     # how a reader wants to see it
        aliases:                      # how it is written; the name itself counts as well
          - Socialist Party
          - {text: PS, only_at_home: true}              # only in articles about the country
          - {text: socialists, case: any, unless_near: [Spain, Spanish]}   # within five words; also: only_near
          - {text: French Socialists, since: 2019-01-01, until: 2024-01-01}
        member_of:
          - {alliance: nfp, since: 2024-06-10, until: 2025-01-16}          # `until` is the first day outside
      - id: olivier-faure
        kind: person
        name: Olivier Faure
        aliases: [Faure]              # a surname alone counts only in articles about the country
        party: [{id: ps-fr, role: first secretary, since: 2018-04-07}]

Actors of different countries may share an alias: it means the one whose country the article is about.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from entente.domain import ALWAYS, Actor, ActorId, ActorKind, Affiliation, Alias, Membership, Period
from entente.errors import PackError

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORDS = re.compile(r"\w+( \w+)*")


Country = Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What all dated entries of a pack share."""

    since: date | None = None
    until: date | None = None


class _AliasEntry(_Entry, frozen=True):
    text: str = ""
    case: str = "exact"
    unless_near: tuple[str, ...] = ()
    only_near: tuple[str, ...] = ()
    only_at_home: bool = False


class _MembershipEntry(_Entry, frozen=True):
    alliance: str = ""


class _AffiliationEntry(_Entry, frozen=True):
    id: str = ""
    role: str | None = None


class _ActorEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    kind: ActorKind
    name: str
    short: str | None = None
    country: Country | None = None  # where it is not the pack's
    aliases: tuple[str | _AliasEntry, ...] = ()
    member_of: tuple[_MembershipEntry, ...] = ()
    party: tuple[_AffiliationEntry, ...] = ()


class _Pack(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pack: str
    title: str
    country: Country
    actors: tuple[dict[str, Any], ...]  # read one by one, so that a finding names its actor
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Actors:
    """All actors of the packs in force, by id; and the words that show which country an article is about."""

    by_id: Mapping[ActorId, Actor]
    places: Mapping[str, str] = field(default_factory=dict)  # word: country

    def __getitem__(self, actor_id: ActorId) -> Actor:
        """The actor.

        Raises:
            KeyError: no pack knows the id.
        """
        return self.by_id[actor_id]

    def short(self, actor_id: ActorId) -> str:
        """How a reader wants to see the actor; the id itself where no pack knows it."""
        actor = self.by_id.get(actor_id)
        return actor.short if actor else actor_id

    @cached_property
    def persons(self) -> tuple[Actor, ...]:
        """The persons among them."""
        return tuple(actor for actor in self.by_id.values() if actor.kind is ActorKind.PERSON)


def built_in() -> list[Path]:
    """The packs that come with the program."""
    folder = Path(str(files("entente") / "data" / "packs"))
    return sorted(folder.glob("*.yaml"))


def load(further: Sequence[str | Path] = ()) -> Actors:
    """The actors of the built-in packs and of further ones.

    Raises:
        PackError: with one line for each finding.
    """
    actors: dict[ActorId, Actor] = {}
    origin: dict[ActorId, str] = {}
    places: dict[str, str] = {}
    findings: list[str] = []
    for path in [*built_in(), *map(Path, further)]:
        pack, read, wrong = _read(path)
        findings += wrong
        actors.update({actor.id: actor for actor in read})
        origin.update({actor.id: path.name for actor in read})
        for place, country in ((place, pack.country) for place in pack.places) if pack else ():
            if places.setdefault(place, country) != country:
                findings.append(f"{path.name}: places: {place!r} also shows {places[place]}; it can show one country")
    findings += [f"{origin[actor]}: {text}" for actor, text in _cross_check(actors)]
    if findings:
        raise PackError("\n".join(findings))
    return Actors(actors, places)


def _read(path: Path) -> tuple[_Pack | None, list[Actor], list[str]]:
    try:
        pack = msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader), _Pack)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return None, [], [f"{path}: {error}"]
    except msgspec.ValidationError as error:
        return None, [], [f"{path.name}: {error}; a pack has the keys pack, title, country and actors"]
    actors: list[Actor] = []
    findings: list[str] = []
    for number, raw in enumerate(pack.actors, start=1):
        name = raw.get("id", f"number {number}")
        try:
            actors.append(_actor(msgspec.convert(raw, _ActorEntry), pack.country))
        except (msgspec.ValidationError, ValueError) as error:
            findings.append(f"{path.name}: actor {name}: {error}")
    for actor_id, count in Counter(actor.id for actor in actors).items():
        if count > 1:
            findings.append(f"{path.name}: actor {actor_id}: the id stands {count} times; each id once a pack")
    return pack, actors, findings


def _actor(entry: _ActorEntry, country: str) -> Actor:
    if not _KEBAB.fullmatch(entry.id):
        raise ValueError(f"id {entry.id!r}: use lower-case letters and digits joined by hyphens")
    if entry.member_of and entry.kind is ActorKind.PERSON:
        raise ValueError("member_of: persons belong to a party, by the key party")
    if entry.party and entry.kind is not ActorKind.PERSON:
        raise ValueError(f"party: only a person has one, and this is kind {entry.kind}")
    aliases = {alias.text: alias for alias in map(_alias, entry.aliases)}
    if len(aliases) < len(entry.aliases):
        raise ValueError("aliases: the same text stands twice")
    aliases.setdefault(entry.name, Alias(entry.name))
    return Actor(
        id=ActorId(entry.id),
        kind=entry.kind,
        name=entry.name,
        short=entry.short or entry.name,
        country=entry.country or country,
        aliases=tuple(aliases.values()),
        member_of=tuple(Membership(ActorId(e.alliance), _period("member_of", e.alliance, e)) for e in entry.member_of),
        party=tuple(Affiliation(ActorId(e.id), e.role, _period("party", e.id, e)) for e in entry.party),
    )


def _alias(entry: str | _AliasEntry) -> Alias:
    if isinstance(entry, str):
        entry = _AliasEntry(text=entry)
    if entry.case not in ("exact", "any"):
        raise ValueError(f"aliases: case {entry.case!r} of {entry.text!r}: use exact or any")
    if not entry.text.strip():
        raise ValueError("aliases: an empty text")
    for word in (*entry.unless_near, *entry.only_near):
        if not _WORDS.fullmatch(word):
            raise ValueError(
                f"aliases: {entry.text!r}: {word!r} can stand near nothing: give words joined by spaces, no other signs"
            )
    return Alias(
        text=entry.text,
        any_case=entry.case == "any",
        only_at_home=entry.only_at_home,
        unless_near=tuple(word.casefold() for word in entry.unless_near),
        only_near=tuple(word.casefold() for word in entry.only_near),
        period=_period("aliases", entry.text, entry),
    )


def _period(key: str, name: str, entry: _Entry) -> Period:
    if entry.since is None and entry.until is None:
        return ALWAYS
    try:
        return Period(entry.since, entry.until)
    except ValueError as error:
        raise ValueError(f"{key}: {name}: {error}") from error


def _cross_check(actors: Mapping[ActorId, Actor]) -> Iterable[tuple[ActorId, str]]:
    for actor in actors.values():
        for membership in actor.member_of:
            if (other := actors.get(membership.alliance)) is None or other.kind is not ActorKind.ALLIANCE:
                yield actor.id, f"actor {actor.id}: member_of: no alliance {membership.alliance!r} in the packs"
        for affiliation in actor.party:
            if (other := actors.get(affiliation.party)) is None or other.kind is ActorKind.PERSON:
                yield actor.id, f"actor {actor.id}: party: no party {affiliation.party!r} in the packs"
        yield from ((actor.id, text) for text in _overlaps(actor))
    yield from _ambiguous(actors)


def _overlaps(actor: Actor) -> Iterable[str]:
    remedy = "overlap or are out of order; give since and until"
    for alliance in {membership.alliance for membership in actor.member_of}:
        periods = [m.period for m in actor.member_of if m.alliance == alliance]
        if not all(_in_order(one, following) for one, following in pairwise(periods)):
            yield f"actor {actor.id}: member_of: the periods in {alliance} {remedy}"
    for one, following in pairwise(actor.party):
        if one.party != following.party and not _in_order(one.period, following.period):
            yield f"actor {actor.id}: party: {one.party} and {following.party} {remedy}"


def _in_order(one: Period, following: Period) -> bool:
    return one.until is not None and following.since is not None and one.until <= following.since


def _ambiguous(actors: Mapping[ActorId, Actor]) -> Iterable[tuple[ActorId, str]]:
    owners: dict[str, list[tuple[ActorId, Alias]]] = {}
    for actor in actors.values():
        for alias in actor.aliases:
            owners.setdefault(alias.text, []).append((actor.id, alias))
    for text, claims in owners.items():
        for (one, alias), (other, next_alias) in combinations(claims, 2):
            if actors[one].country != actors[other].country:
                continue  # the country that the article is about tells them apart
            told_apart = alias.unless_near or alias.only_near or next_alias.unless_near or next_alias.only_near
            if alias.period.overlaps(next_alias.period) and not told_apart:
                yield other, f"actor {other}: aliases: {text!r} also means {one}; give dates, only_near or unless_near"
