"""Articles are read in a process of their own, which may fail without harm to the worker."""

import asyncio
import signal
import subprocess
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from entente import codec, topics
from entente.domain import Article
from entente.settings import Settings
from processors import reading_process
from processors.reading_process import Found, ReaderDiedError, ReaderUnavailableError, ReadingPool
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
def pool(faults: Path) -> Iterator[ReadingPool]:
    assert faults.exists()
    pool = ReadingPool(STAND_IN, Settings(readers=1))
    yield pool
    pool.close()


def read(pool: ReadingPool, *articles: Article) -> list[Found | Exception]:
    """What comes of these articles, which are all queued before the first result is asked for."""

    async def results() -> list[Found | Exception]:
        futures = [pool.submit(codec.encode(article), {}) for article in articles]
        return [(await asyncio.gather(pool.result(future), return_exceptions=True))[0] for future in futures]  # type: ignore[misc]  # no cancellation here

    return asyncio.run(results())


def test_articles_are_read_in_the_order_in_which_they_are_given(pool: ReadingPool) -> None:
    found = read(pool, *(news(n) for n in range(20)))
    keys = [
        output.key
        for f in found
        if isinstance(f, Found)
        for output in f.outputs
        if output.topic == "entente.statements.v1"
    ]
    assert keys == [f"party-{n}>nda".encode() for n in range(20)]


def test_an_error_of_the_extractor_is_raised_for_its_article_alone(pool: ReadingPool) -> None:
    bad, good = read(pool, news(1, "fault raise"), news(2))
    assert isinstance(bad, RuntimeError)
    assert isinstance(good, Found)


def test_after_the_process_has_ended_another_one_reads_on(pool: ReadingPool, faults: Path) -> None:
    good, bad, *behind = read(pool, news(1), news(2, "fault die"), news(3), news(4))
    assert isinstance(good, Found)
    assert isinstance(bad, ReaderDiedError)
    assert all(isinstance(found, Found) for found in behind)
    faults.unlink()
    assert isinstance(read(pool, news(2, "fault die"))[0], Found)


def test_when_no_other_one_can_start_no_article_behind_is_blamed(pool: ReadingPool) -> None:
    """The worker stops then, and what it had not finished is read after its next start."""
    bad, behind = read(pool, news(1, "fault die for good"), news(2))
    assert isinstance(bad, ReaderDiedError)
    assert isinstance(behind, ReaderUnavailableError)
    assert isinstance(read(pool, news(3))[0], ReaderUnavailableError)


@pytest.mark.usefixtures("faults")
def test_several_processes_read_at_the_same_time() -> None:
    """Two articles that each take two seconds are both done in less than four."""
    pool = ReadingPool(STAND_IN, Settings(readers=2))
    begin = time.monotonic()
    found = read(pool, news(1, "fault slow"), news(2, "fault slow"))
    pool.close()
    assert all(isinstance(one, Found) for one in found)
    assert time.monotonic() - begin < 2 * standins.SLOW


def test_an_error_says_where_in_the_extractor_it_was_raised(pool: ReadingPool) -> None:
    (error,) = read(pool, news(1, "fault raise"))
    assert "standins.py" in "".join(traceback.format_exception(error))  # type: ignore[arg-type]  # it is an error


def test_an_article_that_takes_too_long_is_given_up(pool: ReadingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold up all others."""
    monkeypatch.setattr(reading_process, "DEADLINE", 0.5)
    (late,) = read(pool, news(1, "fault slow"))
    assert isinstance(late, ReaderDiedError)
    assert "not read within" in str(late)
    monkeypatch.undo()
    assert isinstance(read(pool, news(2))[0], Found)


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
