"""`entente feeds` shows how feeds do and tries one, without publishing anything."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entente.settings import Settings
from ingest.commands import feeds
from tests.ingest.desk import Desk
from tests.ingest.desk import feed as at
from tests.ingest.farm import Farm, rss


def entente_feeds(folder: Path, *arguments: str, **given: object) -> Result:
    chosen = {"feed_state": f"sqlite:///{folder}/feeds.db", "feeds": str(folder / "feeds.yaml"), **given}
    return CliRunner().invoke(feeds, arguments, obj=Settings.of(chosen))


@pytest.fixture
def listed(tmp_path: Path, farm: Farm) -> Path:
    """A folder whose feeds.yaml names two feeds of the farm, of which one fails."""
    rest = "outlet: The Hilltop Daily, country: IN, language: en, every: 5m"
    records = [f"- {{id: {name}, url: '{farm.url(f'/{name}')}', {rest}}}" for name in ("good", "bad")]
    (tmp_path / "feeds.yaml").write_text("feeds:\n" + "\n".join(records), encoding="utf-8")
    farm.answer("/good", rss([("1", "A <b>title</b>", "Four words of text.")]))
    return tmp_path


def test_list_shows_feeds_that_were_never_polled_and_leaves_no_file(listed: Path) -> None:
    result = entente_feeds(listed, "list")
    assert result.exit_code == 0
    assert "good" in result.output
    assert "The Hilltop Daily" in result.output
    assert not (listed / "feeds.db").exists()


def test_list_shows_what_was_last_known(listed: Path, farm: Farm) -> None:
    desk = Desk(listed, farm)
    desk.poll(at(farm.url("/good"), "good", 300), at(farm.url("/bad"), "bad", 300))
    good, bad = entente_feeds(listed, "list").output.splitlines()[1:3]
    assert good.split()[:2] == ["good", "The"]
    assert "ago" in good
    assert "in 5m" in good or "in 4m" in good
    assert "404 Not Found" in bad
    assert "ago" not in bad


def test_check_says_what_came_and_publishes_nothing(listed: Path) -> None:
    result = entente_feeds(listed, "check", "good", allow_private="127.0.0.1")
    assert result.output == "good: 1 items of 19 characters on average; newest without a date: A title\n"
    assert result.exit_code == 0
    assert sorted(path.name for path in listed.iterdir()) == ["feeds.yaml"]


def test_check_says_of_a_broken_address_that_it_is_none(tmp_path: Path) -> None:
    result = entente_feeds(tmp_path, "check", "http://[::1")
    assert result.output == "http://[::1: no web address; use https://HOST/PATH\n"
    assert result.exit_code == 1


def test_check_takes_an_address_too(listed: Path, farm: Farm) -> None:
    url = farm.answer("/new", b"<!doctype html>")
    result = entente_feeds(listed, "check", url, allow_private="127.0.0.1")
    assert result.output == f"{url}: no feed; it starts b'<!doctype html>'\n"
    assert result.exit_code == 1


def test_check_of_all_fails_when_one_fails(listed: Path) -> None:
    result = entente_feeds(listed, "check", allow_private="127.0.0.1")
    assert result.exit_code == 1
    assert "bad: 404 Not Found" in result.output
    assert "good: 1 items" in result.output


def test_check_goes_to_no_private_address(listed: Path, farm: Farm) -> None:
    result = entente_feeds(listed, "check", "good")
    assert "good: 127.0.0.1 is no public address" in result.output
    assert farm.hits == []


def test_check_of_an_unknown_feed_says_what_to_do(listed: Path) -> None:
    result = entente_feeds(listed, "check", "nope")
    assert result.exit_code == 2
    assert "no feed 'nope'; `entente feeds list` shows them" in result.output
