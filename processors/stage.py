"""The stage: the Faust application in an event loop of its own, in whichever thread runs it."""

import asyncio
import threading
from contextlib import ExitStack, suppress
from time import monotonic

from entente import packs
from entente.settings import Settings
from processors.app import App, create_app
from processors.claim import claim
from processors.reading_process import ReadingPool

EXTRACTOR = "processors.extraction.extract:load_extractor"
TICK = 0.1  # seconds
# Seconds that a thread may compute while another one waits for its turn. At Python's 0.005 the threads that feed the
# reading process wait so long behind the tracking of statements that it idles; `make bench` shows the difference.
SWITCH = 0.0005
SILENCE = 30.0  # seconds without a tick, after which the loop counts as hanging
STALL = 600.0  # seconds in which messages wait and none is finished


class ProcessorsStage:
    """Reads articles and tracks stances until it is told to stop."""

    name = "processors"

    def __init__(self, settings: Settings, factory: str) -> None:
        self._settings = settings
        self._actors = packs.load(settings.packs)
        with ExitStack() as stack:
            stack.enter_context(claim(settings.broker))
            self._reading = ReadingPool(factory, settings)
            stack.callback(self._reading.close)
            self._held = stack.pop_all()
        # Written by the loop's thread, read by others: Faust's objects must not be touched from there.
        self._ticked_at = monotonic()
        self._working = False
        self._stalled_for = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is in work then is read again after the next start.

        Raises:
            Exception: whatever the application crashed from.
        """
        with self._held:
            asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        app = create_app(self._settings, self._reading, self._actors)
        starting = asyncio.create_task(app.start())
        try:
            while not (stop.is_set() or app.crashed or (starting.done() and starting.exception())):
                self._note(app)
                await asyncio.sleep(TICK)
        finally:
            self._working = False
            await app.stop()
            starting.cancel()
            with suppress(asyncio.CancelledError):
                await starting
        if app.crash_reason is not None:
            raise app.crash_reason

    def _note(self, app: App) -> None:
        self._ticked_at = monotonic()
        self._working, self._stalled_for = app.is_working(), app.stalled_for()

    def live(self) -> str | None:
        """None while the loop runs and messages get done."""
        silence = monotonic() - self._ticked_at
        if silence > SILENCE:
            return f"the event loop has not moved for {silence:.0f} s"
        stalled = self._stalled_for
        return f"messages wait, and none was finished for {stalled:.0f} s" if stalled > STALL else None

    def ready(self) -> str | None:
        """None once partitions are assigned and the tables are recovered."""
        return None if self._working else "waits for partitions and the recovery of its tables"


def create(settings: Settings) -> ProcessorsStage:
    """The stage, with packs and pipeline loaded.

    Raises:
        BrokerError: another process works on the log, or it cannot be written.
        PackError: a pack says something that cannot be.
        SettingsError: the pipeline of the settings is not installed.
    """
    return ProcessorsStage(settings, EXTRACTOR)
