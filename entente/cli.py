"""The one command. It finds the parts of the stages by name when they are called, and imports none of them."""

import signal
import sys
from collections.abc import Sequence
from pkgutil import resolve_name
from typing import NamedTuple

import click

from entente import __version__
from entente.errors import EntenteError

_INTERRUPTED = 128 + signal.SIGINT  # the exit status, as shells have it


class _Entry(NamedTuple):
    where: str  # module:attribute of a click command
    help: str  # as the overview shows it, without importing the command


COMMANDS = {
    "run": _Entry("entente.commands.run:run", "Everything in one process; --demo needs no network."),
    "poll": _Entry("entente.commands.run:poll", "The stage ingest alone: feeds to articles."),
    "work": _Entry("entente.commands.run:work", "The stage processors alone: articles to statements to shifts."),
    "sink": _Entry("entente.commands.run:sink", "The stage sinks alone: the archive, alerts and their delivery."),
    "extract": _Entry("processors.commands:extract", "Articles (JSON lines) to statements (JSON lines)."),
    "backtest": _Entry("entente.commands.backtest:backtest", "Articles in time order to shifts (JSON lines)."),
    "explain": _Entry("processors.commands:explain", "One article: who is named, what is said, and why."),
    "check": _Entry("entente.commands.check:check", "Settings, packs, feeds, subscriptions, services: what is wrong."),
    "feeds": _Entry("ingest.commands:feeds", "List feeds and how they do; try one."),
    "subscriptions": _Entry("sinks.commands:subscriptions", "List subscriptions; test-fire one."),
    "deliveries": _Entry("sinks.commands:deliveries", "What was sent to whom, what failed; send it again."),
    "deadletters": _Entry("entente.commands.deadletters:deadletters", "Messages that could not be handled; replay."),
}


class _Commands(click.Group):
    """Commands that are imported when they are called, so that `entente --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command = resolve_name(entry.where)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.where} is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def entente() -> None:
    """Watch the news for political alliances; be told, with the quote, when somebody changes sides.

    \b
    Try:  entente run --demo            watch a newsroom of our own on this machine
          entente explain article.txt   see what is read in an article, and why
          entente check                 see what is wrong with settings and files

    Settings come from the environment (ENTENTE_...), from a TOML file that ENTENTE_CONFIG names, or each from a file
    of its own (ENTENTE_DATABASE_FILE=...); `entente check --settings` lists them.
    """  # noqa: D301 - \b is click's mark for lines that stay as they are


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an error that a user can mend is one message and exit status 2. Ctrl-C ends it quietly."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(_INTERRUPTED))
    try:
        entente.main(arguments, prog_name="entente")
    except EntenteError as error:
        click.echo(f"entente: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
