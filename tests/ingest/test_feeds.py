"""A list of feeds is checked as a whole; each finding names file, feed and key."""

from datetime import timedelta
from pathlib import Path

import pytest

from entente.errors import InputError
from ingest import feeds

GOOD = {
    "id": "hilltop",
    "outlet": "The Hilltop Daily",
    "url": "https://hilltop.example/feed",
    "country": "IN",
    "language": "en",
    "every": "5m",
}


def write(path: Path, *records: dict[str, str]) -> Path:
    lines = ["feeds:"]
    for record in records:
        lines += [f"  {'-' if i == 0 else ' '} {key}: '{value}'" for i, (key, value) in enumerate(record.items())]
    file = path / "feeds.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_the_feeds_that_come_with_the_program_are_thirty_or_more_in_order() -> None:
    loaded = feeds.load(feeds.built_in())
    assert len(loaded) >= 30
    assert {"IN", "DE", "NL", "IL", "MY", "PK", "NP", "JP", "GB", "SE", "BE"} <= {feed.country for feed in loaded}
    assert all(feed.url.startswith("https://") for feed in loaded)
    assert all(feed.every >= timedelta(minutes=5) for feed in loaded)


def test_a_record_becomes_a_feed(tmp_path: Path) -> None:
    (feed,) = feeds.load(write(tmp_path, GOOD))
    assert feed.outlet == "The Hilltop Daily"
    assert feed.every == timedelta(minutes=5)
    assert feed.host == "hilltop.example"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": "Hill Top"}, "id 'Hill Top': use lower-case"),
        ({"url": "file:///etc/passwd"}, "url 'file:///etc/passwd': use https://HOST/PATH"),
        ({"url": "https://"}, "url 'https://'"),
        ({"url": "http://[::1"}, "url 'http://[::1': use https://HOST/PATH"),
        ({"url": "http://x:port/"}, "url 'http://x:port/': use https://HOST/PATH"),
        ({"country": "India"}, "country 'India': use two capital letters"),
        ({"language": "English"}, "language 'English': use en"),
        ({"language": "hi"}, "language 'hi': use en, or such as en-IN; no other language is read"),
        ({"every": "soon"}, "every 'soon': use a number and a unit"),
        ({"every": "0m"}, "every '0m'"),
        ({"outlet": ""}, "outlet '': use the outlet's name"),
        ({"evry": "5m"}, "no key 'evry'; known: id, outlet, url, country, language, every; near: every"),
    ],
)
def test_a_wrong_record_is_refused_with_file_feed_and_key(
    tmp_path: Path, change: dict[str, str], complaint: str
) -> None:
    file = write(tmp_path, {**GOOD, **change})
    with pytest.raises(InputError) as refused:
        feeds.load(file)
    assert str(refused.value).startswith(f"{file}: feed {change.get('id', 'hilltop')}: ")
    assert complaint in str(refused.value)


def test_a_missing_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="feed hilltop: every is missing"):
        feeds.load(write(tmp_path, {key: value for key, value in GOOD.items() if key != "every"}))


def test_all_findings_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD, {**GOOD, "url": "https://other.example/"}, {**GOOD, "id": "again", "every": "x"})
    with pytest.raises(InputError) as refused:
        feeds.load(file)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert "feed again: every 'x'" in lines[0]
    assert "feed hilltop: the id stands 2 times" in lines[1]


def test_all_findings_of_one_feed_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as misfit:
        feeds.load(write(tmp_path, {**GOOD, "country": "India", "language": "hi", "evry": "x"}))
    assert len(str(misfit.value).splitlines()) == 3
    with pytest.raises(InputError) as unusable:
        feeds.load(write(tmp_path, {**GOOD, "url": "x", "every": "x"}))
    assert len(str(unusable.value).splitlines()) == 2


def test_an_id_that_looks_like_a_day_is_text(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    file.write_text(file.read_text().replace("'hilltop'", "2024-02-31"))
    (feed,) = feeds.load(file)
    assert feed.id == "2024-02-31"


def test_one_address_under_two_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="feed again: the url is that of hilltop too"):
        feeds.load(write(tmp_path, GOOD, {**GOOD, "id": "again", "url": GOOD["url"] + "/"}))


@pytest.mark.parametrize("text", ["", "feeds: 3", "- a", "feeds: []\nmore: 1", "feeds: [", "feeds: [3]"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "feeds.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"feeds\.yaml: "):
        feeds.load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        feeds.load(tmp_path / "none.yaml")
