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
from typing import Annotated, Any, Literal

import msgspec

from entente import documents
from entente.documents import MisfitError
from entente.domain import ALWAYS, Actor, ActorId, ActorKind, Affiliation, Alias, Membership, Period
from entente.errors import InputError, PackError

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORDS = re.compile(r"\w+( \w+)*")


Country = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{2}$", description="two capital letters of ISO 3166-1, such as FR; ZZ for none")
]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What all dated entries of a pack share."""

    since: date | None = None
    until: date | None = None


class _AliasEntry(_Entry, frozen=True, kw_only=True):
    text: str
    case: Literal["exact", "any"] = "exact"
    unless_near: tuple[str, ...] = ()
    only_near: tuple[str, ...] = ()
    only_at_home: bool = False


class _MembershipEntry(_Entry, frozen=True, kw_only=True):
    alliance: str


class _AffiliationEntry(_Entry, frozen=True, kw_only=True):
    id: str
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


ANYBODY = ActorId("any-alliance")  # whom a party stays away from that goes alone
_ANYBODY_NAMED = ("any alliance", "any party")  # names under which a pack may hold it with an id of its own


@dataclass(frozen=True)
class Actors:
    """All actors of the packs in force, by id; and the words that show which country an article is about."""

    by_id: Mapping[ActorId, Actor]
    places: Mapping[str, str] = field(default_factory=dict)  # word: country
    overrides: tuple[str, ...] = ()  # which pack replaces whose actor, a line each

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
    def anybody(self) -> ActorId:
        """The id for any alliance at all: the packs' own, if they have one."""
        return next((a.id for a in self.by_id.values() if a.name.lower() in _ANYBODY_NAMED), ANYBODY)

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
    overrides: list[str] = []
    findings: list[str] = []
    for path in [*built_in(), *map(Path, further)]:
        pack, read, wrong = _read(path)
        findings += wrong
        overrides += [f"{path.name}: {a.id} replaces that of {origin[a.id]}" for a in read if a.id in origin]
        actors.update({actor.id: actor for actor in read})
        origin.update({actor.id: path.name for actor in read})
        for place, country in ((place, pack.country) for place in pack.places) if pack else ():
            if places.setdefault(place, country) != country:
                findings.append(f"{path.name}: places: {place!r} also shows {places[place]}; it can show one country")
    findings += [f"{origin[actor]}: {text}" for actor, text in _cross_check(actors)]
    if findings:
        raise PackError("\n".join(findings))
    return Actors(actors, places, tuple(overrides))


def _read(path: Path) -> tuple[_Pack | None, list[Actor], list[str]]:
    try:
        pack = documents.fit(documents.read(path), _Pack)
    except InputError as error:
        return None, [], [str(error)]
    except MisfitError as error:
        return None, [], [f"{path.name}: {text}" for text in error.findings]
    actors: list[Actor] = []
    findings: list[str] = []
    for number, raw in enumerate(pack.actors, start=1):
        name = raw.get("id", f"number {number}")
        try:
            actors.append(_actor(documents.fit(raw, _ActorEntry), pack.country))
        except MisfitError as error:
            findings += [f"{path.name}: actor {name}: {text}" for text in error.findings]
    for actor_id, count in Counter(actor.id for actor in actors).items():
        if count > 1:
            findings.append(f"{path.name}: actor {actor_id}: the id stands {count} times; each id once a pack")
    return pack, actors, findings


def _actor(entry: _ActorEntry, country: str) -> Actor:
    """The actor.

    Raises:
        MisfitError: with all findings.
    """
    said = [_AliasEntry(text=alias) if isinstance(alias, str) else alias for alias in entry.aliases]
    if findings := [*_flaws(entry), *_flaws_of_aliases(said)]:
        raise MisfitError(findings)
    aliases = {alias.text: alias for alias in map(_alias, said)}
    aliases.setdefault(entry.name, Alias(entry.name))
    return Actor(
        id=ActorId(entry.id),
        kind=entry.kind,
        name=entry.name,
        short=entry.short or entry.name,
        country=entry.country or country,
        aliases=tuple(aliases.values()),
        member_of=tuple(Membership(ActorId(e.alliance), _period(e)) for e in entry.member_of),
        party=tuple(Affiliation(ActorId(e.id), e.role, _period(e)) for e in entry.party),
    )


def _flaws(entry: _ActorEntry) -> Iterable[str]:
    if not _KEBAB.fullmatch(entry.id):
        yield f"id {entry.id!r}: use lower-case letters and digits joined by hyphens"
    if not entry.name.strip():
        yield "name: an empty text"
    if entry.member_of and entry.kind is ActorKind.PERSON:
        yield "member_of: persons belong to a party, by the key party"
    if entry.party and entry.kind is not ActorKind.PERSON:
        yield f"party: only a person has one, and this is kind {entry.kind}"
    for key, name, dated in (
        *(("member_of", membership.alliance, membership) for membership in entry.member_of),
        *(("party", affiliation.id, affiliation) for affiliation in entry.party),
    ):
        yield from _flaw_of_period(f"{key}: {name}", dated)


def _flaws_of_aliases(aliases: Sequence[_AliasEntry]) -> Iterable[str]:
    for text, count in Counter(alias.text for alias in aliases).items():
        if not text.strip():
            yield "aliases: an empty text"
        elif count > 1:
            yield f"aliases: {text!r}: the same text stands twice"
    for alias in aliases:
        for word in (*alias.unless_near, *alias.only_near):
            if not _WORDS.fullmatch(word):
                yield (
                    f"aliases: {alias.text!r}: {word!r} can stand near nothing: "
                    "give words joined by spaces, no other signs"
                )
        yield from _flaw_of_period(f"aliases: {alias.text!r}", alias)


def _flaw_of_period(where: str, entry: _Entry) -> Iterable[str]:
    try:
        _period(entry)
    except ValueError as error:
        yield f"{where}: {error}"


def _alias(entry: _AliasEntry) -> Alias:
    return Alias(
        text=entry.text,
        any_case=entry.case == "any",
        only_at_home=entry.only_at_home,
        unless_near=tuple(word.casefold() for word in entry.unless_near),
        only_near=tuple(word.casefold() for word in entry.only_near),
        period=_period(entry),
    )


def _period(entry: _Entry) -> Period:
    return ALWAYS if entry.since is None and entry.until is None else Period(entry.since, entry.until)


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
