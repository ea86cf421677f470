"""Messages: what is written can be read, by today's reader and by tomorrow's."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import codec, topics
from entente.domain import Article, ArticleId, Shift, ShiftStatus
from entente.errors import UndecodableMessageError
from tests.builders import NOON, actor_mentions, article, dead_letter, shift, statement

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*/*.json"))
WORDS = {
    topics.ARTICLES: article(),
    topics.MENTIONS: actor_mentions(),
    topics.STATEMENTS: statement(),
    topics.SHIFTS: shift(),
    topics.DEADLETTERS: dead_letter(),
}
by_topic = pytest.mark.parametrize(("topic", "word"), WORDS.items(), ids=lambda value: getattr(value, "short", ""))


@by_topic
def test_a_word_survives_the_way_through_a_message(topic: topics.Topic, word: object) -> None:
    assert codec.read(topic, codec.encode(word), codec.headers(topic, "1", "tests", NOON)) == word


@by_topic
def test_the_published_schema_is_the_one_the_words_give(topic: topics.Topic, word: object) -> None:
    """After a change of the words run: python -m tests.write_schemas."""
    kept = (files("entente") / "data" / "schemas" / f"{topic.short}.json").read_text(encoding="utf-8")
    assert json.loads(kept) == codec.json_schema(topic)
    jsonschema.validate(json.loads(codec.encode(word)), json.loads(kept))


def test_every_topic_has_three_examples_or_more() -> None:
    for topic in topics.ALL:
        assert sum(path.parent.name == topic.short for path in EXAMPLES) >= 3, topic.short


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_read_and_written_again_as_it_was(path: Path) -> None:
    """Old examples stay in the tree: what was once written must be readable for ever."""
    example = json.loads(path.read_text(encoding="utf-8"))
    topic = next(topic for topic in topics.ALL if topic.short == path.parent.name)
    word = codec.read(topic, json.dumps(example["value"]).encode(), example["headers"])
    assert codec.key(word) == example["key"]
    assert example["value"].items() <= json.loads(codec.encode(word)).items()
    jsonschema.validate(example["value"], codec.json_schema(topic))


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("topic", [topics.ARTICLES, topics.MENTIONS, topics.STATEMENTS])
def test_a_message_of_a_year_without_news_can_never_be_read(topic: topics.Topic, time: str) -> None:
    """It goes to the dead letters, and no arithmetic with dates ever meets it."""
    said = json.loads(codec.encode(WORDS[topic])) | {"published": time}
    with pytest.raises(UndecodableMessageError, match="is not between the years"):
        codec.read(topic, json.dumps(said).encode(), {})


def test_a_shift_says_from_and_to() -> None:
    said = json.loads(codec.encode(shift()))
    assert (said["from"], said["to"]) == ("ally", "rival")
    assert "from_" not in said


def test_fields_that_a_reader_does_not_know_are_ignored() -> None:
    value = json.loads(codec.encode(article())) | {"mood": "grim"}
    assert codec.decode(json.dumps(value).encode(), Article) == article()


def _without(name: str) -> bytes:
    value: dict[str, Any] = json.loads(codec.encode(article()))
    del value[name]
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (b"", "truncated"),
        (b"\xff\xfe", "malformed"),
        (b"[]", "Expected `object`"),
        (_without("outlet"), "missing required field `outlet`"),
        (codec.encode(article()).replace(b"T12:00:00Z", b"T12:00:00", 1), "no time zone"),
        (codec.encode(article()).replace(b'"version":1', b'"version":0'), "below 1"),
    ],
)
def test_an_undecodable_message_says_what_is_wrong(value: bytes, complaint: str) -> None:
    with pytest.raises(UndecodableMessageError, match=complaint):
        codec.decode(value, Article)


def test_a_message_of_a_future_schema_is_refused_with_the_remedy() -> None:
    headers = codec.headers(topics.ARTICLES, "1", "tests", NOON) | {"ce_dataschema": "urn:entente:articles:2"}
    with pytest.raises(UndecodableMessageError, match="upgrade, then replay"):
        codec.read(topics.ARTICLES, codec.encode(article()), headers)


@pytest.mark.parametrize("schema", ["urn:entente:shifts:1", "nonsense", ""])
def test_a_message_of_another_topic_is_refused(schema: str) -> None:
    with pytest.raises(UndecodableMessageError, match="does not belong"):
        codec.read(topics.ARTICLES, codec.encode(article()), {"ce_dataschema": schema})


def test_a_message_without_a_value_is_refused() -> None:
    with pytest.raises(UndecodableMessageError, match="without a value"):
        codec.read(topics.ARTICLES, None, {})


@given(st.binary(max_size=200))
def test_any_bytes_are_either_read_or_refused(value: bytes) -> None:
    try:
        word = codec.decode(value, Article)
    except UndecodableMessageError:
        return
    assert isinstance(word, Article)


texts = st.text(max_size=60)
times = st.datetimes(min_value=datetime(1995, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them plain


@given(title=texts, text=texts, outlet=texts, published=times, url=st.none() | texts, version=st.integers(1, 9))
def test_any_article_survives_the_way_through_a_message(**fields: Any) -> None:
    word = replace(article(), id=ArticleId("x"), **fields)
    assert codec.decode(codec.encode(word), Article) == word


@given(status=st.sampled_from(ShiftStatus), reason=texts, sources=st.integers(0, 99), at=times)
def test_any_shift_survives_the_way_through_a_message(**fields: Any) -> None:
    word = replace(shift(), **fields)
    assert codec.decode(codec.encode(word), Shift) == word
