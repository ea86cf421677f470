"""Go on trying while a service is away."""

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from sinks.archive.database import is_away

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Patience:
    """Repeats an action until it succeeds or `stop` is set; tells once that it waits, and once that it goes on."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self.waits_for: str | None = None  # what is away

    def until_done(self, action: Callable[[], Result], *also: type[Exception]) -> Result | None:
        """The action's result; None if `stop` came first.

        Args:
            action: what may be repeated.
            also: errors that pass, besides that the database is away.

        Raises:
            Exception: what else the action raised.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                result = action()
            except Exception as error:
                if not (is_away(error) or isinstance(error, also)):
                    raise
                self._tell(error)
                if self._stop.wait(pause):
                    return None
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                if self.waits_for:
                    log.info("goes on")
                self.waits_for = None
                return result

    def _tell(self, error: Exception) -> None:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        if self.waits_for is None:
            log.warning("waits, and tries again: %s", reason)
        self.waits_for = reason
