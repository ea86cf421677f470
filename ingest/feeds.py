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

from entente import documents
from entente.addresses import web_host
from entente.documents import MisfitError
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
    outlet: Annotated[str, msgspec.Meta(min_length=1, description="the outlet's name")]
    url: str
    country: Annotated[
        str, msgspec.Meta(pattern="^[A-Z]{2}$", description="two capital letters of ISO 3166-1, such as IN")
    ]
    language: Annotated[
        str,
        msgspec.Meta(pattern="^en(-[A-Za-z0-9]+)*$", description="en, or such as en-IN; no other language is read"),
    ]
    every: str


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    feeds: tuple[dict[str, Any], ...]  # read one by one, so that a finding names its feed


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
        records = documents.fit(documents.read(path), _File).feeds
    except MisfitError as error:
        raise InputError("\n".join(f"{path}: {text}" for text in error.findings)) from error
    feeds: list[Feed] = []
    findings: list[str] = []
    for number, raw in enumerate(records, start=1):
        try:
            feeds.append(_feed(raw))
        except MisfitError as error:
            findings += [f"{path}: feed {raw.get('id', f'number {number}')}: {text}" for text in error.findings]
    findings += [f"{path}: {text}" for text in _twice(feeds)]
    if findings:
        raise InputError("\n".join(findings))
    return tuple(feeds)


def _feed(raw: dict[str, Any]) -> Feed:
    """The feed.

    Raises:
        MisfitError: with all findings.
    """
    entry = documents.fit(raw, _Entry)
    findings = []
    if not _KEBAB.fullmatch(entry.id):
        findings.append(f"id {entry.id!r}: use lower-case letters and digits joined by hyphens")
    if not web_host(entry.url):
        findings.append(f"url {entry.url!r}: use https://HOST/PATH")
    every = _EVERY.fullmatch(entry.every)
    if every is None:
        findings.append(f"every {entry.every!r}: use a number and a unit, such as 30s, 5m or 2h")
    if every is None or findings:
        raise MisfitError(findings)
    span = timedelta(**{_UNITS[every[2]]: int(every[1])})
    return Feed(entry.id, entry.outlet, entry.url, entry.country, entry.language, span)


def _twice(feeds: Sequence[Feed]) -> Iterable[str]:
    for feed_id, count in Counter(feed.id for feed in feeds).items():
        if count > 1:
            yield f"feed {feed_id}: the id stands {count} times; each id once"
    first: dict[str, str] = {}
    for feed in feeds:
        other = first.setdefault(feed.url.rstrip("/"), feed.id)
        if other != feed.id:
            yield f"feed {feed.id}: the url is that of {other} too; each url once"
