"""Who is meant by an office: "the Bihar chief minister", "the prime minister".

The text tells it ("Prime Minister Ann Arden ... the prime minister"), or the dated roles of the packs do: a role that
names a place ("chief minister of Bihar") answers to that place, one without ("chancellor") to its country.
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
_OF_TEXTS = rf"{_TITLE}|president|speaker"
_PHRASE = re.compile(
    rf"\b[Tt]he (?:(?P<place>{_PLACE}?) )?(?P<title>(?i:{_OF_TEXTS}))(?: of (?:the )?(?P<behind>{_PLACE}))?\b"
    r"(?! (?:of\b|[^\W\d_a-z]))"
)
_BEFORE_A_NAME = re.compile(rf"\b((?i:{_OF_TEXTS})) $")
_LONGEST = 30  # characters of a title


@dataclass(frozen=True)
class Phrase:
    """An office named in a text."""

    start: int
    end: int
    title: str
    place: str | None


def phrases(text: str) -> Iterable[Phrase]:
    """The offices that a sentence names without saying who holds them."""
    for match in _PHRASE.finditer(text):
        yield Phrase(match.start(), match.end(), match["title"].lower(), match["place"] or match["behind"])


def title_before(text: str, name: int) -> str | None:
    """The title of whoever is named at that place of the text."""
    match = _BEFORE_A_NAME.search(text[max(0, name - _LONGEST) : name])
    return match[1].lower() if match else None


class Offices:
    """All offices of the packs, with their holders by day."""

    def __init__(self, actors: Actors) -> None:
        self._holders: dict[tuple[str, str], list[tuple[Actor, Affiliation]]] = {}
        for person in actors.persons:
            for affiliation in person.party:
                if affiliation.role and (role := _ROLE.fullmatch(affiliation.role)):
                    key = (role[1].lower(), (role[2] or person.country).casefold())
                    self._holders.setdefault(key, []).append((person, affiliation))

    def holder(self, title: str, place: str, day: date) -> Actor | None:
        """Who holds the office on the day, as the packs say; None if they tell nobody, or several.

        Args:
            title: in lower case.
            place: a state, a city; or a country's code, for an office of the whole country.
            day: of the article.
        """
        known = self._holders.get((title, place.casefold()), [])
        held = [person for person, affiliation in known if affiliation.period.covers(day)]
        return held[0] if len(held) == 1 else None
