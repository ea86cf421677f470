"""The feeds to poll: records in a YAML file, checked as a whole before anything is fetched."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
import yaml

from entente.errors import InputError
from entente.settings import Settings

_KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EVERY = re.compile(r"([1-9][0-9]{0,4})([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


@dataclass(frozen=True)
class Feed:
    """One address that lists the newest articles of an outlet."""

    id: str
    outlet: str
    url: str
    country: str  # ISO 3166-1 alpha-2
    language: str  # BCP 47
    every: timedelta  # between two polls that go well

    @property
    def host(self) -> str:
        """The host, with its port where one is named: what is not to be asked twice at once."""
        return urlsplit(self.url).netloc.rpartition("@")[2].lower()


class _Entry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    id: str
    outlet: Annotated[str, msgspec.Meta(min_length=1)]
    url: str
    country: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")]
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    every: str


def built_in() -> Path:
    """The feeds that come with the program."""
    return Path(str(files("ingest") / "feeds.yaml"))


def configured(settings: Settings) -> tuple[Feed, ...]:
    """The feeds that the setting names, else those that come with the program.

    Raises:
        InputError: as `load`.
    """
    return load(Path(settings.feeds) if settings.feeds else built_in())


def load(path: Path) -> tuple[Feed, ...]:
    """The feeds of a file: a list under the key `feeds`.

    Raises:
        InputError: with one line for each finding, naming file, feed and key.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: {error}") from error
    if not isinstance(document, dict) or set(document) != {"feeds"} or not isinstance(document["feeds"], list):
        raise InputError(f"{path}: the only key is feeds, with a list of records; see the feeds.yaml of ingest")
    feeds: list[Feed] = []
    findings: list[str] = []
    for number, raw in enumerate(document["feeds"], start=1):
        name = raw.get("id", f"number {number}") if isinstance(raw, dict) else f"number {number}"
        try:
            feeds.append(_feed(raw))
        except (msgspec.ValidationError, ValueError) as error:
            findings.append(f"{path}: feed {name}: {error}")
    findings += [f"{path}: {text}" for text in _twice(feeds)]
    if findings:
        raise InputError("\n".join(findings))
    return tuple(feeds)


def _feed(raw: Any) -> Feed:  # noqa: ANN401 - YAML of unknown shape
    entry = msgspec.convert(raw, _Entry)
    if not _KEBAB.fullmatch(entry.id):
        raise ValueError(f"id {entry.id!r}: use lower-case letters and digits joined by hyphens")
    parts = urlsplit(entry.url)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(char.isspace() for char in entry.url):
        raise ValueError(f"url {entry.url!r}: use https://HOST/PATH")
    every = _EVERY.fullmatch(entry.every)
    if every is None:
        raise ValueError(f"every {entry.every!r}: use a number and a unit, such as 30s, 5m or 2h")
    return Feed(
        entry.id,
        entry.outlet,
        entry.url,
        entry.country,
        entry.language,
        timedelta(**{_UNITS[every[2]]: int(every[1])}),
    )


def _twice(feeds: Sequence[Feed]) -> Iterable[str]:
    for feed_id, count in Counter(feed.id for feed in feeds).items():
        if count > 1:
            yield f"feed {feed_id}: the id stands {count} times; each id once"
    first: dict[str, str] = {}
    for feed in feeds:
        other = first.setdefault(feed.url.rstrip("/"), feed.id)
        if other != feed.id:
            yield f"feed {feed.id}: the url is that of {other} too; each url once"
