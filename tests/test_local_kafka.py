"""The launcher of a local Kafka says what is missing and how to get it, and serves when all is there."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.kafka import local
from entente import topics
from entente.broker import create_topics
from tests.services.missing import missing

FOLDER = Path(local.__file__).parent


def launch(script: Path, *words: str, path: str) -> "subprocess.CompletedProcess[str]":
    """Run it where only the programs of this search path exist."""
    command = [sys.executable, str(script), *words]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def new_checkout(tmp_path: Path) -> Path:
    """The launcher in a checkout that has no Kafka yet."""
    shutil.copytree(FOLDER, tmp_path / "deploy" / "kafka", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "deploy" / "kafka" / "local.py"


def test_without_maven_it_names_the_package_to_install(new_checkout: Path) -> None:
    done = launch(new_checkout, "bring", path="/nowhere")
    assert done.returncode == 1
    assert done.stderr == "mvn is not installed (Debian: apt-get install maven)\n"


def test_running_before_bringing_tells_to_bring(new_checkout: Path) -> None:
    done = launch(new_checkout, "run", path="/nowhere")
    assert done.returncode == 1
    assert done.stderr == "Kafka is not here yet: python deploy/kafka/local.py bring\n"


@pytest.mark.kafka
def test_without_java_it_names_the_package_to_install() -> None:
    if not local.brought():
        missing("Apache Kafka", "run `make kafka`")
    done = launch(FOLDER / "local.py", "run", path="/nowhere")
    assert done.returncode == 1
    assert done.stderr == "java is not installed (Debian: apt-get install default-jre-headless)\n"


@pytest.mark.kafka
def test_bringing_again_changes_nothing() -> None:
    if not local.brought():
        missing("Apache Kafka", "run `make kafka`")
    before = {path: path.stat().st_mtime_ns for path in local.HOME.iterdir()}
    local.bring()
    assert {path: path.stat().st_mtime_ns for path in local.HOME.iterdir()} == before


@pytest.mark.kafka
def test_it_runs_a_broker_in_the_foreground_until_it_is_interrupted(tmp_path: Path) -> None:
    if not local.brought():
        missing("Apache Kafka", "run `make kafka`")
    port = local.free_port()
    command = [sys.executable, str(FOLDER / "local.py"), "run", f"--port={port}", f"--data={tmp_path}", "--heap=256m"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as broker:
        try:
            assert broker.stdout is not None
            assert broker.stdout.readline().startswith(f"ENTENTE_BROKER=kafka://127.0.0.1:{port} ")
            create_topics(f"kafka://127.0.0.1:{port}", topics.ALL)
            broker.send_signal(signal.SIGINT)
            assert broker.wait(30) == 130
        finally:
            broker.kill()
