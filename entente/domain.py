"""The words of entente: what is watched, read, tracked and told.

Plain frozen dataclasses without a framework; invariants are checked where a value is made and raise ValueError.
All times are zone-aware. Offsets count characters of the article's title or text, the end exclusive.
A trailing underscore only keeps a name off Python's keywords; messages carry it without (`from_` is `from`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

# Of news; days around a time and its form in another zone stay within what Python can say.
YEARS = range(1600, 2200)

ActorId = NewType("ActorId", str)
ArticleId = NewType("ArticleId", str)
StatementId = NewType("StatementId", str)
ShiftId = NewType("ShiftId", str)
AlertId = NewType("AlertId", str)


class ActorKind(StrEnum):
    """What an actor is."""

    PARTY = "party"
    ALLIANCE = "alliance"
    PERSON = "person"
    GOVERNMENT = "government"
    OTHER = "other"


class StatementType(StrEnum):
    """What a holder does or says toward a target; sixteen types on a scale from conflict to cooperation.

    The scale follows PLOVER (Open Event Data Alliance), extended for alliances between parties.
    """

    ALLY = "ALLY"
    COORDINATE = "COORDINATE"
    ENDORSE = "ENDORSE"
    MEET = "MEET"
    OFFER = "OFFER"
    URGE_UNITY = "URGE_UNITY"
    UNDECIDED = "UNDECIDED"
    DEMAND = "DEMAND"
    CRITICISE = "CRITICISE"
    DISCORD = "DISCORD"
    SKIP = "SKIP"
    ACCUSE = "ACCUSE"
    REJECT = "REJECT"
    GO_ALONE = "GO_ALONE"
    OPPOSE = "OPPOSE"
    EXIT = "EXIT"

    @property
    def polarity(self) -> float:
        """The type's own place on the scale, -10 (conflict) to +10 (cooperation)."""
        return _POLARITY[self]


_POLARITY = {
    StatementType.ALLY: 8.0,
    StatementType.COORDINATE: 6.0,
    StatementType.ENDORSE: 5.0,
    StatementType.MEET: 4.0,
    StatementType.OFFER: 3.0,
    StatementType.URGE_UNITY: 2.0,
    StatementType.UNDECIDED: 0.0,
    StatementType.DEMAND: -1.0,
    StatementType.CRITICISE: -2.0,
    StatementType.DISCORD: -3.0,
    StatementType.SKIP: -3.0,
    StatementType.ACCUSE: -3.5,
    StatementType.REJECT: -4.0,
    StatementType.GO_ALONE: -5.0,
    StatementType.OPPOSE: -5.0,
    StatementType.EXIT: -8.0,
}


class Modality(StrEnum):
    """How firmly the stance stands."""

    ASSERTED = "asserted"
    INTENDED = "intended"
    FUTURE = "future"
    CONDITIONAL = "conditional"
    ALLEGED = "alleged"
    SPECULATED = "speculated"
    DENIED = "denied"
    PAST = "past"


class Claim(StrEnum):
    """Who vouches for the statement: the holder's own side, a rival of it, or somebody else."""

    SELF = "self"
    RIVAL = "rival"
    OTHER = "other"


class Part(StrEnum):
    """The part of an article that an offset counts in."""

    TITLE = "title"
    TEXT = "text"


class StanceLabel(StrEnum):
    """The tracked relation of a holder to a target, in a word."""

    ALLY = "ally"
    PARTNER = "partner"
    NEUTRAL = "neutral"
    STRAINED = "strained"
    RIVAL = "rival"


class ShiftStatus(StrEnum):
    """How sure a shift is."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


# --- actors ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """Days from `since` up to but not including `until`; an open end is None."""

    since: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise ValueError(f"since {self.since} is not before until {self.until}")

    def covers(self, day: date) -> bool:
        """Whether the day lies within."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def overlaps(self, other: "Period") -> bool:
        """Whether some day lies within both."""
        return (self.since is None or other.until is None or self.since < other.until) and (
            other.since is None or self.until is None or other.since < self.until
        )


ALWAYS = Period()


@dataclass(frozen=True)
class Alias:
    """A way to write an actor's name, and when it means this actor."""

    text: str
    any_case: bool = False  # else the letters must stand exactly so
    unless_near: tuple[str, ...] = ()  # not this actor where one of these words is near
    only_near: tuple[str, ...] = ()  # this actor only where one of these words is near
    only_at_home: bool = False  # this actor only in articles that are about its country
    period: Period = ALWAYS


@dataclass(frozen=True)
class Membership:
    """A party's time in an alliance."""

    alliance: ActorId
    period: Period = ALWAYS


@dataclass(frozen=True)
class Affiliation:
    """A person's time in a party, and the role there."""

    party: ActorId
    role: str | None = None
    period: Period = ALWAYS


@dataclass(frozen=True)
class Actor:
    """Somebody who can take a stance, or toward whom one can be taken."""

    id: ActorId
    kind: ActorKind
    name: str
    short: str  # how a reader wants to see it
    country: str  # ISO 3166-1 alpha-2
    aliases: tuple[Alias, ...] = ()  # the name itself included
    member_of: tuple[Membership, ...] = ()  # of parties
    party: tuple[Affiliation, ...] = ()  # of persons

    def party_on(self, day: date) -> ActorId | None:
        """The party of a person on that day, if any."""
        return next((a.party for a in self.party if a.period.covers(day)), None)

    def alliances_on(self, day: date) -> frozenset[ActorId]:
        """The alliances of a party on that day."""
        return frozenset(m.alliance for m in self.member_of if m.period.covers(day))


