"""When a feed is polled next."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule import (
    AWAY_AT_MOST,
    REFUSED_AT_MOST,
    SPREAD,
    Failure,
    after_failure,
    after_success,
    latest_due,
)

NOW = datetime(2024, 1, 28, 12, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)
CHANCES = st.floats(0, 1)


@given(CHANCES)
def test_a_feed_that_answers_is_polled_again_after_its_interval_and_a_little_chance(chance: float) -> None:
    assert EVERY <= after_success(NOW, EVERY, chance) - NOW <= EVERY * (1 + SPREAD)


@given(
    st.timedeltas(timedelta(seconds=1), timedelta(days=3)),
    st.integers(1, 10_000),
    st.builds(Failure, st.booleans()),
    CHANCES,
    CHANCES,
)
def test_each_failure_waits_longer_within_bounds_and_never_less_than_the_interval(
    every: timedelta, fails: int, failure: Failure, chance: float, other: float
) -> None:
    wait = after_failure(NOW, every, fails, failure, chance) - NOW
    assert every <= wait <= max(every, REFUSED_AT_MOST if failure.lasting else AWAY_AT_MOST) * (1 + SPREAD)
    longer = after_failure(NOW, every, fails + 1, failure, other) - NOW
    assert longer * (1 + SPREAD) >= wait


@given(st.booleans(), st.integers(0, 50), CHANCES)
def test_a_due_time_is_never_later_than_a_poll_now_could_make_it(lasting: bool, fails: int, chance: float) -> None:  # noqa: FBT001
    due = after_failure(NOW, EVERY, fails, Failure(lasting), chance) if fails else after_success(NOW, EVERY, chance)
    assert due <= latest_due(NOW, EVERY, fails)


def test_what_is_away_is_tried_sooner_than_what_refuses() -> None:
    away, refused = (after_failure(NOW, EVERY, 50, Failure(lasting), 0) - NOW for lasting in (False, True))
    assert away == AWAY_AT_MOST
    assert refused == REFUSED_AT_MOST


@given(CHANCES)
def test_retry_after_is_never_undercut(chance: float) -> None:
    asked = timedelta(hours=3)
    assert after_failure(NOW, EVERY, 1, Failure(retry_after=asked), chance) - NOW >= asked
