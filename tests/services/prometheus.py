"""Prometheus, watching what a test tells it."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.kafka.local import free_port
from tests.services.missing import missing
from tests.services.wait import wait_until

StartPrometheus = Callable[..., "Prometheus"]


class Prometheus:
    """A running server."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        """What its API answers at this path, such as /api/v1/targets: the field `data`."""
        return httpx.get(self.url + path, params=query, timeout=10).raise_for_status().json()["data"]

    def query(self, expression: str) -> list[Any]:
        """The samples that an expression has now."""
        result: list[Any] = self.get("/api/v1/query", query=expression)["result"]
        return result

    def ready(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5).is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_prometheus(folder: Path, targets: Sequence[str], rules: Sequence[Path] = ()) -> Iterator[Prometheus]:
    """A server that scrapes these host:port every second, as the job `entente`, with these files of rules."""
    program = shutil.which("prometheus")
    if program is None:
        missing("Prometheus", "apt-get install prometheus")
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(path.resolve()) for path in rules],
        "scrape_configs": [{"job_name": "entente", "static_configs": [{"targets": list(targets)}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    command = [program, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    output = folder / "prometheus.log"
    with output.open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        server = Prometheus(f"http://127.0.0.1:{port}")
        wait_until(lambda: process.poll() is not None or server.ready(), f"Prometheus is ready; see {output}")
        if process.poll() is not None:
            raise RuntimeError(f"Prometheus ended by itself: {output.read_text(errors='replace')[-2000:]}")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(20)


@pytest.fixture
def start_prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPrometheus]:
    """Call it with the host:port to scrape, and the files of rules if there are any; gives the server."""
    with ExitStack() as running:

        def start(targets: Sequence[str], rules: Sequence[Path] = ()) -> Prometheus:
            folder = tmp_path_factory.mktemp("prometheus")
            return running.enter_context(running_prometheus(folder, targets, rules))

        yield start
