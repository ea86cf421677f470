"""Which delivered messages are unfinished, and so how far an offset may be committed."""

from collections.abc import Iterable
from time import monotonic

from faust.types import TP


class Ledger:
    """Keeps, for each partition, the offsets that were delivered and not finished.

    The offset to commit is the lowest unfinished one, else the one behind the last delivered. It needs no arithmetic
    over gaps, so that compaction and transaction markers, which leave holes in the offsets, neither lose a message
    nor stop the commits.

    Faust seeks back to the committed offsets now and then, which may be older by then, and delivers again what lies
    behind them; what was finished meanwhile is not done twice.
    """

    def __init__(self) -> None:
        self._unfinished: dict[TP, dict[int, bool]] = {}  # offset: whether somebody has claimed it
        self._finished: dict[TP, set[int]] = {}  # and not committed
        self._next: dict[TP, int] = {}
        self._committed: dict[TP, int] = {}
        self._moved_at: dict[TP, float] = {}  # when the lowest unfinished offset became so

    def deliver(self, tp: TP, offset: int) -> bool:
        """Note a message before anybody can finish it; whether it is to be done, or has been."""
        if offset < self._committed.get(tp, 0) or offset in self._finished.get(tp, ()):
            return False
        here = self._unfinished.setdefault(tp, {})
        if not here:
            self._moved_at[tp] = monotonic()
        here.setdefault(offset, False)
        self._next[tp] = max(offset + 1, self._next.get(tp, 0))
        return True

    def claim(self, tp: TP, offset: int) -> bool:
        """Whether what follows from a message is to be sent: only the first who asks is told so."""
        claimed = self._unfinished.get(tp, {}).get(offset, True)
        if not claimed:
            self._unfinished[tp][offset] = True
        return not claimed

    def finish(self, tp: TP, offset: int) -> None:
        """Note that a message and all that follows from it is done; a message that is not noted is ignored."""
        here = self._unfinished.get(tp, {})
        if offset in here:
            if offset == next(iter(here)):
                self._moved_at[tp] = monotonic()
            del here[offset]
            self._finished.setdefault(tp, set()).add(offset)

    def committable(self, tp: TP) -> int | None:
        """The offset that a reader must start from after a crash; None for a partition that delivered nothing."""
        return min(self._unfinished.get(tp, ()), default=self._next.get(tp))

    def commit(self, tp: TP, offset: int) -> None:
        """Note that all before this offset is done for good."""
        self._committed[tp] = max(offset, self._committed.get(tp, 0))
        self._finished[tp] = {finished for finished in self._finished.get(tp, ()) if finished >= offset}

    def partitions(self) -> list[TP]:
        """Those that delivered something."""
        return list(self._next)

    def forget(self, tps: Iterable[TP]) -> None:
        """Drop what is known of these partitions: another worker has them."""
        for tp in tps:
            for known in (self._unfinished, self._finished, self._next, self._committed):
                known.pop(tp, None)

    @property
    def unfinished(self) -> int:
        """How many messages are delivered and not finished."""
        return sum(map(len, self._unfinished.values()))

    def stalled_for(self) -> float:
        """Seconds for which the first message of some partition has waited to be finished; 0 when none waits."""
        return max((monotonic() - self._moved_at[tp] for tp, here in self._unfinished.items() if here), default=0.0)
