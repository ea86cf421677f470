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
from entente.commands.settings import pass_settings
from entente.errors import EntenteError
from entente.files import try_sqlite
from entente.observe import try_address
from entente.settings import Settings, documentation
from entente.stage import Probe

# What each stage reads and reaches at its start; resolved when it is asked for, never imported here.
STAGE_PROBES = ("ingest.checks:probes", "processors.checks:probes", "sinks.checks:probes")


def _list_settings(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's
    if wanted:
        for variable, default, meaning in documentation():
            click.echo(f"{variable}\n    {meaning}\n    default: {default or '(none)'}")
        ctx.exit()


@click.command()
@click.option(
    "--settings",
    is_flag=True,
    is_eager=True,  # so that it works while settings are wrong
    expose_value=False,
    callback=_list_settings,
    help="List all settings with their defaults instead.",
)
@pass_settings
def check(settings: Settings) -> None:
    """Read everything that a start would read, reach everything it would reach; list what is wrong.

    Exit status 1 if anything is. Nothing is polled or sent, and no file is made.

    \b
    Example:  ENTENTE_PACKS=mine.yaml entente check
              entente check --settings
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
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
    yield "packs", lambda: _read_packs(settings)
    yield "metrics", lambda: try_address(settings.metrics)
    yield "broker", lambda: _reach_broker(settings.broker)


def _read_packs(settings: Settings) -> str:
    actors = packs.load(settings.packs)
    return "; ".join([f"{len(actors.by_id)} actors", *actors.overrides])


def _reach_broker(url: str) -> str:
    if urlsplit(url).scheme == "sqlite":
        return try_sqlite("ENTENTE_BROKER", path_of(url))
    open_producer(url).close()
    return f"{url} answers"
