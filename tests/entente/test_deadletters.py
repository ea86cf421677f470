"""Messages that could not be handled can be seen, and sent again as they were."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entente import codec, deadletters, topics
from entente.broker import Record, create_topics, open_producer
from entente.broker.base import Position
from entente.broker.log import Log, Row
from entente.broker.sqlite import path_of
from entente.commands.deadletters import deadletters as command
from entente.domain import DeadLetter
from entente.errors import InputError
from entente.settings import Settings
from tests import builders

ARTICLES = Position(topics.ARTICLES.name, 0)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A broker with three dead letters, of two topics and places."""
    url = f"sqlite:///{tmp_path / 'log.db'}"
    create_topics(url, topics.ALL)
    write(url, builders.dead_letter(value=b"first", headers={"ce_id": "a1.1", "trace": "7"}))
    write(url, builders.dead_letter(topic=topics.STATEMENTS.name, place="track", key=None, value=b"second"))
    write(url, builders.dead_letter(place="archive", value=b"third"))
    return url


def write(url: str, letter: DeadLetter) -> None:
    with open_producer(url) as producer:
        producer.send(topics.DEADLETTERS.name, codec.key(letter), codec.encode(letter), {})


def call(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=Settings.of({"broker": url}), catch_exceptions=False)


def appended(url: str, topic: str) -> list[Record]:
    log = Log(path_of(url))
    found = log.read(Position(topic, 0), 0, 100)
    log.close()
    return found


def test_the_list_has_a_line_for_each_with_number_place_and_error(url: str) -> None:
    lines = call(url, "list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["0", "1", "2"]
    assert "entente.articles.v1:0:7" in lines[0]
    assert "UndecodableMessageError: not a message of Article" in lines[0]
    assert "track" in lines[1]


def test_one_is_shown_with_all_that_is_known_of_it(url: str) -> None:
    shown = call(url, "show", "0").output
    for expected in ("topic: entente.articles.v1", "offset: 7", "key: a1", "header trace: 7", "first"):
        assert expected in shown


def test_a_number_that_does_not_exist_is_told(url: str) -> None:
    with pytest.raises(InputError, match="no dead letter has the number 9"):
        call(url, "show", "9")


def test_replay_sends_the_message_as_it_was_to_where_it_came_from(url: str) -> None:
    assert "0: sent to entente.articles.v1 again" in call(url, "replay", "0").output
    (again,) = appended(url, topics.ARTICLES.name)
    assert (again.key, again.value, again.headers) == (b"a1", b"first", {"ce_id": "a1.1", "trace": "7"})


@pytest.mark.parametrize(
    ("choice", "values"),
    [
        (["--all"], [b"first", b"second", b"third"]),
        (["--place", "archive"], [b"third"]),
        (["--topic", "entente.statements.v1"], [b"second"]),
        (["--topic", "entente.articles.v1", "--place", "extract"], [b"first"]),
        (["1", "2"], [b"second", b"third"]),
    ],
)
def test_replay_takes_those_that_are_chosen(url: str, choice: list[str], values: list[bytes]) -> None:
    call(url, "replay", *choice)
    sent = [*appended(url, topics.ARTICLES.name), *appended(url, topics.STATEMENTS.name)]
    assert sorted(record.value or b"" for record in sent) == sorted(values)


def test_replay_asks_which_when_nothing_is_chosen(url: str) -> None:
    result = CliRunner().invoke(command, ["replay"], obj=Settings.of({"broker": url}))
    assert result.exit_code == 2
    assert "--all" in result.output


def test_a_letter_keeps_the_start_of_a_very_large_message_and_replay_finds_the_whole(url: str) -> None:
    """A letter must itself be small enough for a broker."""
    whole = b"x" * (deadletters.LARGEST + 1)
    log = Log(path_of(url))
    (offset,) = log.append([Row(*ARTICLES, b"k", whole, {})])
    log.close()
    record = Record(*ARTICLES, offset, b"k", whole)
    letter = deadletters.of(record, ValueError("too long"), "extract", 2, builders.NOON)
    assert len(letter.value) == deadletters.LARGEST
    write(url, letter)
    assert len(list(deadletters.replay(url, lambda found: found.number == 3))) == 1
    assert [found.value for found in appended(url, topics.ARTICLES.name)] == [whole, whole]


def test_replay_says_so_when_the_whole_of_a_very_large_message_is_gone(url: str) -> None:
    write(url, builders.dead_letter(value=b"x" * deadletters.LARGEST))
    with pytest.raises(InputError, match=r"no longer at entente\.articles\.v1:0:7"):
        list(deadletters.replay(url, lambda found: found.number == 3))


def test_the_largest_message_still_fits_into_a_letter_that_can_be_sent(url: str) -> None:
    record = Record(*ARTICLES, 0, b"k", b"\xff" * 5_000_000)
    write(url, deadletters.of(record, ValueError("e" * 1_000_000), "extract", 1, builders.NOON))
    assert len(list(deadletters.read(url))) == 4


def test_a_letter_that_is_itself_unreadable_does_not_hide_the_others(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_producer(url) as producer:
        producer.send(topics.DEADLETTERS.name, "k", b"no letter", {})
    assert [letter.number for letter in deadletters.read(url)] == [0, 1, 2]
    assert "dead letter 3 is itself unreadable" in caplog.text


def test_before_anything_ran_there_are_none_and_no_file_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/log.db"
    listed = call(url, "list")
    assert (listed.exit_code, listed.stdout, listed.stderr) == (0, "", f"none yet on {url}\n")
    assert "0 sent again" in call(url, "replay", "--all").stderr
    assert list(tmp_path.iterdir()) == []


def test_who_finds_none_after_a_demo_is_told_where_its_own_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_topics("sqlite:///data/demo/log.db", topics.ALL)
    said = call(Settings().broker, "list").stderr
    assert "ENTENTE_BROKER=sqlite:///data/demo/log.db entente deadletters list" in said
    assert call("sqlite:///data/demo/log.db", "list").stderr == "none yet on sqlite:///data/demo/log.db\n"
