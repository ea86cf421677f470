"""The log in SQLite: what is appended stays, in order, whole, and until it expires."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente import topics
from entente.broker import Position
from entente.broker import log as log_module
from entente.broker import sqlite as sqlite_module
from entente.broker.log import SWEEP_ROWS, Log, Row
from entente.broker.sqlite import SqliteConsumer, SqliteProducer, create_sqlite_topics, path_of
from entente.errors import BrokerError

ROOT = Path(__file__).parents[2]
PLACE = Position("t", 0)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """A log with one topic."""
    made = Log(tmp_path / "log.db")
    made.create("t")
    yield made
    made.close()


def row(value: bytes | None = b"{}", key: bytes | None = b"k", topic: str = "t", partition: int = 0) -> Row:
    return Row(topic, partition, key, value, {})


def values(log: Log, place: Position = PLACE) -> list[bytes | None]:
    return [record.value for record in log.read(place, 0, 10_000)]


def test_the_url_tells_a_relative_from_an_absolute_file() -> None:
    assert path_of("sqlite:///data/log.db") == Path("data/log.db")
    assert path_of("sqlite:////var/lib/entente/log.db") == Path("/var/lib/entente/log.db")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.none() | st.binary(max_size=64),
    value=st.none() | st.binary(max_size=256),
    headers=st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=4),
)
def test_any_bytes_and_any_headers_come_back_as_they_were(
    log: Log, key: bytes | None, value: bytes | None, headers: dict[str, str]
) -> None:
    (offset,) = log.append([Row("t", 0, key, value, headers)])
    (record,) = log.read(PLACE, offset, 10)
    assert (record.offset, record.key, record.value, record.headers) == (offset, key, value, headers)


def test_offsets_count_up_in_each_partition_in_the_order_of_appending(log: Log) -> None:
    log.create("u", partitions=2)
    rows = [row(topic="u", partition=1), row(), row(topic="u", partition=1), row(topic="u", partition=0), row()]
    assert log.append(rows) == [0, 0, 1, 0, 1]
    assert log.append([row(), row(topic="u", partition=1)]) == [2, 2]
    assert (log.partitions("t"), log.partitions("u")) == (1, 2)


def test_a_record_has_the_time_of_its_appending(log: Log) -> None:
    before = datetime.now(UTC)
    log.append([row()])
    (record,) = log.read(PLACE, 0, 1)
    assert record.timestamp is not None
    assert before <= record.timestamp <= datetime.now(UTC)


def test_rows_and_commits_are_stored_together_or_not_at_all(log: Log) -> None:
    log.append([row(b"1")], {("readers", PLACE): 1})
    with pytest.raises(BrokerError):
        log.append([row(b"2"), row(topic="unknown")], {("readers", PLACE): 2})
    assert values(log) == [b"1"]
    assert log.committed("readers") == {PLACE: 1}
    assert log.append([row(b"3")]) == [1]


def test_commits_are_kept_for_each_group_and_the_last_one_counts(log: Log) -> None:
    log.append([], {("a", PLACE): 4, ("b", PLACE): 7})
    log.append([], {("a", PLACE): 5})
    assert log.committed("a") == {PLACE: 5}
    assert log.committed("b") == {PLACE: 7}
    assert log.committed("c") == {}


def test_what_was_appended_is_there_after_reopening(tmp_path: Path, log: Log) -> None:
    log.append([row(b"kept")], {("a", PLACE): 1})
    log.close()
    again = Log(tmp_path / "log.db")
    assert values(again) == [b"kept"]
    assert again.committed("a") == {PLACE: 1}
    again.close()


def test_creating_a_topic_again_leaves_it_as_it_is(log: Log) -> None:
    log.append([row()])
    log.create("t", partitions=8, retention=timedelta(0))
    log.sweep(datetime.now(UTC) + timedelta(days=1))
    assert (log.partitions("t"), values(log)) == (1, [b"{}"])


def test_waiting_threads_are_woken_at_once_by_another_log_on_the_same_file(
    tmp_path: Path, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LOOK_EVERY", 30.0)  # so that only the wake-up can be it
    other = Log(tmp_path / "log.db")
    version = other.wait(0, 0)
    appended: list[float] = []

    def append() -> None:
        time.sleep(0.2)
        log.append([row()])
        appended.append(time.monotonic())

    thread = threading.Thread(target=append)
    thread.start()
    new = other.wait(version, 10)
    woken = time.monotonic()
    thread.join()
    assert new > version
    assert woken - appended[0] < 0.2
    other.close()


APPEND_LATER = """
import sys, time
from pathlib import Path
from entente.broker.log import Log, Row
log = Log(Path(sys.argv[1]))
time.sleep(0.3)
log.append([Row("t", 0, None, b"from elsewhere", {})])
print(time.time(), flush=True)
"""


def test_what_another_process_appends_is_noticed_soon(tmp_path: Path, log: Log) -> None:
    version = log.wait(0, 0)
    command = [sys.executable, "-c", APPEND_LATER, str(tmp_path / "log.db")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as other:
        assert log.wait(version, 20) > version
        noticed = time.time()
        assert other.stdout is not None
        assert noticed - float(other.stdout.readline()) < 0.3
    assert values(log) == [b"from elsewhere"]


def test_waiting_ends_at_its_timeout_and_at_once_when_the_log_is_beyond_the_version(log: Log) -> None:
    started = time.monotonic()
    assert log.wait(0, 0.2) == 0
    assert 0.2 <= time.monotonic() - started < 1.0
    log.append([row(), row()])
    started = time.monotonic()
    assert log.wait(0, 10) == log.wait(1, 10) == 2
    assert time.monotonic() - started < 1.0


def test_a_sweep_removes_what_is_older_than_its_topic_keeps(log: Log) -> None:
    log.create("short", retention=timedelta(hours=1))
    log.append([row(), row(topic="short"), row(topic="short")])
    log.sweep(datetime.now(UTC) + timedelta(minutes=59))
    assert log.first_offset(Position("short", 0)) == 0
    log.sweep(datetime.now(UTC) + timedelta(minutes=61))
    assert values(log, Position("short", 0)) == []
    assert log.first_offset(Position("short", 0)) == log.next_offset(Position("short", 0)) == 2
    assert log.append([row(topic="short")]) == [2]
    assert values(log) == [b"{}"]


def test_a_sweep_keeps_what_came_after_the_old(log: Log) -> None:
    log.create("short", retention=timedelta(seconds=1))
    place = Position("short", 0)
    log.append([row(b"old", topic="short")] * (2 * SWEEP_ROWS + 7))
    time.sleep(0.05)
    log.append([row(b"new", topic="short")] * 3)
    newest = log.read(place, 2 * SWEEP_ROWS + 7, 1)[0].timestamp
    assert newest is not None
    log.sweep(newest + timedelta(seconds=1))
    assert values(log, place) == [b"new"] * 3
    assert log.first_offset(place) == 2 * SWEEP_ROWS + 7


def test_a_sweep_keeps_the_last_message_of_each_key_of_a_compacted_topic(log: Log) -> None:
    log.create("table", compact=True)
    place = Position("table", 0)
    log.append([row(value, key, "table") for key, value in [(b"a", b"1"), (b"b", b"2"), (None, b"3"), (b"a", b"4")]])
    log.sweep(datetime.now(UTC))
    assert [(record.offset, record.value) for record in log.read(place, 0, 10)] == [(1, b"2"), (2, b"3"), (3, b"4")]
    assert log.next_offset(place) == 4


def test_a_consumer_lets_old_messages_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.db"
    topic = replace(topics.ARTICLES, retention=timedelta(0))
    create_sqlite_topics(path, [topic])
    monkeypatch.setattr(sqlite_module, "SWEEP_EVERY", 0.0)
    with SqliteProducer(path) as producer, SqliteConsumer(path, [topic.name], lambda _: {}) as consumer:
        producer.send(topic.name, "k", b"{}", {})
        producer.flush()
        time.sleep(0.01)
        assert list(consumer.poll(0, 10)) == []


def test_messages_that_expired_unread_are_told_of(tmp_path: Path, log: Log, caplog: pytest.LogCaptureFixture) -> None:
    log.create("short", retention=timedelta(0))
    log.append([row(topic="short")] * 5)
    log.sweep(datetime.now(UTC) + timedelta(seconds=1))
    with SqliteConsumer(tmp_path / "log.db", ["short"], lambda places: dict.fromkeys(places, 2)) as consumer:
        assert consumer.positions == {Position("short", 0): 5}
    assert "3 messages expired before they were read" in caplog.text


def test_a_long_topic_does_not_hold_up_a_short_one(tmp_path: Path, log: Log) -> None:
    log.create("short")
    log.append([row()] * 100 + [row(b"news", topic="short")])
    with SqliteConsumer(tmp_path / "log.db", ["t", "short"], lambda _: {}) as consumer:
        seen = [record.value for _ in range(2) for record in consumer.poll(0, 10)]
    assert b"news" in seen


def test_a_producer_appends_by_itself_before_it_holds_too_much(tmp_path: Path, log: Log) -> None:
    with SqliteProducer(tmp_path / "log.db") as producer:
        for _ in range(sqlite_module.FLUSH_ROWS):
            producer.send("t", "k", b"{}", {})
        assert log.next_offset(PLACE) == sqlite_module.FLUSH_ROWS


def test_a_partition_that_does_not_exist_is_named(log: Log) -> None:
    with pytest.raises(BrokerError, match=r"topic 't' has 1 partitions, none with the number 3"):
        log.append([row(partition=3)])


@pytest.mark.parametrize(
    "use",
    [
        lambda log: log.partitions("nowhere"),
        lambda log: log.append([row(topic="nowhere")]),
        lambda log: log.read(Position("nowhere", 0), 0, 1),
        lambda log: log.first_offset(Position("nowhere", 0)),
        lambda log: log.next_offset(Position("nowhere", 0)),
    ],
)
def test_a_topic_that_does_not_exist_is_named(log: Log, use: Callable[[Log], object]) -> None:
    with pytest.raises(BrokerError, match=r"topic 'nowhere' does not exist"):
        use(log)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letters.txt"
    path.write_text("Dear reader, " * 200)
    with pytest.raises(BrokerError, match=r"letters\.txt .*file is not a database; it is no log of ours"):
        Log(path)
    assert path.read_text() == "Dear reader, " * 200


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(BrokerError, match=r"taken/logs: .*; let ENTENTE_BROKER name another folder"):
        Log(tmp_path / "taken" / "logs" / "log.db")


def test_a_full_disk_loses_nothing_and_what_follows_is_stored_when_there_is_space(log: Log) -> None:
    log.append([row(b"before")])
    ((pages,),) = log._write.execute("PRAGMA page_count").fetchall()
    log._write.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(BrokerError, match=r"disk is full; free some space; nothing of this write was stored"):
        log.append([row(b"first of the batch"), row(bytes(500_000))], {("a", PLACE): 2})
    log._write.execute("PRAGMA max_page_count = 1000000")
    log.append([row(b"after")])
    assert values(log) == [b"before", b"after"]
    assert log.committed("a") == {}


def test_a_lock_that_another_process_keeps_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "BUSY_TIMEOUT", 0.2)
    log = Log(tmp_path / "log.db")
    log.create("t")
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(BrokerError, match=r"database is locked; another process kept it locked"):
        log.append([row()])
    other.execute("ROLLBACK")
    assert log.append([row()]) == [0]
    other.close()
    log.close()


APPEND_FOR_EVER = """
import sys
from pathlib import Path
from entente.broker.log import Log, Row
log = Log(Path(sys.argv[1]))
log.create("t")
print("ready", flush=True)
while True:
    log.append([Row("t", 0, b"k", bytes(2000), {})] * 50)
"""


def test_a_process_killed_while_it_appends_leaves_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    for kill in range(3):
        command = [sys.executable, "-c", APPEND_FOR_EVER, str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.2 + 0.05 * kill)
            writer.kill()
    log = Log(path)
    end = log.next_offset(PLACE)
    assert end > 0
    assert end % 50 == 0
    assert [record.offset for record in log.read(PLACE, 0, end + 1)] == list(range(end))
    log.close()


CREATE_AND_APPEND = """
import sys
from pathlib import Path
from entente.broker.log import Log, Row
log = Log(Path(sys.argv[1]))
log.create("t")
for _ in range(20):
    log.append([Row("t", 0, None, b"{}", {})])
"""


def test_processes_that_start_at_once_on_a_new_file_do_not_hinder_each_other(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", CREATE_AND_APPEND, str(path)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [writer.communicate(timeout=60)[1] for writer in writers] == [b""] * 4
    log = Log(path)
    assert log.next_offset(PLACE) == 80
    log.close()
