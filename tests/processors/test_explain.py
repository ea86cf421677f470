import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from entente.errors import InputError
from entente.settings import Settings
from processors import articles_io, commands
from processors.articles_io import read_lines
from processors.explaining import terminal
from processors.explaining.outline import outline
from tests.processors.reading import ACTORS, read

PACK = """
pack: tiny
title: Two invented parties and their alliance
country: XX
actors:
  - {id: reds, kind: party, name: Red Assembly, member_of: [{alliance: pact}]}
  - {id: blues, kind: party, name: Blue Assembly}
  - {id: pact, kind: alliance, name: Harbour Pact}
  - {id: ada, kind: person, name: Ada Okoro, party: [{id: reds}]}
"""
GOOD = {"id": "a1", "url": None, "outlet": "The Courier", "published": "2024-01-28", "title": None,
        "text": "The Red Assembly rejected an alliance with the Blue Assembly."}  # fmt: skip
STORY = """Red Assembly leaves the Harbour Pact

The Red Assembly walked out of the Harbour Pact on Monday. "We will never join the Blue Assembly," Ada Okoro said.

She added that the party did not criticise the Blue Assembly.
"""


def run(*arguments: str, given: str | bytes | None = None) -> tuple[int, str, str]:
    command = {"extract": commands.extract, "explain": commands.explain}[arguments[0]]
    result = CliRunner().invoke(command, arguments[1:], input=given, obj=Settings(), catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("packs") / "tiny.yaml"
    path.write_text(PACK, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def shown(pack: str) -> str:
    """The story explained on paper."""
    status, out, _ = run("explain", "--pack", pack, "-", given=STORY)
    assert status == 0
    return out


@pytest.fixture(scope="module")
def told(pack: str) -> dict[str, Any]:
    """The story explained to a script."""
    status, out, _ = run("explain", "--pack", pack, "--json", "-", given=STORY)
    assert status == 0
    explained: dict[str, Any] = json.loads(out)
    return explained


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
    assert "text 7: use text" in err


def test_explain_shows_who_says_what_in_which_words_and_why(shown: str) -> None:
    assert "Red Assembly — EXIT — Harbour Pact" in shown
    assert "polarity -8 · asserted · claim self · said by narrator" in shown
    assert "“walked out of the Harbour Pact”" in shown
    assert re.search(r"confidence 0\.\d\d: trained reader: \d+% likely", shown)
    assert "rule act: walk out of" in " ".join(shown.split())


def test_explain_tells_whom_a_reference_means_and_which_words_belong_to_which_statement(shown: str) -> None:
    assert "the party [= Red Assembly]" in " ".join(shown.split())
    assert "She [= Ada Okoro]" in shown
    assert "walked out of the Harbour Pact[1]" in shown


def test_explain_shows_what_was_dropped_and_why(shown: str) -> None:
    assert "Red Assembly → Blue Assembly: negated, and the contrary is no stance" in shown


def test_explain_fits_eighty_columns_and_has_no_colours_where_nobody_sees_them(shown: str) -> None:
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown


def test_what_was_dropped_is_folded_until_all_is_asked_for(pack: str) -> None:
    text = "\n".join(["The Red Assembly did not criticise the Blue Assembly."] * (terminal.FOLDED + 3))
    _, few, _ = run("explain", "--pack", pack, "-", given=text)
    _, all_, _ = run("explain", "--pack", pack, "--all", "-", given=text)
    assert few.count("negated") == terminal.FOLDED
    assert f"Considered and dropped ({terminal.FOLDED + 3})" in few
    assert "3 more; --all shows every one." in few
    assert all_.count("negated") == terminal.FOLDED + 3


def test_what_steers_a_terminal_never_reaches_it(pack: str) -> None:
    text = "The Red\x1b[2J Assembly: the Red Assembly rejected \x1b]0;title\x07 the Blue Assembly. \x9b1m \u202eno"
    _, out, _ = run("explain", "--pack", pack, "-", given=text)
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(out)
    assert "REJECT" in out


def test_explain_says_why_nothing_was_read() -> None:
    console = Console(width=100)
    with console.capture() as said:
        console.print(terminal.as_text(outline(read("Nothing happened."), ACTORS)))
        console.print(terminal.as_text(outline(read("The Congress slept."), ACTORS)))
        console.print(terminal.as_text(outline(read("The Congress and the BJP slept."), ACTORS)))
    assert "No actor of the packs is named" in said.get()
    assert "Only one actor is named" in said.get()
    assert "No stance was found" in said.get()


def test_explain_json_has_the_documented_form(told: dict[str, Any]) -> None:
    assert list(told) == ["article", "actors", "mentions", "statements", "dropped"]
    assert {"id": "pact", "name": "Harbour Pact", "kind": "alliance"} in told["actors"]
    assert {m["actor"] for m in told["mentions"]} == {a["id"] for a in told["actors"]}
    assert set(told["mentions"][0]) == {"actor", "surface", "part", "start", "end", "how", "via"}
    assert set(told["dropped"][0]) == {"sentence", "holder", "target", "rule", "why"}


def test_every_span_of_explain_json_points_at_its_words(told: dict[str, Any]) -> None:
    spans = [(m, m["surface"]) for m in told["mentions"]] + [(s, s["evidence"]) for s in told["statements"]]
    assert {span["part"] for span, _ in spans} == {"title", "text"}
    assert all(told["article"][span["part"]][span["start"] : span["end"]] == words for span, words in spans)


def test_a_statement_of_explain_json_is_one_of_extract_with_its_reasons(pack: str) -> None:
    given = json.dumps({**GOOD, "title": "Red Assembly rejects the Blue Assembly"})
    _, extracted, _ = run("extract", "--pack", pack, given=given)
    _, explained, _ = run("explain", "--pack", pack, "--json", "-", given=given)
    statements = json.loads(explained)["statements"]
    reasons = [statement.pop("reasons") for statement in statements]
    assert statements == [json.loads(line) for line in extracted.splitlines()]
    assert all(told[0].startswith("trained reader: ") for told in reasons)


def test_json_and_html_at_once_are_refused(pack: str) -> None:
    status, _, err = run("explain", "--pack", pack, "--json", "--html", "x.html", "-", given=STORY)
    assert status == 2
    assert "choose one" in err


def test_the_page_goes_into_a_file_or_to_standard_output(pack: str, tmp_path: Path) -> None:
    file = tmp_path / "explained.html"
    _, nothing, said = run("explain", "--pack", pack, "--html", str(file), "-", given=STORY)
    _, out, _ = run("explain", "--pack", pack, "--html", "-", "-", given=STORY)
    assert nothing == ""
    assert f"wrote {file}" in said
    assert file.read_text(encoding="utf-8") == out.rstrip("\n")
    assert "Red Assembly leaves the Harbour Pact" in out


def test_a_page_that_cannot_be_written_is_named_with_a_remedy(pack: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--html .*missing.*give a file that can be written"):
        run("explain", "--pack", pack, "--html", str(tmp_path / "missing" / "x.html"), "-", given=STORY)


def test_help_teaches_by_example() -> None:
    _, out, _ = run("explain", "--help")
    assert "echo 'The JD(U) has quit the INDIA bloc.' | entente explain -" in out


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match=r"missing\.txt"), articles_io.opened("missing.txt"):
        pass


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
