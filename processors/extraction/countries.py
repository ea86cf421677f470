"""Which countries an article is about, as far as that tells who is meant by a name that several could bear.

"Labour" or "Khan" means somebody else in London than in Rotterdam. Names that only one actor bears, and the places that
a pack names, show the countries at home in an article; there, generic names and bare surnames count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from entente.domain import Actor, ActorKind, Alias

INTERNATIONAL = "ZZ"  # of actors that belong to no country, and are at home everywhere
_SHARE = 0.15  # of all that shows a country, from which an article is about it
_NAME, _PLACE, _SURNAME = 2, 2, 1  # how much a name that can be nobody else's shows, a place, a bare surname


class Claim(NamedTuple):
    """An actor that a name may mean."""

    actor: Actor
    alias: Alias

    @property
    def is_surname(self) -> bool:
        """Whether the name is one word of a person's."""
        return self.actor.kind is ActorKind.PERSON and " " not in self.alias.text


def at_home(names: Iterable[Sequence[Claim]], places: Iterable[str]) -> dict[str, int]:
    """The countries that an article is about, and how much shows each.

    Args:
        names: for each place where a name stands, whom it may mean; one of several countries shows none.
        places: for each named place its country.
    """
    shown = Counter({country: _PLACE * count for country, count in Counter(places).items()})
    for claims in names:
        countries = {claim.actor.country for claim in claims}
        if len(countries) == 1 and not any(claim.alias.only_at_home for claim in claims):
            shown[countries.pop()] += _SURNAME if claims[0].is_surname else _NAME
    del shown[INTERNATIONAL]
    least = _SHARE * shown.total()
    return {country: count for country, count in shown.items() if count >= least}


def meant(claims: Sequence[Claim], homes: Mapping[str, int]) -> Claim | None:
    """Whom a name means in an article about these countries; None if it can be nobody there."""
    possible = [c for c in claims if not _needs_home(c) or c.actor.country in homes]
    return max(possible, key=lambda c: homes.get(c.actor.country, 0), default=None)


def _needs_home(claim: Claim) -> bool:
    return claim.alias.only_at_home or claim.is_surname
