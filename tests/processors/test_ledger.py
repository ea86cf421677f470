"""An offset is committed when all before it are finished, and not earlier."""

from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from processors.transport.ledger import Ledger

HERE = TP("articles", 0)
ELSEWHERE = TP("articles", 1)


@given(
    offsets=st.lists(st.integers(0, 10_000), min_size=1, unique=True).map(sorted),
    data=st.data(),
)
def test_a_commit_never_passes_an_unfinished_message_and_gaps_do_not_hold_it_up(
    offsets: list[int], data: st.DataObject
) -> None:
    """Whatever holes compaction or transactions leave, and in whichever order messages are finished."""
    ledger = Ledger()
    for offset in offsets:
        ledger.deliver(HERE, offset)
    finished = data.draw(st.lists(st.sampled_from(offsets), unique=True))
    for offset in finished:
        ledger.finish(HERE, offset)
    unfinished = set(offsets) - set(finished)
    assert ledger.committable(HERE) == (min(unfinished) if unfinished else offsets[-1] + 1)
    assert ledger.unfinished == len(unfinished)


def test_after_a_seek_what_is_finished_is_not_done_again_and_what_is_not_comes_again() -> None:
    """Also when a commit that was under way stores an older offset."""
    ledger = Ledger()
    assert all(ledger.deliver(HERE, offset) for offset in (1, 2, 3, 4))
    for offset in (1, 2, 4):
        ledger.finish(HERE, offset)
    ledger.commit(HERE, 2)
    assert [ledger.deliver(HERE, offset) for offset in (2, 3, 4, 5)] == [False, True, False, True]
    assert ledger.committable(HERE) == 3


def test_after_a_seek_to_an_offset_that_has_become_old_what_was_committed_since_is_not_done_again() -> None:
    ledger = Ledger()
    for offset in (1, 2, 3):
        ledger.deliver(HERE, offset)
        ledger.finish(HERE, offset)
    ledger.commit(HERE, 4)
    assert [ledger.deliver(HERE, offset) for offset in (1, 2, 3, 4)] == [False, False, False, True]
    assert ledger.committable(HERE) == 4


def test_what_is_forgotten_may_come_again_from_wherever_the_next_owner_starts() -> None:
    ledger = Ledger()
    ledger.deliver(HERE, 3)
    ledger.finish(HERE, 3)
    ledger.commit(HERE, 4)
    ledger.forget([HERE])
    assert ledger.deliver(HERE, 3)


def test_what_follows_from_a_message_is_sent_once_however_often_it_is_delivered() -> None:
    ledger = Ledger()
    ledger.deliver(HERE, 3)
    assert ledger.claim(HERE, 3)
    ledger.deliver(HERE, 3)
    assert not ledger.claim(HERE, 3)
    assert not ledger.claim(HERE, 4)


def test_partitions_are_counted_apart() -> None:
    ledger = Ledger()
    ledger.deliver(HERE, 3)
    ledger.deliver(ELSEWHERE, 7)
    ledger.finish(ELSEWHERE, 7)
    assert (ledger.committable(HERE), ledger.committable(ELSEWHERE)) == (3, 8)


def test_a_partition_that_delivered_nothing_has_nothing_to_commit() -> None:
    assert Ledger().committable(HERE) is None


def test_what_is_forgotten_is_not_committed_when_it_finishes_late() -> None:
    """A worker that lost a partition must not speak for it."""
    ledger = Ledger()
    ledger.deliver(HERE, 3)
    ledger.forget([HERE])
    ledger.finish(HERE, 3)
    assert ledger.committable(HERE) is None


def test_a_message_that_is_never_finished_shows_although_others_are() -> None:
    """It holds up the commits of its partition."""
    ledger = Ledger()
    for offset in (3, 4, 5):
        ledger.deliver(HERE, offset)
    ledger.deliver(ELSEWHERE, 7)
    ledger.finish(ELSEWHERE, 7)
    before = ledger.stalled_for()
    ledger.finish(HERE, 4)
    assert ledger.stalled_for() > before
    ledger.finish(HERE, 3)
    assert ledger.stalled_for() < before + 1
    ledger.finish(HERE, 5)
    assert ledger.stalled_for() == 0
