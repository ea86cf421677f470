"""When a server wants to be asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente import retry_after

NOW = datetime(2024, 1, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("120", timedelta(minutes=2)),
        (" 7 ", timedelta(seconds=7)),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("Sun, 28 Jan 2024 12:01:00 GMT", timedelta(minutes=1)),
        ("Sun, 28 Jan 2024 12:01:00", timedelta(minutes=1)),
        ("Sun, 28 Jan 2024 11:00:00 GMT", None),
        ("316800", timedelta(seconds=316800)),
        ("9" * 400, None),
    ],
)
def test_it_is_read_in_seconds_and_as_a_date(header: str | None, wait: timedelta | None) -> None:
    assert retry_after.wait_of(header, NOW) == wait


@given(st.text())
def test_no_header_is_so_odd_that_it_is_a_fault(header: str) -> None:
    wait = retry_after.wait_of(header, NOW)
    assert wait is None or wait > timedelta()
