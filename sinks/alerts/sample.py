"""An alert that only tries a channel; of nobody who exists, and marked as a test (pure)."""

from datetime import datetime

from entente.domain import (
    Actor,
    ActorId,
    ActorKind,
    Alert,
    AlertId,
    ArticleId,
    Claim,
    Modality,
    Part,
    Shift,
    ShiftId,
    ShiftStatus,
    StanceLabel,
    Statement,
    StatementId,
    StatementType,
)
from entente.packs import Actors
from sinks.alerts.announce import Announcement

_PARTY = Actor(ActorId("example-party"), ActorKind.PARTY, "Example Party", "Example Party", "ZZ")
_ALLIANCE = Actor(ActorId("example-alliance"), ActorKind.ALLIANCE, "Example Alliance", "Example Alliance", "ZZ")
ACTORS = Actors({actor.id: actor for actor in (_PARTY, _ALLIANCE)})  # of whom it tells
EVIDENCE = f"left {_ALLIANCE.name}"
SENTENCE = f"{_PARTY.name} {EVIDENCE}."


def sample(subscription: str, now: datetime) -> Announcement:
    """The alert; each time is another one, so that no receiver takes it for known."""
    name = f"test-{now.timestamp():.6f}"
    statement = Statement(
        id=StatementId(name),
        article_id=ArticleId(name),
        article_version=1,
        outlet="entente",
        url=None,
        published=now,
        holder=_PARTY.id,
        via=None,
        type=StatementType.EXIT,
        target=_ALLIANCE.id,
        polarity=StatementType.EXIT.polarity,
        modality=Modality.ASSERTED,
        claim=Claim.SELF,
        attribution=("narrator",),
        evidence=EVIDENCE,
        part=Part.TEXT,
        start=SENTENCE.index(EVIDENCE),
        end=SENTENCE.index(EVIDENCE) + len(EVIDENCE),
        sentence=SENTENCE,
        confidence=1.0,
        rule="test",
    )
    shift = Shift(
        id=ShiftId(name),
        revision=name,
        holder=statement.holder,
        target=statement.target,
        type=statement.type,
        from_=StanceLabel.ALLY,
        to=StanceLabel.RIVAL,
        at=now,
        status=ShiftStatus.CONFIRMED,
        reason="a test",
        article_ids=(statement.article_id,),
        outlets=(statement.outlet,),
        sources=1,
        statements=(statement,),
    )
    return Announcement(Alert(AlertId(name), name, subscription, shift=shift), 1, shift.status, None)
