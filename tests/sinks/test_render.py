"""An alert in words: who, what changed, how sure, who reports it, and the quote that shows it."""

import json
from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from entente import codec, packs
from entente.domain import Alert, AlertId, Shift, ShiftStatus, StanceLabel
from sinks.alerts import render
from sinks.alerts.announce import Announcement
from sinks.channels.base import Message
from tests import builders

ACTORS = packs.load()


def message(shift: Shift, number: int = 1, was: str | None = None, *, test: bool = False) -> Message:
    alert = Alert(AlertId("f00d"), "beef", "everything", shift=shift)
    return render.message(Announcement(alert, number, shift.status, was), "Every shift", ACTORS, test=test)


def test_a_confirmed_shift_is_told_with_its_quote_and_source() -> None:
    assert message(builders.shift()).text.splitlines() == [
        "JD(U) moved away from Mahagathbandhan: ally → rival [confirmed]",
        "  exit · 2024-01-28 12:00 UTC · an explicit change: quit",
        "  1 independent source: The Courier",
        "  “The jdu quit the Mahagathbandhan on Sunday.”",
        "    The Courier, https://courier.example/a1",
        "  for: Every shift",
    ]


def test_how_sure_it_is_and_which_way_it_goes_stands_in_the_first_line() -> None:
    closer = builders.shift(from_=StanceLabel.RIVAL, to=StanceLabel.ALLY, status=ShiftStatus.PROVISIONAL)
    assert message(closer).text.startswith("JD(U) may have moved closer to Mahagathbandhan: rival → ally [provisional]")
    withdrawn = builders.shift(status=ShiftStatus.WITHDRAWN)
    assert message(withdrawn, 2, "provisional").text.startswith(
        "Update, was provisional: JD(U) has not moved away from Mahagathbandhan after all: ally → rival [withdrawn]"
    )


def test_who_speaks_for_the_holder_is_named() -> None:
    spoken = replace(builders.statement(), via="Ann Example")
    assert "” (through Ann Example)" in message(builders.shift(statements=(spoken,))).text


def test_a_test_says_that_it_is_one() -> None:
    sent = message(builders.shift(), test=True)
    assert sent.text.startswith("TEST: nothing happened")
    assert sent.data["test"] is True


def test_the_fields_hold_the_shift_as_its_topic_does() -> None:
    said = json.loads(msgspec.json.encode(message(builders.shift()).data))
    assert said["shift"] == json.loads(codec.encode(builders.shift()))
    assert {"type", "id", "revision", "number", "status", "was", "test", "subscription", "text"} < said.keys()


def test_mentions_are_told_with_title_and_outlet() -> None:
    named = builders.actor_mentions()
    alert = Alert(AlertId("f00d"), "beef", "everything", mentions=named)
    sent = render.message(Announcement(alert, 1, "mention", None), "JD(U) in the news", ACTORS)
    assert sent.text.splitlines()[0] == "JD(U) is named 2 times: JD(U) quits the Mahagathbandhan [mention]"
    assert json.loads(msgspec.json.encode(sent.data))["mentions"]["actor"] == "jdu"


@given(st.text(), st.text())
def test_the_words_of_the_news_cannot_command_a_terminal_nor_add_lines(sentence: str, outlet: str) -> None:
    cause = replace(builders.statement(), sentence=f"\x1b[2J{sentence}\u202e", outlet=outlet)
    text = message(builders.shift(statements=(cause,), outlets=(outlet,))).text
    assert len(text.split("\n")) == 6
    assert all(c.isprintable() or c in "\n\u200c\u200d" for c in text)


def test_the_id_of_a_message_is_the_same_whenever_it_is_sent() -> None:
    assert message(builders.shift()).id == message(builders.shift()).id == "f00d_beef"
