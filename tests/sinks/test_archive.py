"""The archive holds each message once, the newest of each, and moves on in the same transaction."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from entente import deadletters
from entente.broker import Position, Record
from entente.domain import ActorId, ActorMentions, ShiftStatus
from entente.packs import Actors
from entente.topics import ARTICLES, SHIFTS
from sinks.alerts.match import Match
from sinks.archive import outbox
from sinks.archive.database import migrate, open_database
from tests import builders
from tests.sinks.parts import archiver, record, rows, subscription

ARTICLE_LOG = Position(ARTICLES.name, 0)


def named(**given: object) -> ActorMentions:
    return builders.actor_mentions(**given)


def test_every_word_is_kept_whole_with_its_offset(engine: Engine, tmp_path: Path, actors: Actors) -> None:
    words = [builders.article(), builders.actor_mentions(), builders.statement(), builders.shift()]
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(word, 4) for word in words])
    for table, word in zip(("articles", "mentions", "statements", "shifts"), words, strict=True):
        (row,) = rows(engine, table)
        assert row["body"].encode() == record(word, 4).value
    assert {(row["topic"], row["next_offset"]) for row in rows(engine, "positions")} == {
        (record(word, 4).topic, 5) for word in words
    }


def test_times_come_back_as_they_were(engine: Engine, tmp_path: Path, actors: Actors) -> None:
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(builders.article(published=builders.day(3)), 0)])
    assert rows(engine, "articles")[0]["published"] == builders.day(3)


def test_an_older_version_of_an_article_does_not_replace_a_newer_one(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    new, old = builders.article(version=2, title="New"), builders.article(version=1, title="Old")
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(new, 0), record(old, 1)])
        archive.take([record(old, 2)])
        archive.take([record(named(article_version=2), 0), record(named(article_version=1, title="Old"), 1)])
    assert [row["title"] for row in rows(engine, "articles")] == ["New"]
    assert [row["article_version"] for row in rows(engine, "mentions")] == [2]


def test_of_a_shift_the_last_form_in_the_topic_stands_and_every_form_is_kept(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    first = builders.shift(status=ShiftStatus.PROVISIONAL, revision="r1")
    second = builders.shift(revision="r2")
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(first, 0), record(second, 1)])
        archive.take([record(first, 2), record(second, 3)])  # a processor sent them again after a crash
    assert [row["revision"] for row in rows(engine, "shifts")] == ["r2"]
    assert [(row["revision"], row["topic_offset"]) for row in rows(engine, "shift_revisions")] == [("r1", 0), ("r2", 1)]


def test_an_owner_that_lost_its_partition_finds_the_offset_moved_on_and_does_nothing(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    with archiver(engine, tmp_path, actors) as old, archiver(engine, tmp_path, actors) as new:
        for owner in (old, new):
            owner.find_offsets([ARTICLE_LOG])
        new.take([record(builders.article(id=f"a{number}"), number) for number in range(10)])
        old.take([record(builders.article(id=f"old{number}"), number) for number in range(12)])
        assert new.find_offsets([ARTICLE_LOG]) == {ARTICLE_LOG: 12}
    assert {row["id"] for row in rows(engine, "articles")} == {f"a{n}" for n in range(10)} | {"old10", "old11"}


def test_a_topic_that_was_made_anew_is_read_from_its_start(engine: Engine, tmp_path: Path, actors: Actors) -> None:
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(builders.article(), 500)])
        assert archive.find_offsets([ARTICLE_LOG]) == {ARTICLE_LOG: 501}
        archive.take([record(builders.article(id="b0"), 0), record(builders.article(id="b1"), 1)])
        archive.take([record(builders.article(id="b1", title="Again"), 1), record(builders.article(id="b2"), 2)])
        assert archive.find_offsets([ARTICLE_LOG]) == {ARTICLE_LOG: 3}
    assert {row["id"] for row in rows(engine, "articles")} == {"a1", "b0", "b1", "b2"}
    assert "Again" not in {row["title"] for row in rows(engine, "articles")}


def unreadable(offset: int) -> Record:
    return Record(ARTICLES.name, 0, offset, b"a7", b"\xff{", {"ce_id": "a7"})


def test_what_cannot_be_read_goes_to_the_dead_letters_and_stops_nothing(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(builders.article(id="a0"), 0), unreadable(1), record(builders.article(id="a2"), 2)])
        assert archive.find_offsets([ARTICLE_LOG]) == {ARTICLE_LOG: 3}
    assert [row["id"] for row in rows(engine, "articles")] == ["a0", "a2"]
    (letter,) = deadletters.read(f"sqlite:///{tmp_path / 'log.db'}")
    assert (letter.word.offset, letter.word.value, letter.word.place) == (1, b"\xff{", "archive")


@pytest.mark.postgres
def test_what_the_database_can_never_take_goes_to_the_dead_letters_and_the_rest_is_kept(
    postgres_database: str, tmp_path: Path, actors: Actors
) -> None:
    """PostgreSQL keeps no NUL in a text, and no key longer than a third of a page."""
    engine = open_database(postgres_database)
    migrate(engine)
    batch = [record(builders.article(id=f"a{number}"), number) for number in range(9)]
    batch[4] = record(builders.article(id="a4", title="NUL \0"), 4)
    incompressible = random.Random(1).randbytes(4000).hex()
    batch[7] = record(builders.article(id=incompressible), 7)
    with archiver(engine, tmp_path, actors) as archive:
        archive.take(batch)
        assert archive.find_offsets([ARTICLE_LOG]) == {ARTICLE_LOG: 9}
    kept = {row["id"] for row in rows(engine, "articles")}
    engine.dispose()
    assert kept == {f"a{number}" for number in (0, 1, 2, 3, 5, 6, 8)}
    assert [letter.word.offset for letter in deadletters.read(f"sqlite:///{tmp_path / 'log.db'}")] == [4, 7]


def test_a_number_that_no_database_holds_goes_to_the_dead_letters(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(builders.article(version=2**70), 0), record(builders.article(), 1)])
    assert [row["version"] for row in rows(engine, "articles")] == [1]
    assert len(list(deadletters.read(f"sqlite:///{tmp_path / 'log.db'}"))) == 1


def test_alerts_and_deliveries_stand_in_the_archive_once_whatever_arrives_again(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    first = builders.shift(status=ShiftStatus.PROVISIONAL, revision="r1")
    more_reports = replace(first, revision="r2", sources=2, outlets=("The Courier", "The Lantern"))
    second = builders.shift(revision="r3")
    with archiver(engine, tmp_path, actors, [subscription()]) as archive:
        assert archive.take([record(first, 0), record(more_reports, 1)]) == 1
        assert archive.take([record(first, 2), record(second, 3), record(second, 4)]) == 1
    assert [
        (row["number"], row["status"]) for row in sorted(rows(engine, "alerts"), key=lambda row: row["number"])
    ] == [
        (1, "provisional"),
        (2, "confirmed"),
    ]
    with engine.begin() as connection:
        due = outbox.due(connection, "file", builders.day(9999), 10)
    assert [(d.announcement.number, d.announcement.was) for d in due] == [(1, None), (2, "provisional")]
    assert len(rows(engine, "shift_revisions")) == 3


def test_mentions_are_told_once_an_article_however_many_versions_it_has(
    engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    wanted = subscription(match=Match(actors=(ActorId("jdu"),), mentions=True))
    with archiver(engine, tmp_path, actors, [wanted]) as archive:
        assert archive.take([record(named(), 0), record(named(actor=ActorId("inc")), 1)]) == 1
        assert archive.take([record(named(article_version=2), 2)]) == 0
    assert [row["status"] for row in rows(engine, "alerts")] == ["mention"]


def test_offsets_of_shifts_are_kept_by_partition(engine: Engine, tmp_path: Path, actors: Actors) -> None:
    with archiver(engine, tmp_path, actors) as archive:
        archive.take([record(builders.shift(id=f"s{p}"), 10 + p, partition=p) for p in range(3)])
        found = archive.find_offsets([Position(SHIFTS.name, p) for p in range(4)])
    assert found == {Position(SHIFTS.name, p): 11 + p for p in range(3)}
