"""When a feed is polled next. Pure: time and chance are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY_AFTER_AT_MOST = timedelta(days=1)  # answers of several days occur
SPREAD = 0.2  # what chance adds to an interval, so that feeds do not stay in step

# Longest waits after failures: what is away is soon back; what refuses is asked once a day.
AWAY_AT_MOST = timedelta(minutes=15)
REFUSED_AT_MOST = timedelta(days=1)


@dataclass(frozen=True)
class Failure:
    """How a poll failed, as far as the next one depends on it."""

    lasting: bool = False  # the server answered, and the same request is likely to fail again
    retry_after: timedelta | None = None  # what the server asked for


def after_success(now: datetime, every: timedelta, chance: float) -> datetime:
    """When to poll a feed again that answered.

    Args:
        now: when it answered.
        every: the feed's own interval.
        chance: between 0 and 1, anew for each call.
    """
    return now + every * (1 + SPREAD * chance)


def after_failure(now: datetime, every: timedelta, fails: int, failure: Failure, chance: float) -> datetime:
    """When to try a feed again: twice as late after each failure, never sooner than its interval.

    Args:
        now: when it failed.
        every: the feed's own interval.
        fails: failures in a row, this one included.
        failure: how it failed.
        chance: between 0 and 1, anew for each call.
    """
    longest = max(every, REFUSED_AT_MOST if failure.lasting else AWAY_AT_MOST)
    wait = min(longest, every * (1 << min(fails, 20)))
    return now + max(wait * (1 + SPREAD * chance), failure.retry_after or timedelta())


def latest_due(now: datetime, every: timedelta, fails: int) -> datetime:
    """The latest that a poll at this time could make the next one due.

    What was stored to be later comes of a clock that was wrong, or of an interval that is no longer the feed's.
    """
    return now + (max(every, REFUSED_AT_MOST, RETRY_AFTER_AT_MOST) if fails else every) * (1 + SPREAD)
