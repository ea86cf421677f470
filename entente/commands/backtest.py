"""A file of articles, as if it had been watched."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from pkgutil import resolve_name

import click
import msgspec

from entente import codec
from entente.commands.settings import pass_settings
from entente.domain import Shift
from entente.settings import Settings


@click.command()
@click.option("--pack", "further", multiple=True, metavar="FILE", help="A further actor pack; may be given again.")
@click.option("--subscriptions", metavar="FILE", help="Print the alerts that these subscriptions would have brought.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@pass_settings
def backtest(settings: Settings, *, further: tuple[str, ...], subscriptions: str | None, file: str) -> None:
    """Articles (JSON lines, `-` for standard input) to the shifts they show, in the order of their dates.

    An article has `id`, `published` and `text`, and may have `outlet` (sources are counted by it), `title` and `url`.
    Each shift is one line of JSON in its final form; with --subscriptions each line is an alert, in the order in which
    it would have been sent.

    \b
    Example:  entente backtest articles.jsonl | jq -r '[.at, .holder, .type, .target, .status] | @tsv'
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    settings = replace(settings, packs=(*settings.packs, *further))
    lines = _shifts(settings, file, final=subscriptions is None)
    if subscriptions is None:
        _print(map(codec.encode, lines))
    else:
        alerts = resolve_name("sinks.alerts.backtest:alerts")
        _print(map(msgspec.json.encode, alerts(settings, Path(subscriptions), lines)))


def _shifts(settings: Settings, file: str, *, final: bool) -> Iterator[Shift]:
    shifts: Iterator[Shift] = resolve_name("processors.replay:shifts_of_file")(settings, file, final=final)
    return shifts


def _print(lines: Iterable[bytes]) -> None:
    for line in lines:
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
