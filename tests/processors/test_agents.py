"""What the agents make of messages, on both brokers."""

from dataclasses import replace
from pathlib import Path

import pytest

from entente import codec, deadletters, topics
from entente.domain import ActorId, ArticleId, StatementType
from processors import metrics
from tests.processors import standins
from tests.processors.running import publish, records, running_stage, send, wait_for, words
from tests.processors.standins import news
from tests.services.kafka import KafkaBroker
from tests.services.wait import wait_until


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each broker in turn, empty: the stage's topics have fixed names."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'log.db'}"
    kafka: KafkaBroker = request.getfixturevalue("fresh_kafka")
    return kafka.url


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Faults happen, until a test removes this file."""
    path = tmp_path / "faults"
    path.touch()
    monkeypatch.setenv(standins.FAULTS, str(path))
    return path


def test_an_article_becomes_mentions_statements_and_shifts(broker: str) -> None:
    """One message for each actor named, for each statement, and for each change of stance."""
    article = news(1, "jdu EXIT nda", "jdu EXIT india-bloc", "cpim CRITICISE tmc")
    publish(broker, [article])
    with running_stage(broker):
        shifts = wait_for(broker, topics.SHIFTS, 2)
    statements, mentions = words(broker, topics.STATEMENTS), words(broker, topics.MENTIONS)
    assert {(s.holder, s.type, s.target) for s in statements} == {
        ("jdu", StatementType.EXIT, "nda"),
        ("jdu", StatementType.EXIT, "india-bloc"),
        ("cpim", StatementType.CRITICISE, "tmc"),
    }
    assert {(m.actor, len(m.mentions), m.article_id) for m in mentions} == {("jdu", 2, "a0001"), ("cpim", 1, "a0001")}
    assert {(s.holder, s.target) for s in shifts} == {("jdu", "nda"), ("jdu", "india-bloc")}


def test_messages_carry_the_attributes_of_cloudevents_and_the_key_of_their_topic(broker: str) -> None:
    publish(broker, [news(1)])
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 1)
    for topic in (topics.MENTIONS, topics.STATEMENTS, topics.SHIFTS):
        (record,) = records(broker, topic.name)
        word = codec.read(topic, record.value, record.headers)
        assert record.key == codec.key(word).encode()
        assert record.headers["ce_type"] == topic.name
        assert record.headers["ce_source"] == "urn:entente:processors"
        assert record.headers["ce_id"]


def test_the_statements_of_a_pair_stay_in_the_order_of_their_articles(broker: str) -> None:
    """The key of a statement is its pair, and articles are read one after the other."""
    publish(broker, [replace(news(number, "jdu MEET nda"), id=ArticleId("same")) for number in range(30)])
    with running_stage(broker):
        statements = wait_for(broker, topics.STATEMENTS, 30)
    assert [s.published for s in statements] == sorted(s.published for s in statements)


def test_what_cannot_be_read_becomes_a_dead_letter_and_the_next_message_is_unharmed(broker: str, faults: Path) -> None:
    """Bytes that are no article, a schema of the future, and an article at which the extractor fails, twice."""
    good = codec.encode(news(1))
    send(
        broker,
        topics.ARTICLES,
        [
            ("same", b"\xff{", {}),
            ("same", good, {"ce_dataschema": "urn:entente:articles:99"}),
            ("same", codec.encode(news(2, "fault raise")), {"trace": "7"}),
            ("same", good, {}),
        ],
    )
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 1)
    letters = {letter.offset: letter for letter in words(broker, topics.DEADLETTERS)}
    assert len(letters) == 3
    assert letters[0].value == b"\xff{"
    assert letters[0].key == b"same"
    assert letters[0].error.startswith("UndecodableMessageError: ")
    assert "newer" in letters[1].error
    assert letters[2].error == "RuntimeError: this article cannot be read"
    assert letters[2].headers == {"trace": "7"}
    assert [letters[n].attempt for n in range(3)] == [1, 1, 2]
    assert {letter.place for letter in letters.values()} == {"extract"}
    assert [s.article_id for s in words(broker, topics.STATEMENTS)] == ["a0001"]
    assert faults.exists()


def test_a_statement_that_cannot_be_read_becomes_a_dead_letter(broker: str) -> None:
    send(broker, topics.STATEMENTS, [("jdu>nda", b"[]", {})])
    publish(broker, [news(1, "jdu EXIT nda")])
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 1)
        (letter,) = wait_for(broker, topics.DEADLETTERS, 1)
    assert (letter.topic, letter.place, letter.value) == (topics.STATEMENTS.name, "track", b"[]")


def test_a_dead_letter_can_be_replayed_once_the_fault_is_mended(broker: str, faults: Path) -> None:
    """The message comes again as it was: same topic, key, value and headers."""
    publish(broker, [news(1, "fault raise", "jdu EXIT nda")])
    with running_stage(broker):
        wait_for(broker, topics.DEADLETTERS, 1)
        faults.unlink()
        assert [letter.word.key for letter in deadletters.replay(broker, lambda _: True)] == [b"a0001"]
        (shift,) = wait_for(broker, topics.SHIFTS, 1)
    assert shift.holder == ActorId("jdu")
    first, again = records(broker, topics.ARTICLES.name)
    assert (first.key, first.value, first.headers) == (again.key, again.value, again.headers)


def test_an_article_that_ends_the_reading_process_is_given_up_and_the_others_are_read(
    broker: str, faults: Path
) -> None:
    """Native code can end its process; the worker goes on with another one."""
    articles = [news(0), news(1), news(2, "fault die"), news(3), news(4)]
    publish(broker, [replace(article, id=article.id) for article in articles])
    with running_stage(broker):
        shifts = wait_for(broker, topics.SHIFTS, 4)
    assert sorted(s.holder for s in shifts) == ["party-0", "party-1", "party-3", "party-4"]
    (letter,) = words(broker, topics.DEADLETTERS)
    assert (letter.key, letter.attempt) == (b"a0002", 2)
    assert letter.error.startswith("ReaderDiedError: ")
    assert faults.exists()


def test_a_very_large_message_that_cannot_be_read_becomes_a_dead_letter_too(broker: str) -> None:
    """Its start is kept; the letter must fit into a message itself."""
    send(broker, topics.ARTICLES, [("same", b"x" * 4_500_000, {}), ("same", codec.encode(news(1)), {})])
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 1)
    (letter,) = words(broker, topics.DEADLETTERS)
    assert letter.value == b"x" * deadletters.LARGEST


def test_a_restart_goes_on_where_the_worker_stopped(broker: str) -> None:
    """What is done is not done again, and the stance of a pair is remembered."""
    publish(broker, [news(1, "jdu EXIT nda")])
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 1)
    publish(broker, [replace(news(2, "jdu EXIT nda"), outlet="The Lantern")])
    with running_stage(broker):
        wait_for(broker, topics.SHIFTS, 2)
    first, second = words(broker, topics.SHIFTS)
    assert first.id == second.id
    assert second.article_ids == ("a0001", "a0002")
    assert len(words(broker, topics.STATEMENTS)) == 2


def test_the_stage_tells_why_it_cannot_load_its_extractor(tmp_path: Path) -> None:
    with (
        pytest.raises(LookupError, match="no pipeline of that name"),
        running_stage(f"sqlite:///{tmp_path / 'log.db'}", "tests.processors.standins:refuse"),
    ):
        pass


def test_a_broker_that_cannot_be_used_ends_the_stage_with_its_error(tmp_path: Path) -> None:
    """So that the supervisor starts it again."""
    (tmp_path / "log.db").write_bytes(b"no database at all, but long enough to be taken for one " * 20)
    with pytest.raises(Exception, match="no log of ours"), running_stage(f"sqlite:///{tmp_path / 'log.db'}"):
        pass


def test_lag_is_what_is_not_done_yet(broker: str, faults: Path) -> None:
    """Articles that wait behind a slow one."""
    publish(broker, [replace(news(n, "fault slow"), id=ArticleId("same")) for n in range(12)])
    with running_stage(broker) as stage:
        gauge = metrics.lag_of(topics.ARTICLES)
        wait_until(lambda: 1 <= gauge._value.get() <= 12, "the lag is seen", timeout=15)
        faults.unlink()
        wait_until(lambda: gauge._value.get() == 0, "the lag is gone", timeout=25)
        assert stage.live() is None
