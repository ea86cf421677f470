"""Who is meant by "the government", "the coalition", "the opposition", "alone" where no name says it.

The memberships of the packs tell: the alliance most of whose members the article names.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from entente.domain import Actor, ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction.sentences import Sentence

_GOVERNS = re.compile(r"\b(?:coalition|government|cabinet)\b", re.IGNORECASE)
_FORMING = timedelta(days=60)  # those who will be members by then already meet and bargain
_LEFT = timedelta(days=30)  # those who were members until then are reported to leave
_MEMBERS = 2  # named, from which an alliance is meant
_ALONE = re.compile(
    r"""\b(?:alone|solo|independently|single-handed(?:ly)?
    |on\ (?:its|their|his|her|our|my)\ own|by\ (?:itself|themselves|himself|herself)
    |(?:any|no|neither)\ (?:other\ |political\ |pre-poll\ |electoral\ )?
     (?:alliance|alliances|party|parties|coalition|front|formation|bloc|camp|pact|tie-up)
    |all\ (?:the\ )?(?:\w+\ )?(?:seats|constituencies))\b""",
    re.VERBOSE,
)


class Collectives:
    """The alliances behind the parties that one article names."""

    def __init__(self, actors: Actors, named: Iterable[ActorId], day: date) -> None:
        """Count the members named.

        Args:
            actors: of the packs.
            named: who occurs in the article.
            day: of its publication.
        """
        self._actors = actors
        self._named: Counter[ActorId] = Counter()
        for party in sorted(set(named)):
            if known := actors.by_id.get(party):
                about = (day - _LEFT, day, day + _FORMING)
                self._named.update(frozenset[ActorId]().union(*map(known.alliances_on, about)))

    def governing(self) -> ActorId | None:
        """The coalition in government, as far as its name says that it is one."""
        return self._most(1, lambda actor: bool(_GOVERNS.search(_names(actor))))

    def opposition(self) -> ActorId | None:
        """The alliance of those who oppose the government, if two of them are named."""
        return self._most(_MEMBERS, lambda actor: not _GOVERNS.search(_names(actor)))

    def most_named(self) -> ActorId | None:
        """The alliance that the article is about."""
        return self._most(_MEMBERS, lambda _: True)

    def _most(self, least: int, fits: Callable[[Actor], bool]) -> ActorId | None:
        known = ((n, self._actors.by_id.get(alliance)) for alliance, n in self._named.items() if n >= least)
        found = [(n, actor.id) for n, actor in known if actor and actor.kind is ActorKind.ALLIANCE and fits(actor)]
        most = max((n for n, _ in found), default=0)
        best = [alliance for n, alliance in found if n == most]
        return best[0] if len(best) == 1 else None


def alone(sentence: Sentence, who: ActorId) -> Mention | None:
    """The words that speak of any alliance at all, as a mention of it; None where there are none."""
    match = _ALONE.search(sentence.text)
    if match is None:
        return None
    start = sentence.start + match.start()
    return Mention(who, match[0], sentence.part, start, start + len(match[0]), "reference")


def _names(actor: Actor) -> str:
    return " ".join((actor.name, *(alias.text for alias in actor.aliases)))
