"""What is wrong with settings, files and services, in one list."""

import sys
from collections.abc import Iterator
from itertools import chain
from pkgutil import resolve_name
from urllib.parse import urlsplit

import click

from entente import packs
from entente.broker import open_producer
from entente.broker.sqlite import path_of
from entente.errors import EntenteError
from entente.settings import Settings, documentation
from entente.stage import Probe

# What each stage reads and reaches at its start; resolved when it is asked for, never imported here.
STAGE_PROBES = ("ingest.checks:probes", "processors.checks:probes", "sinks.checks:probes")


@click.command()
@click.option("--settings", "list_settings", is_flag=True, help="List all settings with their defaults instead.")
@click.pass_obj
def check(settings: Settings, *, list_settings: bool) -> None:
    """Read everything that a start would read, reach everything it would reach; list what is wrong.

    Exit status 1 if anything is. Nothing is polled, read or sent.

    \b
    Example:  ENTENTE_PACKS=mine.yaml entente check
              entente check --settings
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    if list_settings:
        for variable, default, meaning in documentation():
            click.echo(f"{variable}\n    {meaning}\n    default: {default or '(none)'}")
        return
    well = True
    for name, probe in chain(_own_probes(settings), *(resolve_name(where)(settings) for where in STAGE_PROBES)):
        try:
            click.echo(f"ok     {name}: {probe()}")
        except EntenteError as error:
            well = False
            for line in str(error).splitlines():
                click.echo(f"wrong  {name}: {line}")
    sys.exit(0 if well else 1)


def _own_probes(settings: Settings) -> Iterator[tuple[str, Probe]]:
    yield "packs", lambda: f"{len(packs.load(settings.packs).by_id)} actors"
    yield "broker", lambda: _reach_broker(settings.broker)


def _reach_broker(url: str) -> str:
    if urlsplit(url).scheme == "sqlite":
        path = path_of(url)
        return f"{path}" if path.exists() else f"{path} will be created"
    open_producer(url).close()
    return f"{url} answers"
