"""Words for tests: each builder gives a valid one, of which a test names what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from entente.domain import (
    ActorId,
    ActorMentions,
    Article,
    ArticleId,
    Claim,
    DeadLetter,
    Mention,
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

NOON = datetime(2024, 1, 28, 12, 0, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon, that many days after the first."""
    return NOON + timedelta(days=number)


def article(**given: Any) -> Article:
    """An article on one party leaving an alliance."""
    word = Article(
        id=ArticleId("a1"),
        url="https://courier.example/a1",
        outlet="The Courier",
        title="JD(U) quits the Mahagathbandhan",
        text="The JD(U) quit the Mahagathbandhan on Sunday. Nitish Kumar said the party would join the NDA.",
        published=NOON,
        fetched=NOON + timedelta(seconds=30),
        language="en",
        feed="courier",
    )
    return replace(word, **given)


def actor_mentions(**given: Any) -> ActorMentions:
    """Two places in that article that name the party."""
    word = ActorMentions(
        article_id=ArticleId("a1"),
        article_version=1,
        actor=ActorId("jdu"),
        outlet="The Courier",
        url="https://courier.example/a1",
        title="JD(U) quits the Mahagathbandhan",
        published=NOON,
        mentions=(
            Mention(ActorId("jdu"), "JD(U)", Part.TITLE, 0, 5, "alias"),
            Mention(ActorId("jdu"), "Nitish Kumar", Part.TEXT, 46, 58, "alias", via="Nitish Kumar"),
        ),
    )
    return replace(word, **given)


def statement(**given: Any) -> Statement:
    """A statement; unless given, its id follows from article, pair and type, and its polarity from the type."""
    holder, target = given.pop("holder", "jdu"), given.pop("target", "mahagathbandhan")
    kind = given.pop("type", StatementType.EXIT)
    article_id = given.pop("article_id", "a1")
    evidence = given.pop("evidence", "quit the Mahagathbandhan")
    word = Statement(
        id=StatementId(f"{article_id}:{holder}>{target}:{kind}"),
        article_id=ArticleId(article_id),
        article_version=1,
        outlet="The Courier",
        url=f"https://courier.example/{article_id}",
        published=NOON,
        holder=ActorId(holder),
        via=None,
        type=kind,
        target=ActorId(target),
        polarity=kind.polarity,
        modality=Modality.ASSERTED,
        claim=Claim.SELF,
        attribution=("narrator",),
        evidence=evidence,
        part=Part.TEXT,
        start=10,
        end=10 + len(evidence),
        sentence=f"The {holder} {evidence} on Sunday.",
        confidence=0.8,
        rule="subject-verb-object",
    )
    return replace(word, **given)


def shift(**given: Any) -> Shift:
    """A confirmed shift that rests on that statement."""
    cause = statement()
    word = Shift(
        id=ShiftId("s1"),
        revision="r1",
        holder=cause.holder,
        target=cause.target,
        type=cause.type,
        from_=StanceLabel.ALLY,
        to=StanceLabel.RIVAL,
        at=cause.published,
        status=ShiftStatus.CONFIRMED,
        reason="an explicit change: quit",
        article_ids=(cause.article_id,),
        outlets=(cause.outlet,),
        sources=1,
        statements=(cause,),
    )
    return replace(word, **given)


def dead_letter(**given: Any) -> DeadLetter:
    """A message that is no JSON."""
    word = DeadLetter(
        topic="entente.articles.v1",
        partition=0,
        offset=7,
        key=b"a1",
        value=b"\xff{",
        headers={"ce_id": "a1.1"},
        error="UndecodableMessageError: not a message of Article",
        place="extract",
        attempt=1,
        at=NOON,
    )
    return replace(word, **given)
