"""Documents that people write: read as YAML, and fitted into a form; what is wrong is told by key, value and remedy.

Plain scalars mean what the core schema of YAML 1.2 says (https://yaml.org/spec/1.2.2/#103-core-schema), with numbers in
decimals only. So `NO` is Norway, and a day that does not exist is a text which the form refuses, not an accident of
reading.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec
import yaml

from entente.errors import InputError

Form = TypeVar("Form")

SHOWN = 60  # characters of a value
_WORDS: dict[object, str] = {
    str: "text, in quotes where it may be taken for a number",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a day that exists, such as 2024-01-31",
    datetime: "a time that exists, such as 2024-01-31T09:30:00+05:30",
    tuple: "a list, such as [one, two]",
    dict: "keys with values",
}


class MisfitError(Exception):
    """A document says what cannot be.

    Attributes:
        findings: one text each, naming key, value and remedy; whoever knows the file puts it before them.
    """

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__(*findings)
        self.findings = findings


class _Loader(yaml.CSafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own; without those of YAML 1.1


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", [*"-+0123456789"]),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def read(path: Path) -> Any:  # noqa: ANN401 - YAML of unknown shape
    """What the YAML file says.

    Raises:
        InputError: it cannot be read, or is no YAML.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; convert it, for example with iconv") from error
    except yaml.MarkedYAMLError as error:
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if (mark := error.problem_mark) else ""
        said = ", ".join(text for text in (error.context, error.problem) if text)
        raise InputError(f"{path}: {where}no YAML: {said}") from error
    except (yaml.YAMLError, ValueError) as error:  # a character that YAML forbids; a value of an explicit tag
        said = " ".join(str(error).split()).replace('in "<unicode string>", ', "")
        raise InputError(f"{path}: no YAML: {said}") from error


def fit(said: object, form: type[Form], place: str = "", *, strict: bool = True) -> Form:
    """What is said, as the form has it.

    Args:
        said: plain values, as YAML or TOML gives them.
        form: a msgspec struct or another type; what `Annotated` describes is told as the remedy.
        place: the key under which it stands.
        strict: whether texts are not read as numbers and truth values.

    Raises:
        MisfitError: with all findings.
    """
    try:
        return msgspec.convert(said, form, strict=strict)
    except msgspec.ValidationError as error:
        findings = tuple(_findings(said, form, place, strict=strict))
        raise MisfitError(findings or (f"{place} {error}".lstrip(),)) from error


def near(said: object, known: Iterable[str]) -> str:
    """The part of a message that tells which of the known ones may have been meant; empty if none."""
    folded = {choice.casefold(): choice for choice in known}
    close = get_close_matches(str(said).casefold(), folded, n=3, cutoff=0.6)
    return f"; near: {', '.join(folded[choice] for choice in close)}" if close else ""


def _findings(said: object, form: Any, place: str, *, strict: bool) -> Iterator[str]:  # noqa: ANN401 - any type
    for option in _options(form):
        if isinstance(said, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            yield from _findings_in_record(said, option, f"{place}: " if place else "", strict=strict)
            return
        if isinstance(said, list) and get_origin(option) is tuple:
            for number, item in enumerate(said, start=1):
                named = isinstance(item, dict | list) or item is None
                yield from _findings(
                    item, get_args(option)[0], f"{place}: number {number}" if named else f"{place}:", strict=strict
                )
            return
    try:
        msgspec.convert(said, form, strict=strict)
    except msgspec.ValidationError:
        meant = near(said, [choice for option in _options(form) for choice in _choices(option)])
        yield f"{place} {_shown(said)}: use {_wanted(form)}{meant}".lstrip()


def _findings_in_record(
    said: dict[Any, object], form: type[msgspec.Struct], prefix: str, *, strict: bool
) -> Iterator[str]:
    known = {field.name: field for field in msgspec.structs.fields(form)}
    for key in said if form.__struct_config__.forbid_unknown_fields else ():
        if key not in known:
            yield f"{prefix}no key {key!r}; known: {', '.join(known)}{near(key, known)}"
    for name, field in known.items():
        if name in said:
            yield from _findings(said[name], field.type, f"{prefix}{name}", strict=strict)
        elif field.required:
            yield f"{prefix}{name} is missing"


def _options(form: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type
    """The members of a union, else the form alone."""
    members = get_args(form) if get_origin(form) in (Union, UnionType) else (form,)
    return tuple(member for member in members if member is not NoneType)


def _choices(form: Any) -> list[str]:  # noqa: ANN401 - any type
    if get_origin(form) is Literal:
        return [*get_args(form)]
    return [str(choice.value) for choice in form] if isinstance(form, type) and issubclass(form, Enum) else []


def _wanted(form: Any) -> str:  # noqa: ANN401 - any type
    """What the form takes, in words."""
    if len(options := _options(form)) > 1:
        return ", or ".join(map(_wanted, options))
    (option,) = options
    if get_origin(option) is Annotated:
        said = [meta.description for meta in option.__metadata__ if meta.description]
        return said[0] if said else _wanted(get_args(option)[0])
    if choices := _choices(option):
        return " or ".join((", ".join(choices[:-1]), choices[-1])) if len(choices) > 1 else choices[0]
    if isinstance(option, type) and issubclass(option, msgspec.Struct):
        names = [field.name for field in msgspec.structs.fields(option)]
        return f"the key{'s' if len(names) > 1 else ''} {', '.join(names)}"
    plain = getattr(option, "__supertype__", option)  # behind a NewType
    return _WORDS.get(get_origin(plain) or plain, f"a value of the type {plain}")


def _shown(said: object) -> str:
    if said is None:
        return "is empty"
    text = str(said).lower() if isinstance(said, bool) else repr(said)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
