"""The Retry-After header of HTTP (RFC 9110, 10.2.3): when a server wants to be asked again."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def wait_of(header: str | None, now: datetime) -> timedelta | None:
    """How long the header, a number of seconds or a date, asks to wait; None where it asks for nothing."""
    if header is None:
        return None
    try:
        wait = timedelta(seconds=int(header)) if header.strip().isdecimal() else _date(header) - now
    except (ValueError, OverflowError):
        return None
    return wait if wait > timedelta() else None


def _date(header: str) -> datetime:
    date: datetime = parsedate_to_datetime(header)
    return date.replace(tzinfo=date.tzinfo or UTC)
