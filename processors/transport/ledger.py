"""Which delivered messages are unfinished, and so how far an offset may be committed."""

from collections.abc import Iterable
from time import monotonic

from faust.types import TP


class Ledger:
    """Keeps, for each partition, the offsets that were delivered and not finished.

    The offset to commit is the lowest unfinished one, else the one behind the last delivered. It needs no arithmetic
    over gaps, so that compaction and transaction markers, which leave holes in the offsets, neither lose a message
    nor stop the commits.
    """

    def __init__(self) -> None:
        self._unfinished: dict[TP, dict[int, None]] = {}  # ascending, as messages are delivered in order
        self._next: dict[TP, int] = {}
        self._moved_at = monotonic()

    def deliver(self, tp: TP, offset: int) -> None:
        """Note a message before anybody can finish it. Messages of a partition come in ascending order."""
        if not self.unfinished:
            self._moved_at = monotonic()
        self._unfinished.setdefault(tp, {})[offset] = None
        self._next[tp] = offset + 1

    def finish(self, tp: TP, offset: int) -> None:
        """Note that a message and all that follows from it is done; a message that is not noted is ignored."""
        self._unfinished.get(tp, {}).pop(offset, None)
        self._moved_at = monotonic()

    def committable(self, tp: TP) -> int | None:
        """The offset that a reader must start from after a crash; None for a partition that delivered nothing."""
        return next(iter(self._unfinished.get(tp, ())), self._next.get(tp))

    def partitions(self) -> list[TP]:
        """Those that delivered something."""
        return list(self._next)

    def forget(self, tps: Iterable[TP]) -> None:
        """Drop what is known of these partitions: they are read again from their committed offsets."""
        for tp in tps:
            self._unfinished.pop(tp, None)
            self._next.pop(tp, None)

    @property
    def unfinished(self) -> int:
        """How many messages are delivered and not finished."""
        return sum(map(len, self._unfinished.values()))

    def stalled_for(self) -> float:
        """Seconds for which messages have waited and none was finished; 0 when none waits."""
        return monotonic() - self._moved_at if self.unfinished else 0.0
