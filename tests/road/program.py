"""The program as a user starts it: a process of its own, settings in the environment, files in its folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import yaml

from tests.road.newsstand import Newsstand

ROOT = Path(__file__).parents[2]
SUBSCRIPTIONS = {"subscriptions": [{"id": "everything", "title": "Every shift", "channels": [{"type": "file"}]}]}


class Program:
    """One `entente` process."""

    def __init__(self, folder: Path, command: str, environ: dict[str, str]) -> None:
        self._folder = folder
        self.command = command
        self._environ = environ
        self._log = folder / f"{command}-{time.monotonic_ns()}.log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it; it may already have run before in the same folder."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "entente.cli", self.command],
                cwd=self._folder,
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(ROOT),
                    "ENTENTE_METRICS": f"127.0.0.1:{self._port}",
                    **self._environ,
                },
                stdout=log,
                stderr=log,
            )
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send the signal and wait for the end.

        Raises:
            subprocess.TimeoutExpired: the process did not end within 30 s.
        """
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(30)

    @property
    def exit_status(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else None

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels, by the program's own account; 0 before it answers."""
        try:
            text = httpx.get(f"http://127.0.0.1:{self._port}/metrics", timeout=5, trust_env=False).text
        except httpx.TransportError:
            return 0.0
        lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    @property
    def log(self) -> str:
        """What it has logged since the first start."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.exit_status is None:
            self.signal(signal.SIGKILL)


def environment(folder: Path, stand: Newsstand, feeds: list[str], broker: str) -> dict[str, str]:
    """Settings for a road that polls these feeds every second and alerts into a file."""
    records = [
        {"id": feed, "outlet": feed, "url": stand.url(feed), "country": "IN", "language": "en", "every": "1s"}
        for feed in feeds
    ]
    (folder / "feeds.yaml").write_text(yaml.safe_dump({"feeds": records}))
    (folder / "subscriptions.yaml").write_text(yaml.safe_dump(SUBSCRIPTIONS))
    return {
        "ENTENTE_BROKER": broker,
        "ENTENTE_DATABASE": f"sqlite:///{folder}/entente.db",
        "ENTENTE_FEED_STATE": f"sqlite:///{folder}/feeds.db",
        "ENTENTE_FEEDS": str(folder / "feeds.yaml"),
        "ENTENTE_SUBSCRIPTIONS": str(folder / "subscriptions.yaml"),
        "ENTENTE_ALERTS_FILE": str(folder / "alerts.jsonl"),
        "ENTENTE_ALLOW_PRIVATE": "127.0.0.1/32",
    }


def wait_until(condition: Callable[[], bool], seconds: float, programs: list[Program]) -> None:
    """Return when the condition holds.

    Raises:
        AssertionError: it did not within that time, or a program ended meanwhile; with the end of the logs.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        ended = [program for program in programs if program.exit_status is not None]
        if ended or time.monotonic() > deadline:
            reason = "a program ended" if ended else f"not within {seconds:.0f} s"
            logs = "\n\n".join(program.log[-4000:] for program in programs)
            raise AssertionError(f"{reason}; logs end:\n{logs}")
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
