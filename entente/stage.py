"""What a stage is to the program that starts it, and how stages are run together in one process."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Protocol

from prometheus_client import REGISTRY

from entente.observe import ObservationPort, set_up_logging
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
    """
    set_up_logging(settings.log)
    factories: list[Callable[[Settings], Stage]] = [resolve_name(FACTORIES[name]) for name in names]
    stages = [create(settings) for create in factories]
    stop = threading.Event()
    failed: list[str] = []

    def run(stage: Stage) -> None:
        try:
            stage.run(stop)
        except Exception:
            log.exception("%s failed; stopping", stage.name)
            failed.append(stage.name)
        finally:
            stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    port = ObservationPort(
        settings.metrics, REGISTRY, {s.name: s.live for s in stages}, {s.name: s.ready for s in stages}
    )
    log.info("metrics on http://%s:%d/metrics", settings.metrics.rpartition(":")[0], port.port)
    threads = [threading.Thread(target=run, args=(stage,), name=stage.name, daemon=True) for stage in stages]
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):  # a timeout lets the main thread take signals
        pass
    for thread in threads:
        thread.join(STOP_WITHIN)
        if thread.is_alive():
            log.error("%s did not stop within %.0f s", thread.name, STOP_WITHIN)
            failed.append(thread.name)
    port.close()
    return 1 if failed else 0
