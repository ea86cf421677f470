"""Which feeds fail, and what is said of it: each feed at most once an hour, many in one line. Pure."""

from collections import defaultdict
from datetime import datetime, timedelta

SAID_FOR = timedelta(hours=1)
_NAMED_AT_MOST = 3


class Health:
    """How the feeds do."""

    def __init__(self) -> None:
        self._failing: dict[str, str] = {}  # feed id to why
        self._well: set[str] = set()
        self._said: dict[str, datetime] = {}
        self._back: set[str] = set()

    def failed(self, feed_id: str, why: str) -> None:
        """The last poll of this feed failed."""
        self._failing[feed_id] = why
        self._well.discard(feed_id)
        self._back.discard(feed_id)

    def succeeded(self, feed_id: str) -> None:
        """The last poll of this feed went well."""
        if self._failing.pop(feed_id, None) is not None and feed_id in self._said:
            self._back.add(feed_id)
        self._well.add(feed_id)

    @property
    def counts(self) -> dict[str, int]:
        """How many feeds are `ok` and how many `failing`."""
        return {"ok": len(self._well), "failing": len(self._failing)}

    def news(self, now: datetime) -> list[str]:
        """Sentences on what has not been said within the hour."""
        told: list[str] = []
        unsaid = {f: why for f, why in self._failing.items() if f not in self._said or now - self._said[f] >= SAID_FOR}
        if unsaid:
            self._said.update(dict.fromkeys(unsaid, now))
            polled = len(self._failing) + len(self._well)
            told.append(f"{len(unsaid)} of {polled} feeds fail and are tried again: {_group(unsaid)}")
        if self._back:
            told.append(f"{len(self._back)} feeds answer again: {_name(list(self._back))}")
            self._back.clear()
        return told


def _group(failing: dict[str, str]) -> str:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for feed_id, why in failing.items():
        by_reason[why].append(feed_id)
    groups = sorted(by_reason.items(), key=lambda group: -len(group[1]))
    return "; ".join(f"{why} ({_name(feed_ids)})" for why, feed_ids in groups)


def _name(feed_ids: list[str]) -> str:
    more = len(feed_ids) - _NAMED_AT_MOST
    return ", ".join(sorted(feed_ids)[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
