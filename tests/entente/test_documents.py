"""Documents that people write: whatever stands in them, it is read or told what is wrong with it."""

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import documents
from entente.documents import MisfitError
from entente.errors import InputError


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Leaf(msgspec.Struct, forbid_unknown_fields=True):
    """A record in a list."""

    name: str
    fell: date | None = None


class Tree(msgspec.Struct, forbid_unknown_fields=True):
    """A record with every kind of value."""

    name: str
    colour: Colour | None = None
    height: Annotated[int, msgspec.Meta(ge=1, description="metres from 1 on")] = 1
    evergreen: bool = False
    planted: datetime | None = None
    leaves: tuple[str | Leaf, ...] = ()


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "mine.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def misfits(said: object, form: Any = Tree, place: str = "", *, strict: bool = True) -> list[str]:
    with pytest.raises(MisfitError) as caught:
        documents.fit(said, form, place, strict=strict)
    return list(caught.value.findings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("2024-01-31", "2024-01-31"),
        ("2024-13-01", "2024-13-01"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("1_000", "1_000"),
        ("-12", -12),
        ("0.6", 0.6),
        ("true", True),
        ("", None),
        ("~", None),
        ("'12'", "12"),
    ],
)
def test_a_plain_word_is_text_unless_it_is_a_number_or_a_truth_value_as_people_write_them(
    tmp_path: Path, text: str, value: object
) -> None:
    assert documents.read(written(tmp_path, f"key: {text}")) == {"key": value}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: b: c", "mine.yaml: line 1, column 5: no YAML: mapping values are not allowed"),
        ("a:\n  - [", "mine.yaml: line 3, column 1: no YAML"),
        (b"name: Z\xfcrich", "mine.yaml: not UTF-8 at byte 7; convert it, for example with iconv"),
        ("a: \x07", "mine.yaml: no YAML: unacceptable character"),
        ("a: !!timestamp 2024-13-01", "mine.yaml: no YAML: month must be in 1..12"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_file_and_line(tmp_path: Path, text: str | bytes, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        documents.read(written(tmp_path, text))
    assert complaint in str(caught.value)
    assert "unicode string" not in str(caught.value)


def test_a_missing_file_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^absent\.yaml: No such file or directory$"):
        documents.read(Path("absent.yaml"))
    with pytest.raises(InputError, match=r": Is a directory$"):
        documents.read(tmp_path)


@pytest.mark.parametrize(
    ("said", "findings"),
    [
        ({"name": "Elm", "colour": "gren"}, ["colour 'gren': use red, green or blue; near: green"]),
        ({"name": "Elm", "height": 0}, ["height 0: use metres from 1 on"]),
        ({"name": "Elm", "evergreen": "ja"}, ["evergreen 'ja': use true or false"]),
        (
            {"name": "Elm", "planted": "May"},
            ["planted 'May': use a time that exists, such as 2024-01-31T09:30:00+05:30"],
        ),
        ({"name": None}, ["name is empty: use text, in quotes where it may be taken for a number"]),
        (
            {"nmae": "Elm"},
            ["no key 'nmae'; known: name, colour, height, evergreen, planted, leaves; near: name", "name is missing"],
        ),
        ({"name": "Elm", "leaves": "one"}, ["leaves 'one': use a list, such as [one, two]"]),
        (
            {"name": "Elm", "leaves": ["one", 2]},
            ["leaves: 2: use text, in quotes where it may be taken for a number, or the keys name, fell"],
        ),
        (
            {"name": "Elm", "leaves": [{"name": "a", "fell": "2024-02-30"}, {}]},
            [
                "leaves: number 1: fell '2024-02-30': use a day that exists, such as 2024-01-31",
                "leaves: number 2: name is missing",
            ],
        ),
        ("elm", ["'elm': use the keys name, colour, height, evergreen, planted, leaves"]),
        (None, ["is empty: use the keys name, colour, height, evergreen, planted, leaves"]),
    ],
)
def test_each_misfit_is_told_with_key_value_and_what_is_allowed(said: object, findings: list[str]) -> None:
    assert misfits(said) == findings


def test_all_misfits_are_told_at_once() -> None:
    assert len(misfits({"colour": 1, "height": "tall", "leaves": [{"name": 1, "fell": "x"}], "more": 1})) == 6


def test_a_long_value_is_shortened() -> None:
    (finding,) = misfits({"name": "Elm", "height": "m" * 1000})
    assert len(finding) < 120


def test_a_text_is_read_as_a_number_only_where_that_is_asked_for() -> None:
    assert documents.fit("2", int, strict=False) == 2
    assert misfits("zwei", int, "READERS", strict=False) == ["READERS 'zwei': use a whole number"]
    assert misfits("2", int, "READERS") == ["READERS '2': use a whole number"]


@given(st.text())
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = written(tmp_path_factory.getbasetemp(), text)
    try:
        documents.read(file)
    except InputError as error:
        assert str(error).startswith(f"{file}: ")  # noqa: PT017 - that it fails is not the point


keys = (
    st.sampled_from(["name", "colour", "height", "evergreen", "planted", "leaves", "fell"]) | st.text() | st.integers()
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([*Colour]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
)


@given(plain)
def test_any_value_fits_or_is_told_why_not(said: object) -> None:
    try:
        documents.fit(said, Tree)
    except MisfitError as error:
        assert error.findings  # noqa: PT017 - as above
        assert not any("Expected" in finding and "got" in finding for finding in error.findings)  # noqa: PT017
