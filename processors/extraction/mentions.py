"""Hits of aliases to mentions, and the text with its mentions masked, so that patterns can speak of actors.

A person stands for the party on the day of the article; the mention keeps the person's name in `via`.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from entente.domain import ActorKind, Mention, Part
from processors.extraction.triage import Hit, stands_for

COLLECTIVE = "\ue000"  # private-use characters: each masks one character of a mention
PERSON = "\ue001"


def from_hits(hits: Iterable[Hit], text: str, part: Part, day: date) -> list[Mention]:
    """The mentions that aliases show by themselves."""
    return [
        Mention(
            actor=stands_for(hit.actor, day),
            surface=text[hit.start : hit.end],
            part=part,
            start=hit.start,
            end=hit.end,
            how="alias",
            via=hit.actor.name if hit.actor.kind is ActorKind.PERSON else None,
        )
        for hit in hits
    ]


def mask(text: str, mentions: Iterable[Mention]) -> str:
    """The text with every character of a mention replaced: by PERSON for people, else by COLLECTIVE."""
    pieces: list[str] = []
    done = 0
    for mention in mentions:
        if mention.start < done:
            continue
        pieces += [text[done : mention.start], (PERSON if mention.via else COLLECTIVE) * (mention.end - mention.start)]
        done = mention.end
    return "".join([*pieces, text[done:]])


def merge(first: Sequence[Mention], more: Iterable[Mention]) -> list[Mention]:
    """All mentions in order of place; of the later ones only those that overlap none of the first."""
    taken = {position for mention in first for position in range(mention.start, mention.end)}
    fitting = [m for m in more if taken.isdisjoint(range(m.start, m.end))]
    return sorted([*first, *fitting], key=lambda m: (m.start, m.end))


def is_name_part(word: str) -> bool:
    """Whether a person's name can end with this word."""
    return word[:1].isupper() and len(word.rstrip(".")) > 1