# --- what is read ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Article:
    """One version of one item of news."""

    id: ArticleId  # of the feed and the item's key there: the same over versions
    url: str | None
    outlet: str
    title: str
    text: str
    published: datetime
    version: int = 1  # counts up when the outlet changes the item
    fetched: datetime | None = None
    language: str | None = None  # BCP 47
    feed: str | None = None  # id of the feed it came from

    def __post_init__(self) -> None:
        _require_time("published", self.published)
        _require_time("fetched", self.fetched)
        if not self.id:
            raise ValueError("an article needs an id")
        if self.version < 1:
            raise ValueError(f"version {self.version} of article {self.id} is below 1")

    def part(self, part: Part) -> str:
        """The characters that offsets in this part count in."""
        return self.title if part is Part.TITLE else self.text


@dataclass(frozen=True)
class Mention:
    """One place where an article names an actor."""

    actor: ActorId
    surface: str  # the characters there
    part: Part
    start: int
    end: int
    how: str  # alias | affiliation | surname | reference
    via: str | None = None  # the person's full name, where a person stands for a party

    def __post_init__(self) -> None:
        _require_span(self.start, self.end)


@dataclass(frozen=True)
class ActorMentions:
    """All places where one version of an article names one actor."""

    article_id: ArticleId
    article_version: int
    actor: ActorId
    outlet: str
    url: str | None
    title: str
    published: datetime
    mentions: tuple[Mention, ...]

    def __post_init__(self) -> None:
        _require_time("published", self.published)


@dataclass(frozen=True)
class Statement:
    """A stance that an article reports: who, what, about whom, who says so, in which words."""

    id: StatementId
    article_id: ArticleId
    article_version: int
    outlet: str
    url: str | None
    published: datetime
    holder: ActorId
    via: str | None  # full name of the person who speaks or acts for the holder
    type: StatementType
    target: ActorId
    polarity: float  # -10 to +10; the type's own unless the words say otherwise
    modality: Modality
    claim: Claim
    attribution: tuple[str, ...]  # who says so, the nearest voice first; the article's own voice is "narrator"
    evidence: str  # the words that show it, exactly as in the article
    part: Part
    start: int
    end: int
    sentence: str  # the sentence around the evidence
    confidence: float  # 0 to 1
    rule: str  # the rule or model that found it

    def __post_init__(self) -> None:
        _require_time("published", self.published)
        _require_span(self.start, self.end)
        if len(self.evidence) != self.end - self.start:
            raise ValueError(f"evidence of {len(self.evidence)} characters does not fit {self.start} to {self.end}")
        if not -10 <= self.polarity <= 10:  # noqa: PLR2004 - the ends of the scale
            raise ValueError(f"polarity {self.polarity} is outside -10 to +10")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence {self.confidence} is outside 0 to 1")


# --- what is tracked and told ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shift:
    """A holder's change of stance toward a target; it keeps its id while reports confirm or contradict it."""

    id: ShiftId
    revision: str  # changes with what is told: the same content has the same revision
    holder: ActorId
    target: ActorId
    type: StatementType  # of the statement that triggered it
    from_: StanceLabel
    to: StanceLabel
    at: datetime  # publication of the trigger
    status: ShiftStatus
    reason: str  # why it has this status, in a few words
    article_ids: tuple[ArticleId, ...]  # the trigger first
    outlets: tuple[str, ...]
    sources: int  # independent ones: copies of one report count once
    statements: tuple[Statement, ...]  # that show it, the trigger first; a few at most

    def __post_init__(self) -> None:
        _require_time("at", self.at)
        if not self.statements or not self.article_ids:
            raise ValueError(f"shift {self.id} rests on nothing")
        if self.article_ids[0] != self.statements[0].article_id:
            raise ValueError(f"shift {self.id} must name its trigger {self.statements[0].article_id} first")


@dataclass(frozen=True)
class Alert:
    """A revision of a shift, or an actor's mentions in an article, that matched a subscription."""

    id: AlertId  # of the subscription and the shift: the same over revisions
    revision: str
    subscription: str
    shift: Shift | None = None
    mentions: ActorMentions | None = None

    def __post_init__(self) -> None:
        if (self.shift is None) == (self.mentions is None):
            raise ValueError(f"alert {self.id} must carry either a shift or mentions")


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be handled, as it was, with why and where."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, str]
    error: str  # type and text
    place: str  # the agent or sink that gave up
    attempt: int  # how often it was tried
    at: datetime

    def __post_init__(self) -> None:
        _require_time("at", self.at)


def _require_time(name: str, time: datetime | None) -> None:
    if time is None:
        return
    if time.tzinfo is None:
        raise ValueError(f"{name} {time.isoformat()} has no time zone")
    if time.year not in YEARS:
        raise ValueError(f"{name} {time.isoformat()} is not between the years {YEARS.start} and {YEARS.stop}")


def _require_span(start: int, end: int) -> None:
    if not 0 <= start < end:
        raise ValueError(f"{start} to {end} is no span of characters")
