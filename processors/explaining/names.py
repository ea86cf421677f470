"""Actors and mentions as people see them. Pure."""

from dataclasses import dataclass

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors

# What would steer a terminal or hide the order of words; the line's end and the tabulator stay.
_UNSHOWN = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd"),
    ord("\t"): "\t",
    ord("\n"): "\n",
    ord("\r"): " ",
}
_HOW = {
    "alias": "by name",
    "affiliation": "the article names the party",
    "surname": "by surname",
    "reference": "by reference",
}


@dataclass(frozen=True)
class Named:
    """An actor."""

    name: str
    kind: ActorKind


@dataclass(frozen=True)
class Mark:
    """What a stretch of the article names."""

    kind: ActorKind  # a person where one stands for a party
    meant: str  # the person or else the actor
    tip: str  # who it is and how that is known
    is_reference: bool  # the words hold no name


class Names:
    """Names for the ids of the packs; the id itself where no pack knows it."""

    def __init__(self, actors: Actors) -> None:
        self._actors = actors

    def of(self, actor_id: ActorId) -> Named:
        """The actor."""
        actor = self._actors.by_id.get(actor_id)
        return Named(shown(self._actors.short(actor_id)), actor.kind if actor else ActorKind.OTHER)

    def voice(self, name: str) -> str:
        """One of a chain of attribution: a person's name, an actor's id, "sources"."""
        return shown(self._actors.short(ActorId(name)))

    def mark(self, mention: Mention) -> Mark:
        """What the mention names."""
        actor = self.of(mention.actor)
        how = _HOW.get(mention.how, mention.how)
        if mention.via is None:
            return Mark(actor.kind, actor.name, f"{actor.name} ({actor.kind}), {how}", mention.how == "reference")
        person = shown(mention.via)
        of_party = "" if person == actor.name else f", for {actor.name} ({actor.kind})"
        return Mark(ActorKind.PERSON, person, f"{person}{of_party}, {how}", mention.how == "reference")


def shown(text: str) -> str:
    """The text without what steers terminals, character for character."""
    return text.translate(_UNSHOWN)
