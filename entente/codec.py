"""Words to messages and back.

Values are plain JSON, so that any tool can read them; CloudEvents 1.0 attributes stand in the headers (binary mode of
the Kafka protocol binding). Readers ignore fields they do not know, so that fields can be added.
"""

import re
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from entente.domain import ActorMentions, Alert, Article, DeadLetter, Shift, Statement
from entente.errors import UndecodableMessageError
from entente.topics import Topic, pair_key

Word = TypeVar("Word")
Headers = dict[str, str]

_KEYWORDS = {"from_": "from"}  # fields whose name Python keeps for itself
_PLAIN = {name: field for field, name in _KEYWORDS.items()}


def encode(word: object) -> bytes:
    """The word as one line of JSON."""
    if isinstance(word, Shift | Alert):  # the words with such a field
        return msgspec.json.encode(_rename(msgspec.to_builtins(word), _KEYWORDS))
    return msgspec.json.encode(word)


def decode(value: bytes, word: type[Word]) -> Word:
    """The word that the JSON says.

    Raises:
        UndecodableMessageError: it is no JSON, or not of this word.
    """
    try:
        if word is Shift or word is Alert:
            return msgspec.convert(_rename(msgspec.json.decode(value), _PLAIN), word)
        return msgspec.json.decode(value, type=word)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UndecodableMessageError(f"not a message of {word.__name__}: {error}; starts {value[:80]!r}") from error


def key(word: object) -> str:
    """The key under which a word is sent: what must stay in order has the same key."""
    match word:
        case Article():
            return word.id
        case ActorMentions():
            return word.actor
        case Statement() | Shift():
            return pair_key(word.holder, word.target)
        case DeadLetter():
            return f"{word.topic}:{word.partition}:{word.offset}"
        case _:
            raise TypeError(f"{type(word).__name__} is sent on no topic")


def headers(topic: Topic, word_id: str, stage: str, time: datetime) -> Headers:
    """The CloudEvents attributes of a message.

    Args:
        topic: where it is sent.
        word_id: unique for the event, the same when it is sent again.
        stage: who sends it.
        time: when the event happened.
    """
    return {
        "ce_specversion": "1.0",
        "ce_id": word_id,
        "ce_type": topic.name,
        "ce_source": f"urn:entente:{stage}",
        "ce_time": time.isoformat(),
        "ce_dataschema": topic.schema_id,
        "content-type": "application/json",
    }


def check_schema(topic: Topic, message_headers: Headers) -> None:
    """Refuse a message whose schema is newer than this program.

    Raises:
        UndecodableMessageError: the header ce_dataschema names another or a newer schema.
    """
    said = message_headers.get("ce_dataschema", topic.schema_id)
    match = re.fullmatch(rf"urn:entente:{re.escape(topic.short)}:(\d{{1,9}})", said)
    if match is None:
        raise UndecodableMessageError(f"schema {said!r} does not belong on {topic.name}; expected {topic.schema_id!r}")
    if int(match[1]) > topic.version:
        raise UndecodableMessageError(
            f"schema {said!r} is newer than {topic.schema_id!r}, the newest this program reads: upgrade, then replay"
        )


def read(topic: Topic, value: bytes | None, message_headers: Headers) -> Any:  # noqa: ANN401 - the topic's word
    """The word of a message, its schema checked.

    Raises:
        UndecodableMessageError: it can never be read by this program.
    """
    if value is None:
        raise UndecodableMessageError(f"a message without a value on {topic.name}")
    check_schema(topic, message_headers)
    return decode(value, topic.word)


def json_schema(topic: Topic) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a topic's values."""
    schema = msgspec.json.schema(topic.word)
    shift = schema.get("$defs", {}).get("Shift")
    if shift is not None:
        shift["properties"] = {_KEYWORDS.get(name, name): value for name, value in shift["properties"].items()}
        shift["required"] = [_KEYWORDS.get(name, name) for name in shift["required"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": topic.schema_id, **schema}


def _rename(fields: Any, names: dict[str, str]) -> Any:  # noqa: ANN401 - JSON of unknown shape
    if isinstance(fields, dict):
        return {names.get(name, name): _rename(value, names) for name, value in fields.items()}
    return [_rename(value, names) for value in fields] if isinstance(fields, list) else fields
