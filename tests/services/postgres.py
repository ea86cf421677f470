"""PostgreSQL: a cluster of its own for the tests, a database for each."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from deploy.kafka.local import free_port
from tests.services.missing import missing

NOT_DURABLE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def _tools() -> Path:
    """The folder of initdb and pg_ctl, which Debian keeps out of the search path."""
    found = shutil.which("initdb")
    places = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not places:
        missing("PostgreSQL", "apt-get install postgresql")
    return places[-1].parent


def _run(words: Sequence[str]) -> None:
    """As the user postgres when we are root, whom PostgreSQL refuses."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # pg_ctl leaves a server behind that holds its output open: no pipes.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run([*user, *words], stdout=output, stderr=output, cwd="/", timeout=120, check=False)
        if done.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{words[0]} failed: {output.read().decode(errors='replace')[-2000:]}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A cluster on loopback whose data is gone afterwards; its database postgres."""
    tools = _tools()
    folder = Path(tempfile.mkdtemp(prefix="entente-postgres-"))  # pytest's own folders are closed to other users
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", free_port()
    control = [str(tools / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    try:
        _run([str(tools / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        options = f"-h 127.0.0.1 -p {port} -k '' {NOT_DURABLE}"
        _run([*control, "-l", str(folder / "postgres.log"), "-o", options, "start"])
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[str]:
    """An empty database for this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_url.removesuffix("postgres") + name
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
