#!/usr/bin/env python3
"""Apache Kafka on this machine, for tests and for trying the distributed size. It needs Java 17 and Maven.

python deploy/kafka/local.py bring    fetch it into .kafka (46 MB of jars), once
python deploy/kafka/local.py run      run one broker until Ctrl-C
ENTENTE_BROKER=kafka://127.0.0.1:9092 entente poll      (and work, sink)
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

POM = Path(__file__).resolve().with_name("pom.xml")
HOME = POM.parents[2] / ".kafka"
LIBS = HOME / "libs"
FORMATTED = HOME / "formatted"  # an empty data folder to copy, which is faster than formatting
ARCHIVE = HOME / "kafka.jsa"  # Kafka's classes as Java has loaded them: halves the time of a start
CLUSTER_ID = "ckYhO5njRtuyP0GrlAkNDA"
READY_WITHIN = 60.0  # seconds
SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/log
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
"""


def brought() -> bool:
    """Whether the Kafka that pom.xml names is here."""
    return _server_jar().exists() and FORMATTED.exists() and ARCHIVE.exists()


def bring() -> None:
    """Fetch the jars, format an empty data folder and archive the loaded classes; what is here already stays.

    Raises:
        SystemExit: Java or Maven is missing or fails; its text tells the remedy.
    """
    if brought():
        return
    if not _server_jar().exists():
        _fetch()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = _write_settings(folder, free_port(), free_port())
        _do([*_java("128m"), "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(settings)])
        shutil.copytree(folder / "log", FORMATTED, dirs_exist_ok=True)
        _archive_classes(folder)


def command(folder: Path, port: int, controller: int, heap: str = "512m") -> list[str]:
    """The command that runs a broker.

    Args:
        folder: its data and settings; made when it is missing, else what it holds is served on.
        port: where it serves on loopback.
        controller: a second port, for itself.
        heap: the most memory it may take for objects, as Java writes it.

    Raises:
        SystemExit: it was not brought, or there is no Java.
    """
    if not brought():
        raise SystemExit("Kafka is not here yet: python deploy/kafka/local.py bring")
    if not (folder / "log").exists():
        shutil.copytree(FORMATTED, folder / "log")
    settings = _write_settings(folder, port, controller)
    return [*_java(heap, f"-XX:SharedArchiveFile={ARCHIVE}"), "kafka.Kafka", str(settings)]


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("bring", help="fetch Apache Kafka with Maven into .kafka; does nothing when it is there")
    run = verbs.add_parser("run", help="run one broker in the foreground, on loopback only; Ctrl-C stops it")
    run.add_argument("--port", type=int, default=9092, help="where it serves (default: %(default)s)")
    run.add_argument("--data", type=Path, default=HOME / "data", help="its folder, kept (default: %(default)s)")
    run.add_argument("--heap", default="512m", help="memory for objects, such as 1g (default: %(default)s)")
    given = parser.parse_args()
    if given.verb == "bring":
        bring()
        sys.stdout.write(f"Apache Kafka is in {HOME}; run it: python deploy/kafka/local.py run\n")
        return
    words = command(given.data, given.port, free_port(), given.heap)
    sys.stdout.write(f"ENTENTE_BROKER=kafka://127.0.0.1:{given.port}   (Ctrl-C stops it)\n")
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606 - the broker takes the place of this process


def _server_jar() -> Path:
    version = ET.parse(POM).findtext(".//{*}dependency[{*}artifactId='kafka_2.13']/{*}version")  # noqa: S314 - our own
    return LIBS / f"kafka_2.13-{version}.jar"


def _fetch() -> None:
    fetched = HOME / "fetched"
    shutil.rmtree(fetched, ignore_errors=True)
    maven = [_tool("mvn", "maven"), "--batch-mode", "--quiet", "--file", str(POM), "dependency:copy-dependencies"]
    _do([*maven, f"-DoutputDirectory={fetched}", "-DincludeScope=runtime"])
    for stale in (LIBS, FORMATTED):
        shutil.rmtree(stale, ignore_errors=True)
    ARCHIVE.unlink(missing_ok=True)
    fetched.rename(LIBS)


def _archive_classes(folder: Path) -> None:
    port = free_port()
    settings = _write_settings(folder, port, free_port())
    words = [*_java("128m", f"-XX:ArchiveClassesAtExit={ARCHIVE}"), "kafka.Kafka", str(settings)]
    output = folder / "output"
    with output.open("wb") as sink, subprocess.Popen(words, stdout=sink, stderr=sink) as broker:  # noqa: S603 - ours
        deadline = time.monotonic() + READY_WITHIN
        while broker.poll() is None and not _listens(port) and time.monotonic() < deadline:
            time.sleep(0.1)
        broker.terminate()
        broker.wait(READY_WITHIN)
    if not ARCHIVE.exists():
        raise SystemExit(f"the first run of Kafka failed:\n{output.read_text(errors='replace')[-2000:]}")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _write_settings(folder: Path, port: int, controller: int) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "server.properties"
    settings.write_text(SETTINGS.format(folder=folder.resolve(), port=port, controller=controller), encoding="utf-8")
    return settings


def _java(heap: str, *options: str) -> list[str]:
    jars = ":".join(sorted(map(str, LIBS.glob("*.jar"))))  # always in one order, which the archive insists on
    small = ["-Xms64m", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [_tool("java", "default-jre-headless"), *small, *options, "-cp", jars]


def _tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed (Debian: apt-get install {package})")
    return found


def _do(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        raise SystemExit(f"failed: {' '.join(words[:2])} ...\n{(done.stdout + done.stderr)[-2000:]}")


if __name__ == "__main__":
    main()
