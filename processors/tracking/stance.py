"""How a stance is measured: what a statement weighs, the level of a pair over time, and the level in a word.

A level lies on the scale of the statements, -10 (conflict) to +10 (cooperation). It is an exponentially weighted mean:
what was said HALF_LIFE ago counts half.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from entente.domain import Claim, Modality, StanceLabel, Statement, StatementType

HALF_LIFE = timedelta(days=14)
CURRENT = frozenset({Modality.ASSERTED, Modality.INTENDED, Modality.FUTURE})  # what the holder does or means to do
FIRMNESS = {
    Modality.ASSERTED: 1.0,
    Modality.INTENDED: 0.7,
    Modality.FUTURE: 0.7,
    Modality.CONDITIONAL: 0.5,
    Modality.ALLEGED: 0.4,
    Modality.SPECULATED: 0.3,
    Modality.DENIED: 0.0,  # another event, never the opposite sign
    Modality.PAST: 0.0,  # of before, not of now
}
_CLAIM = {Claim.SELF: 1.0, Claim.OTHER: 0.6, Claim.RIVAL: 0.4}

# The lowest level of each label, between the types that it divides: ALLY (8) is ally; COORDINATE (6) to OFFER (3)
# partner; URGE_UNITY (2) to DEMAND (-1) neutral; CRITICISE (-2) to REJECT (-4) strained; GO_ALONE (-5) and below rival.
_LOWEST = (
    (7.0, StanceLabel.ALLY),
    (2.5, StanceLabel.PARTNER),
    (-1.5, StanceLabel.NEUTRAL),
    (-4.5, StanceLabel.STRAINED),
)
HYSTERESIS = 1.0  # a label is kept until the level is this far outside of it
TYPICAL = {  # a level of each label
    StanceLabel.ALLY: 8.0,
    StanceLabel.PARTNER: 5.0,
    StanceLabel.NEUTRAL: 0.0,
    StanceLabel.STRAINED: -3.0,
    StanceLabel.RIVAL: -8.0,
}

# "A joined B" changes a stance, "B's ally A" only tells of one; both are read as ALLY. These words tell them apart.
_JOINING = re.compile(
    r"""\b(?:
    (?:re)?(?:join|enter|sign|launch|admit|merg|unif|receiv|seal|agree|accept|announc|reconcil|reviv|resum|renew|return)
    | unite[sd]?\b | reunit | found(?:ed|s|ing)\b | sworn | swear | struck | conclud | decided | bring | brought
    | be(?:came|comes?)\b | c[ao]mes?\ (?:back|together) | coming\ together | put\ aside | tie[sd]?\ up
    | (?:is|are|was|were|went|goes|led|took|takes?).{,60}\bback\b | one\b.{,20}\bagain\b
    | joint\ list | single\ (?:list|candidate)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
# "The two signed a pact" begins something, "their rally" goes on with it; both are read as COORDINATE.
_AGREEING = re.compile(
    r"""\b(?:
    sign | agree | pact | seal | struck | deal | shar(?:e|ing) | divid | split | adjust | single | joint | common
    | together | withdr | stand(?:s|ing)?\ (?:down|aside) | accord | memorandum | alliance | join | form | announc
    | launch
    )""",
    re.IGNORECASE | re.VERBOSE,
)
AGREED, DONE = 1, 2  # how far an act goes: a pact; joining, or with the other sign leaving


@dataclass(frozen=True)
class Stance:
    """Where a pair stands.

    Attributes:
        side: +1 with the target, -1 against it, 0 unknown; only a change turns it.
        act: the last act known: +DONE allied, +AGREED bound by a pact, -DONE left, 0 none.
        level: -10 to +10.
        weight: of all statements behind the level, decayed to `at`.
        at: publication of the latest of them; None while nothing was read.
        label: the level in a word, with hysteresis; None while nothing is known.
    """

    side: int = 0
    act: int = 0
    level: float = 0.0
    weight: float = 0.0
    at: datetime | None = None
    label: StanceLabel | None = None


def sign(number: float) -> int:
    """-1, 0 or +1."""
    return (number > 0) - (number < 0)


def side_of(label: StanceLabel) -> int:
    """+1 for ally and partner, -1 for strained and rival, else 0."""
    return sign(TYPICAL[label])


def label_of(level: float, current: StanceLabel | None = None) -> StanceLabel:
    """The label of a level; the current one is kept while the level is less than HYSTERESIS outside of it."""
    if current is not None and any(label_of(level + d) is current for d in (-HYSTERESIS, 0.0, HYSTERESIS)):
        return current
    return next((label for lowest, label in _LOWEST if level >= lowest), StanceLabel.RIVAL)


def decay(since: datetime | None, now: datetime) -> float:
    """What is left, 0 to 1, of something said then."""
    return 1.0 if since is None else 0.5 ** (max(now - since, timedelta(0)) / HALF_LIFE)


def weight(statement: Statement) -> float:
    """What a statement counts in a level, 0 to 1: how firm it is, who vouches for it, and how surely it was read."""
    return FIRMNESS[statement.modality] * _CLAIM[statement.claim] * statement.confidence


def starting(prior: StanceLabel | None) -> Stance:
    """The stance before the first statement."""
    if prior is None:
        return Stance()
    return Stance(side_of(prior), DONE if prior is StanceLabel.ALLY else 0, TYPICAL[prior], 1.0, None, prior)


def told(level: float, at: datetime) -> Stance:
    """The stance before the first statement, as a report tells of it."""
    return Stance(sign(level), 0, level, FIRMNESS[Modality.CONDITIONAL], at, label_of(level))


def begun(statement: Statement) -> Stance:
    """The stance that a change begins: what was said before counts no more."""
    direction, label = sign(statement.polarity), label_of(statement.polarity)
    return Stance(direction, act_of(statement), statement.polarity, weight(statement), statement.published, label)


def moved(stance: Stance, statements: Sequence[Statement], at: datetime) -> Stance:
    """The stance after the statements of one report, published at that time; its side stays."""
    total = sum(map(weight, statements))
    if not total:
        return stance
    kept = stance.weight * decay(stance.at, at)
    level = (kept * stance.level + sum(weight(s) * s.polarity for s in statements)) / (kept + total)
    return Stance(stance.side, stance.act, level, kept + total, at, label_of(level, stance.label))


def act_of(statement: Statement) -> int:
    """The act by which the holder changed its stance, as in `Stance.act`; a threat or a plan is none."""
    if statement.modality is not Modality.ASSERTED or statement.claim is not Claim.SELF:
        return 0
    match statement.type:
        case StatementType.EXIT if statement.polarity < 0:
            return -DONE
        case StatementType.ALLY if statement.polarity > 0 and not is_standing_tie(statement):
            return DONE
        case StatementType.COORDINATE if statement.polarity > 0 and _AGREEING.search(statement.evidence):
            return AGREED
        case _:
            return 0


def is_explicit(statement: Statement) -> bool:
    """Whether the statement tells that the holder joined, returned, quit or broke."""
    return abs(act_of(statement)) == DONE


def is_standing_tie(statement: Statement) -> bool:
    """Whether the statement only tells that the two are allied: no word of joining stands in its evidence."""
    told = statement.type is StatementType.ALLY and statement.modality is Modality.ASSERTED
    return told and not _JOINING.search(statement.evidence)
