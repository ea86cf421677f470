"""What the poller remembers survives a restart, in one piece."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from entente.errors import SettingsError
from ingest.dedupe import find_news
from ingest.fetch import Validators
from ingest.parse import Item
from ingest.state import Memory, State
from tests.builders import NOON
from tests.ingest.desk import feed

FEED = feed("https://hilltop.example/feed")
MEMORY = Memory(Validators('"1"', "yesterday"), "abc", NOON, 3, "404 Not Found", NOON, NOON - timedelta(days=1))
ITEMS = [Item(f"k{n}", None, f"Title {n}", "", None, f"hash-{n}") for n in range(1200)]


def test_an_unknown_feed_is_due_at_once(tmp_path: Path) -> None:
    assert State(tmp_path / "feeds.db").recall(FEED) == Memory()


def test_what_is_remembered_is_recalled_after_a_restart(tmp_path: Path) -> None:
    news = find_news(FEED, ITEMS, {}, NOON)
    state = State(tmp_path / "new" / "feeds.db")
    state.remember(FEED, MEMORY, news)
    state.close()
    again = State(tmp_path / "new" / "feeds.db")
    assert again.recall(FEED) == MEMORY
    assert again.seen([n.article.id for n in news]) == {n.article.id: n.seen for n in news}
    assert again.last_article() == MEMORY.last_article


def test_a_feed_at_a_new_address_is_asked_without_the_old_ones_validators(tmp_path: Path) -> None:
    state = State(tmp_path / "feeds.db")
    state.remember(FEED, MEMORY)
    moved = state.recall(replace(FEED, url="https://hilltop.example/new"))
    assert moved == Memory(last_ok=MEMORY.last_ok, last_article=MEMORY.last_article)


def test_nothing_is_remembered_when_a_part_cannot_be(tmp_path: Path) -> None:
    """Validators without their articles would lose these for good."""
    state = State(tmp_path / "feeds.db")
    news = find_news(FEED, ITEMS[:2], {}, NOON)
    broken = [news[0], replace(news[1], seen=replace(news[1].seen, content=None))]  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        state.remember(FEED, MEMORY, broken)
    assert state.recall(FEED) == Memory()
    assert state.seen([n.article.id for n in news]) == {}


def test_a_file_that_cannot_be_used_is_refused_by_the_name_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database, and long enough to be told apart from an empty one" * 20)
    for path in (tmp_path / "text", tmp_path, tmp_path / "text" / "feeds.db"):
        with pytest.raises(SettingsError, match="ENTENTE_FEED_STATE"):
            State(path)


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "feeds.db") as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(SettingsError, match="newer entente"):
        State(tmp_path / "feeds.db")
