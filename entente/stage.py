"""What a stage is to the program that starts it, and how stages are run together in one process."""

import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Protocol

from prometheus_client import REGISTRY

from entente.errors import EntenteError
from entente.observe import Check, ObservationPort, set_up_logging
from entente.settings import Settings

log = logging.getLogger(__name__)

# Resolved when they are started, never imported here: `entente` knows no stage.
FACTORIES = {
    "ingest": "ingest.stage:create",
    "processors": "processors.stage:create",
    "sinks": "sinks.stage:create",
}
Probe = Callable[[], str]  # says what it found; raises an EntenteError that says what is wrong
STOP_WITHIN = 20.0  # seconds that a stage has to finish what it holds


class Stage(Protocol):
    """A part of the road that runs until it is told to stop."""

    name: str

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish what is held and return. May be called in any thread."""

    def live(self) -> str | None:
        """None while it makes progress, else what hangs."""

    def ready(self) -> str | None:
        """None once it does its work, else what it waits for."""


def run_stages(names: Sequence[str], settings: Settings) -> int:
    """Run these stages in this process until a signal comes or one of them fails; the exit status.

    Must be called in the main thread. A stage that fails stops the others, so that a supervisor restarts the whole.

    Returns:
        0 after a signal, 2 if a stage ended with an error that a user can mend, 1 if it failed otherwise.

    Raises:
        EntenteError: a stage cannot be created, or the port of the metrics is taken.
        SystemExit: a signal came before any stage ran.
    """
    set_up_logging(settings.log)
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def on_signal(*_: object) -> None:
        stop.set()
        if not threads:  # nothing is held yet that must be finished
            sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    live: dict[str, Check] = dict.fromkeys(names, lambda: None)
    ready: dict[str, Check] = dict.fromkeys(names, lambda: "starts")
    port = ObservationPort(settings.metrics, REGISTRY, live, ready)
    log.info("metrics on http://%s:%d/metrics", settings.metrics.rpartition(":")[0], port.port)
    stages: dict[str, Stage] = {}
    for name in names:
        create: Callable[[Settings], Stage] = resolve_name(FACTORIES[name])
        stages[name] = create(settings)
        if stop.is_set():  # code that catches everything kept the signal's exit to itself
            return 0
    live.update({name: stage.live for name, stage in stages.items()})
    ready.update({name: stage.ready for name, stage in stages.items()})
    statuses: list[int] = []
    threads += [
        threading.Thread(target=_run, args=(stage, stop, statuses), name=name, daemon=True)
        for name, stage in stages.items()
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):  # a timeout lets the main thread take signals
        pass
    for thread in threads:
        thread.join(STOP_WITHIN)
        if thread.is_alive():
            log.error("%s did not stop within %.0f s", thread.name, STOP_WITHIN)
            statuses.append(1)
    port.close()
    return min(statuses, default=0)  # a failure that nobody foresaw tells more


def _run(stage: Stage, stop: threading.Event, statuses: list[int]) -> None:
    try:
        stage.run(stop)
    except EntenteError as error:
        log.error("%s stops: %s", stage.name, error)  # noqa: TRY400 - the sentence says all
        statuses.append(2)
    except Exception:
        log.exception("%s failed; stopping", stage.name)
        statuses.append(1)
    finally:
        stop.set()
