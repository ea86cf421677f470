"""Alerts in a file: whole lines, each once, whatever killed the writer."""

import json
import threading
from pathlib import Path

import msgspec
import pytest

from entente.settings import Settings
from sinks.channels.base import Message, Result
from sinks.channels.file import FileChannel, FileConfig


def message(number: int) -> Message:
    return Message(f"{number}", "text", {"id": f"id-{number:04}", "revision": "r", "text": "ä" * 50})


def channel(path: Path) -> FileChannel:
    return FileChannel(FileConfig(), Settings(alerts_file=str(path)))


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_alert_is_a_line_of_json_with_the_time_of_sending(tmp_path: Path) -> None:
    path = tmp_path / "new" / "alerts.jsonl"
    assert channel(path).send(message(1)).result is Result.DELIVERED
    channel(path).send(message(2))
    assert ids(path) == ["id-0001", "id-0002"]
    assert "sent" in json.loads(path.read_text().splitlines()[0])


def test_an_alert_that_stands_there_already_is_delivered_without_a_second_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    for number in (1, 2, 1, 2):
        assert channel(path).send(message(number)).result is Result.DELIVERED
    assert ids(path) == ["id-0001", "id-0002"]


def test_another_revision_of_the_alert_is_another_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel(path).send(message(1))
    channel(path).send(Message("1", "", {**message(1).data, "revision": "r2"}))
    assert ids(path) == ["id-0001", "id-0001"]


def test_an_alert_that_only_names_another_one_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel(path).send(Message("9", "", {"id": "id-0009", "revision": "r", "text": "see id-0001"}))
    channel(path).send(message(1))
    assert ids(path) == ["id-0009", "id-0001"]


@pytest.mark.parametrize("kept", range(0, 120, 7))
def test_a_line_torn_anywhere_by_the_death_of_its_writer_is_written_whole(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "alerts.jsonl"
    channel(path).send(message(1))
    torn = msgspec.json.encode(message(2).data)[:kept]
    with path.open("ab") as file:
        file.write(torn)
    channel(path).send(message(2))
    channel(path).send(message(3))
    assert ids(path) == ["id-0001", "id-0002", "id-0003"]


def test_a_line_that_lacks_only_its_end_is_kept_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    channel(path).send(message(1))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    channel(path).send(message(1))
    channel(path).send(message(2))
    assert ids(path) == ["id-0001", "id-0002"]


def test_several_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    threads = [
        threading.Thread(target=lambda first=first: [channel(path).send(message(first + n)) for n in range(25)])
        for first in (0, 100, 200, 300)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ids(path)) == sorted(f"id-{first + n:04}" for first in (0, 100, 200, 300) for n in range(25))


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    writer = channel(path)
    writer.send(message(1))
    path.rename(tmp_path / "alerts.old")
    writer.send(message(2))
    assert ids(path) == ["id-0002"]


def test_a_place_that_cannot_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "alerts.jsonl").mkdir()
    outcome = channel(tmp_path / "alerts.jsonl").send(message(1))
    assert outcome.result is Result.RETRY
    assert "alerts.jsonl: Is a directory" in outcome.detail
