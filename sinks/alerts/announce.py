"""What a shift, or an actor's mentions, mean for a subscription: whether to tell, and as what (pure).

A shift is told once to a subscription. A change of its status, or of what it says, is an update of the same alert; mere
further reports of it are not told. What was told before is never told again, however often it arrives; and to somebody
who was told of a shift, nothing that it was earlier is an update: a sender that crashed sends old forms again.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from entente.domain import ActorMentions, Alert, AlertId, Shift, ShiftId
from entente.packs import Actors
from sinks.alerts.match import ABOUT_CERTAINTY, Clause, mention_clauses, shift_clauses
from sinks.alerts.subscriptions import Subscription

MENTION = "mention"  # the status of an alert about mentions


class Telling(NamedTuple):
    """A revision of an alert that was told."""

    revision: str
    number: int
    status: str


@dataclass(frozen=True)
class History:
    """What came before."""

    told: Mapping[AlertId, Sequence[Telling]] = field(default_factory=dict)
    seen: Mapping[ShiftId, AbstractSet[str]] = field(default_factory=dict)  # revisions, told or not


@dataclass(frozen=True)
class Announcement:
    """A revision of an alert that is to be told."""

    alert: Alert
    number: int  # 1 for what is told first
    status: str  # of the shift, or "mention"
    was: str | None  # the status told before


@dataclass(frozen=True)
class Decision:
    """Whether to tell, and why."""

    reason: str
    announcement: Announcement | None = None


def decide(subscription: Subscription, word: Shift | ActorMentions, actors: Actors, history: History) -> Decision:
    """Whether the subscription is told of this, given what came before."""
    if isinstance(word, Shift):
        clauses: Iterator[Clause] = shift_clauses(subscription.match, word, actors)
    else:
        clauses = mention_clauses(subscription.match, word, actors)
    unsure: Clause | None = None
    for clause in clauses:
        if clause.holds:
            continue
        if clause.key not in ABOUT_CERTAINTY:
            return Decision(f"{clause.key}: {clause.found}")
        unsure = unsure or clause
    alert_id, revision = alert_id_of(subscription.id, word), revision_of(word)
    before = history.told.get(alert_id, ())
    if any(telling.revision == revision for telling in before):
        return Decision("told before")
    if before and isinstance(word, Shift) and revision in history.seen.get(word.id, ()):
        return Decision("an earlier form again")
    if unsure and not before:
        return Decision(f"{unsure.key}: {unsure.found}")
    if isinstance(word, Shift):
        alert, status = Alert(alert_id, revision, subscription.id, shift=word), str(word.status)
    else:
        alert, status = Alert(alert_id, revision, subscription.id, mentions=word), MENTION
    last = max(before, key=lambda telling: telling.number, default=None)
    announcement = Announcement(alert, last.number + 1 if last else 1, status, last.status if last else None)
    return Decision("update" if last else "new", announcement)


def announcements(
    subscriptions: Sequence[Subscription], words: Iterable[Shift | ActorMentions], actors: Actors, history: History
) -> Iterator[tuple[int, Announcement]]:
    """All that is to be told of these words in their order, with the place of the word that caused it."""
    told = {alert_id: list(tellings) for alert_id, tellings in history.told.items()}
    seen = {shift_id: set(revisions) for shift_id, revisions in history.seen.items()}
    so_far = History(told, seen)
    for place, word in enumerate(words):
        for subscription in subscriptions:
            found = decide(subscription, word, actors, so_far).announcement
            if found is not None:
                telling = Telling(found.alert.revision, found.number, found.status)
                told.setdefault(found.alert.id, []).append(telling)
                yield place, found
        if isinstance(word, Shift):
            seen.setdefault(word.id, set()).add(revision_of(word))


def alert_id_of(subscription: str, word: Shift | ActorMentions) -> AlertId:
    """The id of what the subscription is told of this, the same over revisions."""
    if isinstance(word, Shift):
        return AlertId(_digest("shift", subscription, word.id))
    return AlertId(_digest("mentions", subscription, word.article_id, word.actor))


def revision_of(word: Shift | ActorMentions) -> str:
    """What is told of this: the same for all reports that change nothing about it."""
    if isinstance(word, Shift):
        return revision_of_shift(word.id, word.status, word.type, word.from_, word.to)
    return _digest(word.article_id, word.actor)


def revision_of_shift(shift_id: str, status: str, kind: str, from_label: str, to_label: str) -> str:
    """The same from its parts."""
    return _digest(shift_id, status, kind, from_label, to_label)


def _digest(*parts: str) -> str:
    return hashlib.blake2b(json.dumps(parts).encode(), digest_size=16).hexdigest()
