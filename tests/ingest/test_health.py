"""Of failing feeds is said what is new, in few lines."""

from datetime import timedelta

from ingest.health import SAID_FOR, Health
from tests.builders import NOON


def test_a_feed_is_mentioned_once_an_hour() -> None:
    health = Health()
    health.failed("a", "404 Not Found")
    assert health.news(NOON) == ["1 of 1 feeds fail and are tried again: 404 Not Found (a)"]
    health.failed("a", "500 Oops")
    assert health.news(NOON + SAID_FOR - timedelta(seconds=1)) == []
    assert health.news(NOON + SAID_FOR) == ["1 of 1 feeds fail and are tried again: 500 Oops (a)"]


def test_feeds_with_one_reason_are_one_group_the_largest_first() -> None:
    health = Health()
    health.succeeded("fine")
    health.failed("x", "404 Not Found")
    for name in "abcde":
        health.failed(name, "cannot connect")
    assert health.news(NOON) == [
        "6 of 7 feeds fail and are tried again: cannot connect (a, b, c and 2 more); 404 Not Found (x)"
    ]
    assert health.counts == {"ok": 1, "failing": 6}


def test_a_feed_that_answers_again_is_told_when_its_failure_was() -> None:
    health = Health()
    health.failed("told", "away")
    health.news(NOON)
    health.failed("untold", "away")
    for name in ("told", "untold"):
        health.succeeded(name)
    assert health.news(NOON) == ["1 feeds answer again: told"]
    assert health.news(NOON) == []
    assert health.counts == {"ok": 2, "failing": 0}
