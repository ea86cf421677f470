"""When to try again: soon at first, then over a day, as the receiver asks, and not for ever."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks import retry

CHANCE = st.floats(0, 1)


@given(st.integers(1, len(retry.SCHEDULE)), CHANCE)
def test_a_delay_is_within_a_fifth_of_the_schedule(attempts: int, chance: float) -> None:
    wait = retry.delay(attempts, None, chance)
    assert wait is not None
    assert 0.8 * retry.SCHEDULE[attempts - 1] <= wait <= 1.2 * retry.SCHEDULE[attempts - 1]


@given(st.integers(1, len(retry.SCHEDULE)), st.timedeltas(timedelta()), CHANCE)
def test_a_receiver_gets_the_time_it_asks_for_up_to_a_limit(attempts: int, asked: timedelta, chance: float) -> None:
    wait = retry.delay(attempts, asked, chance)
    assert wait == min(asked, retry.LONGEST_ASKED)


@pytest.mark.parametrize("asked", [None, timedelta(seconds=1)])
def test_it_is_given_up_at_the_end_of_the_schedule(asked: timedelta | None) -> None:
    assert retry.delay(len(retry.SCHEDULE) + 1, asked, 0.5) is None


def test_all_in_all_a_receiver_has_more_than_a_day_to_be_mended() -> None:
    assert sum(retry.SCHEDULE, timedelta()) > timedelta(days=1)


@given(st.one_of(st.none(), st.timedeltas(timedelta(), timedelta(days=2))))
def test_a_channel_that_failed_is_tried_again_within_a_minute(wait: timedelta | None) -> None:
    assert retry.rest(wait) <= timedelta(minutes=1)
