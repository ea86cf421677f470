import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from entente.errors import InputError
from entente.settings import Settings
from processors import articles_io, commands, explain
from processors.articles_io import read_lines
from tests.processors.reading import ACTORS, DAY, read

PACK = """
pack: tiny
title: Two invented parties
country: XX
actors:
  - {id: reds, kind: party, name: Red Assembly}
  - {id: blues, kind: party, name: Blue Assembly}
"""
GOOD = {"id": "a1", "url": None, "outlet": "The Courier", "published": "2024-01-28", "title": None,
        "text": "The Red Assembly rejected an alliance with the Blue Assembly."}  # fmt: skip


def run(*arguments: str, given: str | None = None) -> tuple[int, str, str]:
    command = {"extract": commands.extract, "explain": commands.explain}[arguments[0]]
    result = CliRunner().invoke(command, arguments[1:], input=given, obj=Settings(), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def pack(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(PACK, encoding="utf-8")
    return str(path)


def test_extract_writes_a_statement_a_line(pack: str) -> None:
    status, out, _ = run("extract", "--pack", pack, given=json.dumps(GOOD))
    statement = json.loads(out)
    assert status == 0
    assert (statement["holder"], statement["type"], statement["target"]) == ("reds", "REJECT", "blues")
    assert str(GOOD["text"])[statement["start"] : statement["end"]] == statement["evidence"]


def test_a_bad_line_is_named_and_does_not_stop_the_rest(pack: str) -> None:
    lines = ["{", json.dumps({**GOOD, "text": 7}), "", json.dumps(GOOD)]
    status, out, err = run("extract", "--pack", pack, given="\n".join(lines))
    assert status == 1
    assert len(out.splitlines()) == 1
    assert "line 1" in err
    assert "line 2" in err
    assert "$.text" in err


def test_explain_shows_words_reasons_and_what_was_dropped(pack: str) -> None:
    text = "The Red Assembly did not criticise the Blue Assembly. It rejected an alliance with the Blue Assembly."
    status, out, _ = run("explain", "--pack", pack, "-", given=text)
    assert status == 0
    for shown in ("Red Assembly", "REJECT", "confidence", "narrator", "Considered and dropped", "negated"):
        assert shown in out


def test_explain_json_holds_the_whole_reading(pack: str, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text(json.dumps(GOOD) + "\n" + json.dumps({**GOOD, "id": "a2"}), encoding="utf-8")
    _, out, _ = run("explain", "--pack", pack, "--json", str(file))
    reading = json.loads(out)
    assert reading["article"]["id"] == "a1"
    assert {"mentions", "statements", "dropped"} <= set(reading)


def test_explain_says_why_nothing_was_read() -> None:
    console = Console(width=100)
    with console.capture() as shown:
        console.print(explain.as_text(read("Nothing happened."), ACTORS))
        console.print(explain.as_text(read("The Congress slept."), ACTORS))
    assert "No actor of the packs is named" in shown.get()
    assert "Only one actor is named" in shown.get()


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"missing\.txt"), articles_io.opened("missing.txt"):
        pass


def test_an_empty_file_is_no_article(tmp_path: Path) -> None:
    file = tmp_path / "empty.txt"
    file.write_text(" \n", encoding="utf-8")
    with pytest.raises(InputError, match="is empty"), articles_io.opened(str(file)) as stream:
        articles_io.read_one(stream, str(file), DAY)


@pytest.mark.parametrize(
    ("published", "shown"),
    [("2024-01-28", "2024-01-28T00:00:00+00:00"), ("2024-01-28T09:30:00+05:30", "2024-01-28T09:30:00+05:30")],
)
def test_published_is_a_date_or_a_time(published: str, shown: str) -> None:
    (article,) = read_lines([json.dumps({**GOOD, "published": published})], "x")
    assert not isinstance(article, InputError)
    assert article.published.isoformat() == shown


def test_a_wrong_date_is_named_with_line_and_remedy() -> None:
    (error,) = read_lines([json.dumps({**GOOD, "published": "yesterday"})], "x.jsonl")
    assert isinstance(error, InputError)
    assert str(error).startswith("x.jsonl: line 1: published 'yesterday': use a date")
