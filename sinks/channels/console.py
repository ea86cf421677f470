"""Alerts on standard output: in colour on a terminal, plain elsewhere."""

import sys

from rich.console import Console
from rich.text import Text

from entente.settings import Settings
from sinks.channels.base import ChannelConfig, Kind, Message, Outcome, Result

_STYLES = {"confirmed": "bold green", "provisional": "bold yellow", "withdrawn": "bold red"}


class ConsoleConfig(ChannelConfig, frozen=True):
    """Nothing to set."""

    @property
    def name(self) -> str:
        """There is one console."""
        return "console"


class ConsoleChannel:
    """Prints each alert, and an empty line after it. After a crash, an alert may be printed a second time."""

    def __init__(self, _config: ConsoleConfig, _settings: Settings) -> None:
        self._console = Console(highlight=False, soft_wrap=True)

    def send(self, message: Message) -> Outcome:
        """Print it."""
        head, _, rest = message.text.partition("\n")
        try:
            if self._console.is_terminal:
                # As Text, never as markup: the words come from the news.
                self._console.print(Text(head, style=_STYLES.get(str(message.data.get("status")), "bold")))
                self._console.print(Text(f"{rest}\n"))
            else:
                sys.stdout.write(f"{message.text}\n\n")
                sys.stdout.flush()
        except OSError as error:
            return Outcome(Result.RETRY, f"standard output: {error.strerror}")
        return Outcome(Result.DELIVERED, "printed")

    def close(self) -> None:
        """Nothing is held open."""


KIND = Kind(ConsoleConfig, ConsoleChannel)
