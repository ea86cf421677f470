"""The state machine of one pair: reports in order of event time go in, changes of stance come out. Pure.

An act (joining, leaving, a pact) is a change at once. Words against the side on which the holder stood add up, report
by report, and fade with time; when they reach TURN, a provisional change begins (a one-sided cumulative sum, Page 1954,
with forgetting). What a report tells of the past is where the pair stood before. The thresholds were chosen on the
practice streams, for changes found against false ones.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from entente.domain import (
    ArticleId,
    Claim,
    Modality,
    Part,
    ShiftStatus,
    StanceLabel,
    Statement,
    StatementId,
    StatementType,
)
from processors.tracking.changes import (
    CONTRARY,
    LAST,
    MIN_CONFIDENCE,
    Change,
    carried_out,
    is_denied,
    is_taken_back,
    judged,
    speaks_for,
    supported,
    withdrawn,
)
from processors.tracking.stance import (
    AGREED,
    CURRENT,
    FIRMNESS,
    TYPICAL,
    Stance,
    act_of,
    begun,
    decay,
    is_explicit,
    is_standing_tie,
    label_of,
    moved,
    sign,
    told,
)

TURN = 5.5  # contrary polarity at which a stance turns: a plan to leave or to ally, or two weaker statements
CONTRADICTING = 0.5  # share in which what a report says for the other side is held against it
TOLD_OTHERWISE = 3.0  # added where the same report tells that it used to be otherwise
ACCUSATION = 6.0  # of one who stood with the target; from a rival it says little, from a friend much
SAME_CHANGE = timedelta(days=30)  # an act so soon after a change of the same direction is part of it
_WEAKER = {StanceLabel.ALLY: StanceLabel.PARTNER, StanceLabel.RIVAL: StanceLabel.STRAINED}


@dataclass(frozen=True)
class Standing:
    """What the machine knows between two reports.

    Attributes:
        against: what speaks against the stance's side so far, in polarity, as of `weighed`.
        signs: of the latest reports, the newest last.
        toward, away: changes so far in each direction.
        change: the latest one; earlier ones are final.
    """

    stance: Stance = field(default_factory=Stance)
    against: float = 0.0
    weighed: datetime | None = None
    signs: tuple[int, ...] = ()
    toward: int = 0
    away: int = 0
    change: Change | None = None


def reports(statements: Iterable[Statement]) -> Iterator[tuple[Statement, ...]]:
    """The statements by article in order of event time: a changed article stays where its first version stood.

    What several versions of an article say in the same words counts once.
    """
    articles: dict[ArticleId, dict[tuple[StatementType, Modality, str], Statement]] = {}
    for statement in sorted(statements, key=_reading_order):
        said = (statement.type, statement.modality, statement.evidence)
        articles.setdefault(statement.article_id, {}).setdefault(said, statement)
    yield from (tuple(article.values()) for article in articles.values())


def _reading_order(statement: Statement) -> tuple[datetime, ArticleId, int, Part, int, StatementId]:
    s = statement
    return (s.published, s.article_id, s.article_version, s.part, s.start, s.id)


def fold(standing: Standing, statements: Iterable[Statement]) -> tuple[Standing, tuple[Change, ...]]:
    """The standing after statements in order of event time, and the changes on the way, each in its final form."""
    found: dict[tuple[int, int], Change] = {}
    for report in reports(statements):
        standing = step(standing, report)
        if standing.change is not None:
            found[standing.change.direction, standing.change.ordinal] = standing.change
    return standing, tuple(found.values())


def step(standing: Standing, report: Sequence[Statement]) -> Standing:
    """The standing after one report: all statements of one article about the pair."""
    standing = _told_of_before(standing, report)
    said = [s for s in report if _is_said(s)]
    if act := _act(standing, said, report):
        return _acted(standing, act, report)
    firm = [s for s in said if not is_standing_tie(s)]
    direction = sign(_net(standing, firm, report, 1) - _net(standing, firm, report, -1))
    trigger = _trigger(firm, direction)
    change = standing.change
    if change and ((trigger and is_taken_back(change, trigger)) or is_denied(change, report)):
        reason = "the holder denied it" if is_denied(change, report) else "the holder said the opposite soon after"
        return replace(standing, stance=change.before, change=withdrawn(change, reason, report))
    if trigger is None:
        return _moved(standing, report, 0)
    standing = _weighed(standing, _net(standing, firm, report, direction) * direction, report[0].published)
    if standing.stance.side == -direction and standing.against >= TURN:
        return _opened(standing, trigger, report)
    return _moved(standing, report, direction)


def _trigger(firm: Sequence[Statement], direction: int) -> Statement | None:
    """The strongest statement in a direction, if one is strong enough."""
    strong = (s for s in firm if sign(s.polarity) == direction and abs(s.polarity) >= CONTRARY)
    return max(strong, key=lambda s: abs(s.polarity) * FIRMNESS[s.modality], default=None)


def _is_said(statement: Statement) -> bool:
    """Whether the holder itself says or does it now, as far as could surely be read."""
    current = statement.claim is Claim.SELF and statement.modality in CURRENT
    return current and statement.confidence >= MIN_CONFIDENCE


def _act(standing: Standing, said: Sequence[Statement], report: Sequence[Statement]) -> Statement | None:
    """What a report tells was done: joining or leaving, or a pact of two of whom more is known."""
    if done := [s for s in said if is_explicit(s)]:
        return done[-1]  # of two opposite ones the later in the text
    stance = standing.stance
    agreed = [s for s in said if act_of(s)]
    if not agreed or stance.side == 0 or stance.act >= AGREED or stance.label is StanceLabel.ALLY:
        return None
    return agreed[-1] if _net(standing, said, report, 1) > 0 else None


def _net(standing: Standing, said: Sequence[Statement], report: Sequence[Statement], direction: int) -> float:
    """What a report says for a direction, in polarity, less what it says for the other."""
    total = {d: sum(_force(s, standing) for s in said if sign(s.polarity) == d) for d in (1, -1)}
    if total[direction] and any(_is_past(s) and sign(s.polarity) == -direction for s in report):
        total[direction] += TOLD_OTHERWISE
    return total[direction] - CONTRADICTING * total[-direction]


def _force(statement: Statement, standing: Standing) -> float:
    accuses_a_friend = statement.type is StatementType.ACCUSE and standing.stance.side > 0
    return (ACCUSATION if accuses_a_friend else abs(statement.polarity)) * FIRMNESS[statement.modality]


def _is_past(statement: Statement) -> bool:
    return statement.modality is Modality.PAST and abs(statement.polarity) >= CONTRARY


def _told_of_before(standing: Standing, report: Sequence[Statement]) -> Standing:
    """Where nothing is known yet, what a report tells of the past is where the pair stood."""
    past = [s for s in report if _is_past(s)]
    if standing.stance.side or not past:
        return standing
    return replace(standing, stance=told(past[-1].polarity, report[0].published))


def _weighed(standing: Standing, net: float, at: datetime) -> Standing:
    """With what a report says, + toward the target, added to what speaks against the stance's side."""
    kept = standing.against * decay(standing.weighed, at)
    return replace(standing, against=max(0.0, kept - net * standing.stance.side), weighed=at)


