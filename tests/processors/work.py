"""The stage processors with the stand-in extractor, as a process: python -m tests.processors.work."""

import logging
import os
import signal
import threading

from entente.settings import Settings
from processors.stage import ProcessorsStage


def main() -> None:
    """Work until SIGTERM."""
    logging.basicConfig(level="WARNING")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    ProcessorsStage(Settings.from_env(os.environ), "tests.processors.standins:load").run(stop)


if __name__ == "__main__":
    main()
