"""Who is meant by an office: "the Bihar chief minister", "the prime minister"; from the dated roles of the packs.

A role that names a place ("chief minister of Bihar") answers to that place, one without ("chancellor") to its country.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from entente.domain import Actor, Affiliation
from entente.packs import Actors

_TITLE = (
    r"(?:deputy )?(?:prime|chief) minister|chancellor|premier|governor|mayor"
    r"|(?:first|foreign|finance|home|defence|interior) minister"
)
_PLACE = r"[^\W\d_a-z][\w’'-]+(?: (?:and |of |upon )?[^\W\d_a-z][\w’'-]+){0,2}"
_ROLE = re.compile(rf"(?:federal |union )?((?i:{_TITLE}))(?: of (?:the )?({_PLACE}))?")
_PHRASE = re.compile(
    rf"\b[Tt]he (?:(?P<place>{_PLACE}?) )?(?P<title>(?i:{_TITLE}))(?: of (?:the )?(?P<behind>{_PLACE}))?\b"
    r"(?! (?:of\b|[^\W\d_a-z]))"
)


@dataclass(frozen=True)
class Office:
    """An office named in a text, and who holds it."""

    start: int
    end: int
    holder: Actor


class Offices:
    """All offices of the packs, with their holders by day."""

    def __init__(self, actors: Actors) -> None:
        self._holders: dict[tuple[str, str], list[tuple[Actor, Affiliation]]] = {}
        for person in actors.persons:
            for affiliation in person.party:
                if affiliation.role and (role := _ROLE.fullmatch(affiliation.role)):
                    key = (role[1].lower(), (role[2] or person.country).casefold())
                    self._holders.setdefault(key, []).append((person, affiliation))

    def find(self, text: str, day: date, country: str | None) -> Iterable[Office]:
        """The offices named in the text, where a pack knows who held them on the day.

        Args:
            text: a sentence; where a name follows the office, the name tells who is meant.
            day: of the article.
            country: of which the article speaks, for offices without a place.
        """
        for match in _PHRASE.finditer(text):
            place = match["place"] or match["behind"] or country
            holders = self._holders.get((match["title"].lower(), (place or "").casefold()), [])
            held = [person for person, affiliation in holders if affiliation.period.covers(day)]
            if len(held) == 1:
                yield Office(match.start(), match.end(), held[0])