def _acted(standing: Standing, act: Statement, report: Sequence[Statement]) -> Standing:
    direction, change = sign(act.polarity), standing.change
    if standing.stance.act * direction >= abs(act_of(act)):  # known already
        return _moved(standing, report, direction)
    if (
        change is not None
        and change.status is not ShiftStatus.WITHDRAWN
        and change.direction == direction
        and act.published - change.statements[0].published <= SAME_CHANGE
    ):
        standing = replace(standing, change=carried_out(change, act))
        return replace(_moved(standing, report, direction), stance=begun(act))
    return _opened(standing, act, report)


def _opened(standing: Standing, trigger: Statement, report: Sequence[Statement]) -> Standing:
    direction = sign(trigger.polarity)
    toward, away = standing.toward + (direction > 0), standing.away + (direction < 0)
    to = label_of(trigger.polarity)
    change = Change(
        direction=direction,
        ordinal=toward if direction > 0 else away,
        before=standing.stance,
        from_=_before(standing.stance, trigger, to),
        to=to,
        status=ShiftStatus.PROVISIONAL,
        reason="one source so far",
        statements=(trigger, *(s for s in report if s is not trigger and speaks_for(s, direction))),
    )
    stance, signs = begun(trigger), _signs(standing, direction)
    return Standing(stance=stance, signs=signs, toward=toward, away=away, change=judged(change, signs))


def _before(stance: Stance, trigger: Statement, to: StanceLabel) -> StanceLabel:
    """The label that a change is told to come from: one that lies behind, seen in its direction."""
    direction, label = sign(trigger.polarity), stance.label
    if stance.side == 0 or label is None:  # who leaves was in
        return StanceLabel.ALLY if trigger.type is StatementType.EXIT else StanceLabel.NEUTRAL
    behind = (TYPICAL[to] - TYPICAL[label]) * direction > 0
    return label if behind else _WEAKER.get(to, StanceLabel.NEUTRAL)


def _signs(standing: Standing, direction: int) -> tuple[int, ...]:
    return (*standing.signs, direction)[-LAST:] if direction else standing.signs


def _moved(standing: Standing, report: Sequence[Statement], direction: int) -> Standing:
    """Without a new change: the level moves, a first report gives the side, and the latest change may be supported."""
    stance, signs = moved(standing.stance, report, report[0].published), _signs(standing, direction)
    tied = any(is_standing_tie(s) and _is_said(s) for s in report)
    stance = replace(stance, side=stance.side or direction or int(tied))
    change = supported(standing.change, report, signs) if standing.change else None
    return replace(standing, stance=stance, signs=signs, change=change)
