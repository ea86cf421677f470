"""When to try again (pure)."""

from collections.abc import Sequence
from datetime import timedelta

# About 28 hours, as receivers are mended by people.
SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
)
SPREAD = 0.2  # each delay is up to that share shorter or longer, so that not all come back at once
LONGEST_ASKED = timedelta(hours=6)  # a receiver can ask for that, not for more
REST_AT_MOST = timedelta(minutes=1)  # after which a channel that failed is tried with another message


def delay(
    attempts: int, asked: timedelta | None, chance: float, schedule: Sequence[timedelta] = SCHEDULE
) -> timedelta | None:
    """How long to wait after this many attempts that failed; None when it was tried often enough.

    Args:
        attempts: made so far, at least 1.
        asked: what the receiver asks for, instead of the schedule's.
        chance: 0 to 1, at random.
        schedule: the delay after each attempt.
    """
    if attempts > len(schedule):
        return None
    if asked is not None:
        return min(asked, LONGEST_ASKED)
    return schedule[attempts - 1] * (1 + SPREAD * (2 * chance - 1))


def rest(wait: timedelta | None, schedule: Sequence[timedelta] = SCHEDULE) -> timedelta:
    """How long a channel is left alone whose last message has to wait that long, or was given up (None)."""
    return min(schedule[0] if wait is None else wait, REST_AT_MOST)
