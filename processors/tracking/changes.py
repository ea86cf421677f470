"""A change of stance and what becomes of it: reports support it, confirm it or have it withdrawn. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from entente.domain import Claim, Modality, ShiftStatus, StanceLabel, Statement
from processors.tracking import sources
from processors.tracking.stance import CURRENT, Stance, is_explicit, label_of, sign

CONTRARY = 3.0  # least polarity, of either sign, of a statement that triggers or supports a change
MIN_CONFIDENCE = 0.5  # of a statement that triggers or by itself confirms one
CONTRADICTION = timedelta(days=1)  # within it, the opposite takes back what only one source reported
DENIAL = timedelta(days=14)  # within it, so does a denial
LAST, OF_NEW_SIGN = 4, 3  # the sign rule: this many of the last reports
MOST_STATEMENTS = 16  # kept with a change; what comes later is persistence


@dataclass(frozen=True)
class Change:
    """A turn of a pair to one side, and what speaks for it.

    Attributes:
        direction: +1 toward the target, -1 away from it.
        ordinal: counts the pair's changes in this direction, from 1.
        before: the stance that it ended, to which a withdrawn change returns.
        statements: the trigger first; of a withdrawn change also those that took it back.
    """

    direction: int
    ordinal: int
    before: Stance
    from_: StanceLabel
    to: StanceLabel
    status: ShiftStatus
    reason: str
    statements: tuple[Statement, ...]


def speaks_for(statement: Statement, direction: int) -> bool:
    """Whether a statement, told as of now or as of before, supports a change; what a rival claims never does."""
    return (
        statement.claim is not Claim.RIVAL
        and statement.modality in (*CURRENT, Modality.PAST)
        and sign(statement.polarity) == direction
        and abs(statement.polarity) >= CONTRARY
    )


def carried_out(change: Change, act: Statement) -> Change:
    """The change after the act that its words led up to, which becomes its trigger."""
    return replace(change, to=label_of(act.polarity), statements=(act, *change.statements))


def supported(change: Change, report: Sequence[Statement], signs: Sequence[int]) -> Change:
    """The change after one more report.

    Args:
        change: of the report's pair.
        report: the statements of one article.
        signs: of the pair's latest reports, this one included.
    """
    if change.status is ShiftStatus.WITHDRAWN:
        return change
    support = (s for s in report if speaks_for(s, change.direction) and s not in change.statements)
    return judged(replace(change, statements=(*change.statements, *support)[:MOST_STATEMENTS]), signs)


def judged(change: Change, signs: Sequence[int]) -> Change:
    """The change, confirmed if enough speaks for it."""
    if change.status is not ShiftStatus.PROVISIONAL:
        return change
    count = sources.independent(change.statements)
    if any(is_explicit(s) and s.confidence >= MIN_CONFIDENCE for s in change.statements):
        reason = "an explicit change"
    elif count > 1:
        reason = f"{count} independent sources"
    elif signs.count(change.direction) >= OF_NEW_SIGN:
        reason = f"{OF_NEW_SIGN} of the last {LAST} reports"
    else:
        return change
    return replace(change, status=ShiftStatus.CONFIRMED, reason=reason)


def is_taken_back(change: Change, trigger: Statement) -> bool:
    """Whether the holder says the opposite so soon that it never turned."""
    return (
        change.status is ShiftStatus.PROVISIONAL
        and sign(trigger.polarity) == -change.direction
        and trigger.published - change.statements[0].published <= CONTRADICTION
    )


def is_denied(change: Change, report: Sequence[Statement]) -> bool:
    """Whether the holder denies in time what is not confirmed yet."""
    if change.status is not ShiftStatus.PROVISIONAL:
        return False
    return report[0].published - change.statements[0].published <= DENIAL and any(
        s.modality is Modality.DENIED and s.claim is Claim.SELF and sign(s.type.polarity) == change.direction
        for s in report
    )


def withdrawn(change: Change, reason: str, report: Sequence[Statement]) -> Change:
    """The change, taken back by a report."""
    statements = (*change.statements, *report)[:MOST_STATEMENTS]
    return replace(change, status=ShiftStatus.WITHDRAWN, reason=reason, statements=statements)
