"""Articles from files of JSON lines; `-` is standard input."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TextIO

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from entente import documents
from entente.documents import MisfitError
from entente.domain import Article, ArticleId
from entente.errors import InputError

STANDARD_INPUT = "-"
NEEDS = "an article has id, published and text, and may have outlet, title and url"


class _Record(msgspec.Struct, frozen=True):
    """What an article must have, as users write it; further keys are ignored."""

    id: str
    published: str
    text: str
    outlet: str | None = None
    url: str | None = None
    title: str | None = None


def read_lines(lines: Iterable[str], name: str) -> Iterator[Article | InputError]:
    """Each line's article, or what is wrong with the line; empty lines are left out.

    Args:
        lines: one JSON object each, with id, published and text, and perhaps outlet, title and url.
        name: of the file, for messages.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield _article(line, f"{name}: line {number}")
            except InputError as error:
                yield error


@contextmanager
def opened(name: str) -> Iterator[TextIO]:
    """The file, or standard input for `-`.

    Raises:
        InputError: it cannot be opened, or is no UTF-8.
    """
    try:
        if name == STANDARD_INPUT:
            yield sys.stdin
        else:
            with Path(name).open(encoding="utf-8") as stream:
                yield stream
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 at byte {error.start}; convert it, for example with iconv") from error


def with_progress(stream: TextIO) -> Iterator[str]:
    """The lines, with a bar on standard error where a person waits for a file."""
    console = Console(stderr=True)
    if not (console.is_terminal and stream.seekable()):
        yield from stream
        return
    lines = stream.readlines()
    columns = (TextColumn("reading"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(lines)


def _article(line: str, where: str) -> Article:
    try:
        record = documents.fit(msgspec.json.decode(line), _Record)
    except MisfitError as error:
        raise InputError(f"{where}: {'; '.join(error.findings)}; {NEEDS}") from error
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise InputError(f"{where}: no JSON object: {error}") from error
    try:
        return Article(
            id=ArticleId(record.id),
            url=record.url,
            outlet=record.outlet or "",
            title=record.title or "",
            text=record.text,
            published=_time(record.published),
        )
    except ValueError as error:
        raise InputError(f"{where}: {error}") from error


def _time(text: str) -> datetime:
    """A date at midnight, or a date and time; UTC where no zone is given."""
    try:
        if len(text) == len("2024-01-28"):
            return datetime.combine(date.fromisoformat(text), time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"published {text!r}: use a date such as 2024-01-28, or 2024-01-28T09:30:00Z") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
