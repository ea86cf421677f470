"""Lists of those present: each party named takes part in the meeting of the alliance.

Such lists are appositions a parser reads badly, and their order says all: whoever is named there was there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entente.domain import ActorKind, Mention, Modality, StatementType
from entente.packs import Actors
from processors.extraction.attribution import Voice
from processors.extraction.proposals import SURE, Proposal
from processors.extraction.sentences import Sentence

_THERE = re.compile(
    r"""\b(?:
        (?:were|was|were\ also|was\ also|also|those|others|leaders|among\ those)\ present\b
        | present\ (?:at|in|were|on|included)\b
        | in\ the\ presence\ of\b
        | others\ present\b
        | who\ is\ here\b
        | attended\ (?:the|by|a)\b
        | were\ in\ attendance\b
        | (?:took\ part|participated)\ in\ (?:the|a)\b
        | (?:its|the)\ members\ (?:include|are)\b
        | attendees\b
        | represented\ by\b
        | those\ who\ (?:came|attended|took\ part|joined)\b
        | (?:were|was)\ (?:also\ )?(?:among|part\ of)\ (?:those|the\ leaders|the\ delegation)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_THERE = re.compile(
    r"\b(?:not|no leader|nobody|skip\w*|boycott\w*|absent|absence|stayed away|kept away|missed|except|barring|without"
    r"|n['’]t|denied|would)\b"
)
_LEAST = 2  # parties; fewer are no list


@dataclass(frozen=True)
class Attendance:
    """Those a sentence says were at a meeting of an alliance."""

    holders: tuple[Mention, ...]  # each party once, with its person where one is named
    alliance: Mention
    start: int  # of the evidence
    end: int


def propose(
    sentence: Sentence, found: Sequence[Mention], actors: Actors, alliance: Mention | None
) -> Iterator[Proposal]:
    """Each party that the sentence lists as present at the alliance's meeting; arguments as in `read`."""
    seen = read(sentence, found, actors, alliance)
    if seen is None:
        return
    for holder in seen.holders:
        yield Proposal(
            holder=holder,
            target=seen.alliance,
            type=StatementType.MEET,
            modality=Modality.ASSERTED,
            polarity=None,
            voice=Voice(),
            start=seen.start,
            end=seen.end,
            confidence=SURE,
            rule="list of those present",
        )


def read(sentence: Sentence, found: Sequence[Mention], actors: Actors, alliance: Mention | None) -> Attendance | None:
    """The attendance that the sentence lists, if it does.

    Args:
        sentence: the sentence.
        found: its mentions in order.
        actors: to tell alliances from parties.
        alliance: the alliance named last before, whose meeting it may be.
    """
    said = _THERE.search(sentence.text)
    if said is None or _NOT_THERE.search(sentence.text):
        return None
    by_kind = [(m, actors.by_id[m.actor].kind) for m in found if m.actor in actors.by_id]
    alliance = next((m for m, kind in by_kind if kind is ActorKind.ALLIANCE), alliance)
    holders: dict[str, Mention] = {}
    for mention, kind in by_kind:
        if kind is ActorKind.PARTY and (mention.actor not in holders or not holders[mention.actor].via):
            holders[mention.actor] = mention
    if alliance is None or len(holders) < _LEAST:
        return None
    first, last = min(m.start for m in holders.values()), max(m.end for m in holders.values())
    start = min(first, sentence.start + said.start())
    return Attendance(tuple(holders.values()), alliance, start, max(last, sentence.start + said.end()))
