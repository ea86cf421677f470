"""What the trained reader is asked: a passage in which every mention is a marker, and whose stance toward whom.

Not half of the stances in an article stand in a sentence that names both sides: a quote runs on behind its speaker,
"the government" means the alliance of the first paragraph. So whoever is in play can be asked about: those named in
the sentence, those in the two before it, who spoke last, and those the article names most. All of them may be targets;
holders are those named in the sentence and, the fewer these are, who spoke last and whom the article is about.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction import collectives
from processors.extraction.references import SAYING
from processors.extraction.sentences import Sentence

MAX_ACTORS = 10  # in play at once; at most so many markers are told apart
_KEPT = 2  # places kept for those outside of a crowded sentence: the alliance that a list is about, who speaks
_REFERS = re.compile(
    r"\b(?:he|she|it|they|them|we|us|I|its|their|his|her|our|both|two|three|part(?:y|ies)|alliance|coalition|bloc"
    r"|partners?|partnership|all(?:y|ies)|talks|pact|deal|government|sides?|leaders?|rivals?)\b",
    re.IGNORECASE,
)
_LEADING = 2  # those the article names most may hold a stance where they are not named
_BACK = 2  # sentences before that the reader sees
_SAID = re.compile(rf"\b(?:{SAYING}|insisted|asked|replied|denied|called|urged)\b")
_SAID_WITHIN = 45  # characters between a speaker and the verb of saying


class Place(StrEnum):
    """Where an actor was named last; the reader is told by just these words."""

    HERE = "here"  # in the sentence
    BEFORE = "before"  # in the sentence before
    EARLIER = "earlier"  # in the one before that
    FAR = "far"  # further back, or only later in the article


@dataclass(frozen=True)
class InPlay:
    """An actor that the sentence may be about."""

    mention: Mention  # the nearest one
    via: str | None  # full name of the person named for it there, or who spoke for it last
    kind: ActorKind
    place: Place
    speaks: bool  # spoke last, before this sentence
    leads: bool = False  # among those whom the article names most


@dataclass(frozen=True)
class Piece:
    """A stretch of the article: plain words, or a mention."""

    text: str
    start: int  # in the part of the article
    actor: int | None = None  # index into the passage's actors; None for plain words and for actors not in play
    is_mention: bool = False
    is_person: bool = False


@dataclass(frozen=True)
class Passage:
    """A sentence, what stands before it, and the actors in play."""

    sentence: Sentence
    actors: tuple[InPlay, ...]
    before: tuple[Piece, ...]
    current: tuple[Piece, ...]
    own: frozenset[tuple[int, int]]  # (member, alliance), as indices of actors
    asked: tuple[tuple[int, int], ...]  # (holder, target), as indices of actors


class Windows:
    """The passages of one part of an article, sentence by sentence in order."""

    def __init__(
        self, actors: Actors, prominent: Sequence[Mention], memberships: Iterable[tuple[ActorId, ActorId]]
    ) -> None:
        """Begin an article.

        Args:
            actors: of the packs.
            prominent: a mention of each actor in the article, those named most first.
            memberships: (member, alliance) on the day of the article.
        """
        self._actors = actors
        self._prominent = tuple(prominent)
        self._memberships = frozenset(memberships)
        self._back: deque[tuple[Sentence, tuple[Mention, ...]]] = deque(maxlen=_BACK)
        self._anybody = actors.anybody
        self._speaker: Mention | None = None
        self._alliance: Mention | None = None

    def passage(self, sentence: Sentence, mentions: Sequence[Mention], *, quoted: bool = False) -> Passage | None:
        """What to ask about the next sentence; None where nothing is asked.

        Args:
            sentence: the sentence.
            mentions: its own.
            quoted: it begins within a quote.
        """
        alone = collectives.alone(sentence, self._anybody) if mentions else None
        actors = self._in_play((*mentions, alone) if alone else mentions)
        index = {a.mention.actor: i for i, a in enumerate(actors)}
        asked = tuple(_asked(actors, sentence.text, self._anybody, quoted=quoted))
        result = None
        if asked:
            before = [_pieces(s, ms, index) for s, ms in self._back]
            result = Passage(
                sentence=sentence,
                actors=tuple(actors),
                before=tuple(p for pieces in before for p in (*pieces, Piece(" ", sentence.start))),
                current=tuple(_pieces(sentence, mentions, index)),
                own=frozenset((index[m], index[a]) for m, a in self._memberships if m in index and a in index),
                asked=asked,
            )
        self._note(sentence, mentions)
        return result

    def _in_play(self, mentions: Sequence[Mention]) -> list[InPlay]:
        found: dict[ActorId, InPlay] = {}
        speaker = (self._speaker,) if self._speaker else ()
        alliance = (self._alliance,) if self._alliance else ()
        back = zip((Place.BEFORE, Place.EARLIER), (ms for _, ms in reversed(self._back)), strict=False)
        far = (*speaker, *alliance, *self._prominent)
        for place, group in ((Place.HERE, mentions), *back, (Place.FAR, far)):
            room = MAX_ACTORS if place is Place.FAR else MAX_ACTORS - _KEPT
            for mention in group:
                if mention.actor not in found and len(found) < room:
                    found[mention.actor] = self._one(mention, place, group)
        return list(found.values())

    def _one(self, mention: Mention, place: Place, group: Sequence[Mention]) -> InPlay:
        speaker = self._speaker if self._speaker and self._speaker.actor == mention.actor else None
        here = next((m.via for m in group if m.actor == mention.actor and m.via), None)
        via = here or (speaker.via if speaker else None)
        leads = mention.actor in {m.actor for m in self._prominent[:_LEADING]}
        return InPlay(mention, via, self._kind(mention.actor), place, speaker is not None, leads)

    def _kind(self, actor: ActorId) -> ActorKind:
        known = self._actors.by_id.get(actor)
        return known.kind if known else ActorKind.OTHER

    def _note(self, sentence: Sentence, mentions: Sequence[Mention]) -> None:
        self._back.append((sentence, tuple(mentions)))
        self._speaker = _speaker(sentence, mentions) or self._speaker
        alliances = [m for m in mentions if self._kind(m.actor) is ActorKind.ALLIANCE]
        self._alliance = alliances[-1] if alliances else self._alliance


def _asked(actors: Sequence[InPlay], text: str, anybody: ActorId, *, quoted: bool) -> Iterator[tuple[int, int]]:
    """Who may hold a stance in the sentence, toward anybody in play.

    The fewer a sentence names the more it may mean others; where it names nobody, a word must refer to somebody.
    """
    named = sum(a.place is Place.HERE and a.mention.actor != anybody for a in actors)
    if all(a.place is Place.FAR for a in actors) or not (named or quoted or _REFERS.search(text)):
        return
    for holder, one in enumerate(actors):
        if one.mention.actor != anybody and _may_hold(one, named, quoted=quoted):
            yield from ((holder, target) for target in range(len(actors)) if target != holder)


def _may_hold(actor: InPlay, named: int, *, quoted: bool) -> bool:
    if actor.place is Place.HERE:
        return True
    if named > 1:
        return actor.speaks and (quoted or actor.place is Place.BEFORE)
    return actor.speaks or actor.place is Place.BEFORE or (named == 1 and actor.leads)


def _pieces(sentence: Sentence, mentions: Sequence[Mention], index: dict[ActorId, int]) -> Iterator[Piece]:
    """The sentence cut at its mentions; several that stand in one place follow each other."""
    done = sentence.start
    for _, group in groupby(sorted(mentions, key=lambda m: (m.start, m.end)), key=lambda m: m.start):
        same = list(group)
        if same[0].start < done:
            continue
        if done < same[0].start:
            yield Piece(sentence.text[done - sentence.start : same[0].start - sentence.start], done)
        for mention in same:
            yield Piece(mention.surface, mention.start, index.get(mention.actor), True, mention.via is not None)
        done = max(m.end for m in same)
    if done < sentence.end:
        yield Piece(sentence.text[done - sentence.start :], done)


def _speaker(sentence: Sentence, mentions: Sequence[Mention]) -> Mention | None:
    """Who speaks in the sentence, as far as nearness to a verb of saying shows it."""
    said = [m.start() for m in _SAID.finditer(sentence.text)]
    best: tuple[int, Mention] | None = None
    for mention in mentions:
        start, end = mention.start - sentence.start, mention.end - sentence.start
        for place in said:
            distance = place - end if place >= end else start - place
            if 0 <= distance <= _SAID_WITHIN and (best is None or distance < best[0]):
                best = distance, mention
    return best[1] if best else None
