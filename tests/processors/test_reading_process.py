"""Articles are read in a process of their own, which may fail without harm to the worker."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from entente import codec, topics
from entente.domain import Article
from entente.settings import Settings
from processors import reading_process
from processors.reading_process import Found, ReaderDiedError, ReadingProcess
from tests.processors import standins
from tests.processors.running import STAND_IN, Worker, publish, wait_for
from tests.processors.standins import news
from tests.services.wait import wait_until


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "faults"
    path.touch()
    monkeypatch.setenv(standins.FAULTS, str(path))
    return path


@pytest.fixture
def process(faults: Path) -> Iterator[ReadingProcess]:
    assert faults.exists()
    process = ReadingProcess(STAND_IN, Settings())
    yield process
    process.close()


def read(process: ReadingProcess, *articles: Article) -> list[Found | Exception]:
    """What comes of these articles, which are all queued before the first result is asked for."""

    async def results() -> list[Found | Exception]:
        futures = [process.submit(codec.encode(article), {}) for article in articles]
        return [(await asyncio.gather(process.result(future), return_exceptions=True))[0] for future in futures]  # type: ignore[misc]  # no cancellation here

    return asyncio.run(results())


def test_articles_are_read_in_the_order_in_which_they_are_given(process: ReadingProcess) -> None:
    found = read(process, *(news(n) for n in range(20)))
    keys = [
        output.key
        for f in found
        if isinstance(f, Found)
        for output in f.outputs
        if output.topic == "entente.statements.v1"
    ]
    assert keys == [f"party-{n}>nda".encode() for n in range(20)]


def test_an_error_of_the_extractor_is_raised_for_its_article_alone(process: ReadingProcess) -> None:
    bad, good = read(process, news(1, "fault raise"), news(2))
    assert isinstance(bad, RuntimeError)
    assert isinstance(good, Found)


def test_after_the_process_has_ended_another_one_reads_on(process: ReadingProcess, faults: Path) -> None:
    bad, behind = read(process, news(1, "fault die"), news(2))
    assert isinstance(bad, ReaderDiedError)
    assert isinstance(behind, ReaderDiedError)
    faults.unlink()
    assert all(isinstance(found, Found) for found in read(process, news(1), news(2)))


def test_an_article_that_takes_too_long_is_given_up(process: ReadingProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold up all others."""
    monkeypatch.setattr(reading_process, "DEADLINE", 0.5)
    (late,) = read(process, news(1, "fault slow"))
    assert isinstance(late, ReaderDiedError)
    assert "not read within" in str(late)
    monkeypatch.undo()
    assert isinstance(read(process, news(2))[0], Found)


def test_a_worker_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    publish(url, [news(1)])
    with Worker(url, tmp_path) as worker:
        wait_for(url, topics.SHIFTS, 1)
        children = children_of(worker.pid)
        assert children
        worker.end(signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "all are gone", timeout=10)


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]
