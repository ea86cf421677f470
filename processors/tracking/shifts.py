"""From statements to shifts: the state kept for a pair, and what must be told when one more statement arrives. Pure.

The final set of statements decides. Each arrival is put into its place in event time, and the state machine
(`standing`) runs again over all that is kept; what differs from before is told. So neither the order of arrival nor
duplicates change where a pair ends.

A shift's id is the pair, the direction and its number among the pair's shifts in that direction. A late report of the
same change moves the trigger of an announced shift, which keeps its id; an announced shift that the whole story no
longer shows is told once more, as withdrawn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from entente.domain import ActorId, ArticleId, Shift, ShiftId, ShiftStatus, StanceLabel, Statement
from entente.packs import Actors
from processors.tracking import sources
from processors.tracking.changes import Change
from processors.tracking.stance import starting
from processors.tracking.standing import Standing, fold, reports

VERSION = 1  # of PairState; raised when older states cannot be read any more
KEPT = 64  # latest statements of a pair
SHOWN = 4  # statements in a shift at most
RETOLD = "with reports that came in later, the story is another"  # the reason of a retracted shift
RETRACTED = 8  # retracted shifts remembered
NEWS = timedelta(days=3)  # a membership that began or ended so lately is what the news may be about


@dataclass(frozen=True)
class PairState:
    """What is kept of a pair between statements.

    Attributes:
        version: of this form.
        folded: the standing after all reports up to `upto`, whose statements are no longer kept.
        upto: publication and article of the newest of these; None while all are kept.
        statements: the latest, in order of event time.
        told: the revisions in which the shifts that stand were last told, by id.
        retracted: announced shifts that the whole story no longer shows.
    """

    version: int = VERSION
    folded: Standing = field(default_factory=Standing)
    upto: tuple[datetime, ArticleId] | None = None
    statements: tuple[Statement, ...] = ()
    told: Mapping[ShiftId, str] = field(default_factory=dict)
    retracted: tuple[Shift, ...] = ()


def track(
    state: PairState | None, statement: Statement, prior: StanceLabel | None
) -> tuple[PairState, tuple[Shift, ...]]:
    """The state with one more statement, and the shifts that must be told now: new or with a new revision.

    For a statement that the state already holds, the shifts that rest on it are told again as they are. A statement
    older than all that is kept comes too late to count.

    Args:
        state: of the pair; None before its first statement.
        statement: about the same pair in each call.
        prior: what the packs say of the pair on the statement's day; that of the earliest statement counts.

    Raises:
        ValueError: the state has a form of another version.
    """
    if state is not None and state.version != VERSION:
        pair = f"{statement.holder}>{statement.target}"
        raise ValueError(f"the state of {pair} has version {state.version}, not {VERSION}: track its statements anew")
    state = state or PairState()
    if _is_folded(state, statement) or any(statement.id == kept.id for kept in state.statements):
        return state, _resting_on(state, statement)
    added = _added(state, statement, prior)
    shifts = current(added)
    standing = {shift.id: shift.revision for shift in shifts}
    gone: tuple[Shift, ...] = ()
    if not state.told.keys() <= standing.keys():
        gone = tuple(_retracted(shift, statement) for shift in current(state) if shift.id not in standing)
    known = tuple(shift for shift in state.retracted if shift.id not in standing)
    news = tuple(shift for shift in shifts if state.told.get(shift.id) != shift.revision)
    return _compact(replace(added, told=standing, retracted=(*known, *gone)[-RETRACTED:])), (*gone, *news)


def current(state: PairState) -> tuple[Shift, ...]:
    """The shifts that the kept statements show, the latest one before them included, oldest first."""
    _, changes = fold(state.folded, state.statements)
    return tuple(map(_shift, changes))


def prior(actors: Actors, holder: ActorId, target: ActorId, day: date) -> StanceLabel | None:
    """What the packs say of a pair before the news of that day.

    Ally where one belongs to the other (a party to an alliance, a person to a party) since a day that the pack gives;
    partner where that day is not known, so that joining may still lie ahead, or where both belong to a third.
    """
    eve = day - NEWS
    homes = {id_: _homes(actors, id_, eve) for id_ in (holder, target)}
    for one, other in ((holder, target), (target, holder)):
        if other in homes[one]:
            return StanceLabel.ALLY if homes[one][other] else StanceLabel.PARTNER
    return StanceLabel.PARTNER if homes[holder].keys() & homes[target].keys() else None


def _homes(actors: Actors, actor_id: ActorId, day: date) -> dict[ActorId, bool]:
    """The alliances and the party of an actor on that day, and whether it is known since when."""
    actor = actors.by_id.get(actor_id)
    if actor is None:
        return {}
    belongs = [*((m.alliance, m.period) for m in actor.member_of), *((a.party, a.period) for a in actor.party)]
    return {home: period.since is not None for home, period in belongs if period.covers(day)}


def _order(statement: Statement) -> tuple[datetime, str, str]:
    return (statement.published, statement.article_id, statement.id)


def _is_folded(state: PairState, statement: Statement) -> bool:
    return state.upto is not None and (statement.published, statement.article_id) <= state.upto


def _added(state: PairState, statement: Statement, prior: StanceLabel | None) -> PairState:
    statements = tuple(sorted((*state.statements, statement), key=_order))
    if state.upto is None and statements[0] is statement:
        return replace(state, statements=statements, folded=Standing(starting(prior)))
    return replace(state, statements=statements)


def _compact(state: PairState) -> PairState:
    """Within the bound: the oldest reports folded away, and of one article alone no more than the first statements."""
    while len(state.statements) > KEPT:
        oldest, *rest = reports(state.statements)
        if not rest:
            return replace(state, statements=state.statements[:KEPT])
        folded, _ = fold(state.folded, oldest)
        article = oldest[0].article_id
        kept = tuple(s for s in state.statements if s.article_id != article)
        upto = (oldest[0].published, article)
        state = replace(state, folded=folded, upto=upto, statements=kept)
    return state


def _resting_on(state: PairState, statement: Statement) -> tuple[Shift, ...]:
    """The shifts, retracted ones included, that would be otherwise without the statement."""
    others = tuple(kept for kept in state.statements if kept.id != statement.id)
    without = {shift.revision for shift in current(replace(state, statements=others))}
    resting = (s for s in current(state) if s.revision not in without or _shows(s, statement))
    return (*(s for s in state.retracted if _shows(s, statement)), *resting)


def _shows(shift: Shift, statement: Statement) -> bool:
    return any(shown.id == statement.id for shown in shift.statements)


def _shift(change: Change) -> Shift:
    trigger = change.statements[0]
    return _revised(
        Shift(
            id=ShiftId(_hash(trigger.holder, trigger.target, f"{change.direction:+}", str(change.ordinal))),
            revision="",
            holder=trigger.holder,
            target=trigger.target,
            type=trigger.type,
            from_=change.from_,
            to=change.to,
            at=trigger.published,
            status=change.status,
            reason=change.reason,
            article_ids=tuple(dict.fromkeys(s.article_id for s in change.statements)),
            outlets=tuple(dict.fromkeys(s.outlet for s in change.statements)),
            sources=sources.independent(change.statements),
            statements=change.statements[:SHOWN],
        )
    )


def _retracted(shift: Shift, cause: Statement) -> Shift:
    return _revised(
        replace(
            shift,
            status=ShiftStatus.WITHDRAWN,
            reason=RETOLD,
            article_ids=tuple(dict.fromkeys((*shift.article_ids, cause.article_id))),
            outlets=tuple(dict.fromkeys((*shift.outlets, cause.outlet))),
            statements=(*shift.statements[: SHOWN - 1], cause),
        )
    )


def _revised(shift: Shift) -> Shift:
    """With a revision that is a hash of all that is told."""
    s = shift
    told = (s.id, s.type, s.from_, s.to, s.at.isoformat(), s.status, s.reason, str(s.sources))
    return replace(s, revision=_hash(*told, *s.article_ids, *s.outlets, *(said.id for said in s.statements)))


def _hash(*parts: str) -> str:
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
