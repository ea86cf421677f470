"""Who is meant by a surname, "he", "the party", "the bloc", "the Congress leader": a few rules of salience.

Sentence by sentence the reader of an article keeps in mind who spoke last, which parties and which alliance were named
last; a reference is resolved against that. What stays open stays open.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction import lexicon, offices
from processors.extraction.collectives import Collectives
from processors.extraction.mentions import is_name_part, mask, merge
from processors.extraction.offices import Offices
from processors.extraction.sentences import Sentence
from processors.extraction.triage import stands_for

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_REFERENCE = re.compile(
    r"""
    (?P<he>\b(?:[Hh]e|[Ss]he|him)\b)
    |(?P<own>\b(?:[Hh]is|[Hh]er)\ (?:own\ )?(?:party|outfit|formation)\b)
    |(?P<both>\b(?:[Bb]oth|[Tt]he\ two|[Tt]hese\ two)\ (?:the\ )?(?:\w+\ )?
        (?:parties|sides|outfits|partners|allies|formations|leaders)\b)
    |(?P<party>\b[Tt]he\ (?:regional\ |ruling\ |opposition\ |national\ |grand\ old\ |saffron\ )?(?:party|outfit)\b
        (?!['’]?s?\ (?:chief|president|leaders?|spokes\w+|workers?|colleagues?)\ [^\W\d_a-z]))
    |(?P<government>\b(?:[Tt]he|[Aa]|[Tt]heir|[Hh]is|[Hh]er|[Ii]ts|[Oo]ur)\ (?:own\ )?
        (?:(?:(?:national\ )?unity|coalition|minority|caretaker|outgoing|federal|ruling|governing|new)\ )*
        (?:government|cabinet|(?<=ing\ )(?:coalition|alliance|bloc|parties))
        (?:\ of\ national\ unity)?\b(?!\ of\b))
    |(?P<opposition>\b(?:[Tt]he\ |[Jj]oint\ |[Uu]nited\ )*[Oo]pposition(?:['’]s)?
        \ (?:parties|leaders|alliance|bloc|grouping|front|unity|camp|meeting|meet|conclave|conference|summit)\b)
    |(?P<alliance>\b(?:[Tt]he|[Tt]his|[Oo]ur)\ (?:\w+\ )?(?:alliance|bloc|grouping|coalition|front|combine)\b)
    |(?P<it>\b[Ii]t\ (?=(?:would|will|has|had|was\ not|is\ not|wants|wanted|did\ not|does\ not|could\ not|cannot
        |decided|said|(?!(?:emerged|happened|seemed|appeared|turned|helped|followed|remained|needed)\b)\w+ed)\b))
    """,
    re.VERBOSE,
)
SAYING = (  # forms of verbs of saying, as alternatives of a pattern
    r"sa(?:id|ys|ying)|told|tells|added|adds|claimed|alleged|stated|asserted|announced|declared|accused|tweeted"
    r"|wrote|argued|warned"
)
_SAYS = re.compile(rf"\b(?:{SAYING})\b")
_JUST_BEHIND, _JUST_BEFORE = 40, 3  # characters from a verb of saying to its speaker: "said party chief X", "X said"
_ORDINARY = re.compile(r"(?:ly|ing|ed)$")  # how words end that open a sentence and are no names
_NOT_THE_ALLIANCE = ("an ", "any ")


@dataclass
class Salience:
    """What the article has brought to mind so far."""

    person: Mention | None = None  # the last one who spoke or acted
    parties: list[ActorId] = field(default_factory=list)  # the last named first, each once
    alliance: ActorId | None = None
    full_names: dict[str, Mention] = field(default_factory=dict)  # surname or first name -> the last who bears it
    people_of: dict[ActorId, str] = field(default_factory=dict)  # party -> the last of its people
    titled: dict[str, Mention] = field(default_factory=dict)  # title in front of a name -> the last who bore it

    def note(self, mention: Mention, kind: ActorKind | None) -> None:
        """Keep in mind that this was mentioned."""
        if kind is ActorKind.ALLIANCE:
            self.alliance = mention.actor
        elif mention.actor in self.parties:
            self.parties.remove(mention.actor)
            self.parties.insert(0, mention.actor)
        else:
            self.parties.insert(0, mention.actor)
        if mention.via:
            self.people_of[mention.actor] = mention.via
            words = mention.via.split()
            for word in {words[0], words[-1]}:
                if is_name_part(word) and len(word) > 2:  # noqa: PLR2004 - initials name nobody
                    self.full_names[word] = mention


class Resolver:
    """Resolves the references of an article, sentence by sentence in order."""

    def __init__(self, actors: Actors, offices: Offices, named: Iterable[ActorId], day: date) -> None:
        """Begin an article.

        Args:
            actors: of the packs.
            offices: who held which.
            named: who occurs in the article by name.
            day: of its publication.
        """
        self._actors = actors
        self._collectives = Collectives(actors, named, day)
        self._offices = offices
        self._day = day
        self._salience = Salience()

    def resolve(self, sentence: Sentence, named: Sequence[Mention]) -> list[Mention]:
        """All mentions of the sentence: those named, and the references resolved.

        Args:
            sentence: the next one.
            named: its mentions by name, in order.
        """
        before = self._salience.person
        for mention in named:
            self._salience.note(mention, self._kind(mention.actor))
            if mention.via and (title := offices.title_before(sentence.text, mention.start - sentence.start)):
                self._salience.titled[title] = mention
        surnames = self._surnames(sentence, mask(sentence.text, _local(named, sentence)))
        known = merge(named, surnames)
        known = merge(self._epithets(sentence, known), self._officeholders(sentence))
        masked = mask(sentence.text, _local(known, sentence))
        speaker = _speaker(known, masked, sentence)
        references = list(self._references(sentence, masked, known, speaker, before))
        self._salience.person = speaker or before
        return merge(known, references)

    def _kind(self, actor: ActorId) -> ActorKind | None:
        found = self._actors.by_id.get(actor)
        return found.kind if found else None

    def _surnames(self, sentence: Sentence, masked: str) -> Iterable[Mention]:
        for match in _WORD.finditer(masked):
            word = re.sub(r"['’]s?$", "", match[0])
            bearer = self._salience.full_names.get(word)
            if bearer is None or _in_longer_name(masked, match.start(), match.start() + len(word)):
                continue
            start = sentence.start + match.start()
            found = Mention(bearer.actor, word, sentence.part, start, start + len(word), "surname", via=bearer.via)
            self._salience.note(found, self._kind(found.actor))
            yield found

    def _officeholders(self, sentence: Sentence) -> Iterable[Mention]:
        for phrase in offices.phrases(sentence.text):
            if (meant := self._officeholder(phrase)) is None:
                continue
            actor, via = meant
            surface = sentence.text[phrase.start : phrase.end]
            start = sentence.start + phrase.start
            found = Mention(actor, surface, sentence.part, start, start + len(surface), "reference", via=via)
            self._salience.note(found, self._kind(actor))
            yield found

    def _officeholder(self, phrase: offices.Phrase) -> tuple[ActorId, str | None] | None:
        told = self._salience.titled.get(phrase.title)
        if told and not phrase.place:
            return told.actor, told.via
        known = (self._actors.by_id.get(party) for party in self._salience.parties)
        place = phrase.place or next((actor.country for actor in known if actor), "")
        holder = self._offices.holder(phrase.title, place, self._day)
        return (stands_for(holder, self._day), holder.name) if holder else None

    def _epithets(self, sentence: Sentence, known: Sequence[Mention]) -> list[Mention]:
        """Phrases such as "the Congress leader" mean the last of its people, where no name follows."""
        result: list[Mention] = []
        for mention in known:
            tail = sentence.text[mention.end - sentence.start :]
            match = re.match(r" (?:[a-z-]+ )??([\w-]+)(?![\w'’-]* [^\W\d_a-z])", tail)
            if match and match[1] not in lexicon.load().nouns:
                match = re.match(r" [a-z-]+ ([\w-]+)(?![\w'’-]* [^\W\d_a-z])", tail)
            via = self._salience.people_of.get(mention.actor)
            singular = match and match[1] in lexicon.load().nouns and not match[1].endswith("s")
            definite = sentence.text[: mention.start - sentence.start].lower().endswith("the ")
            if match and singular and definite and via and not mention.via:
                end = mention.end + match.end()
                surface = sentence.text[mention.start - sentence.start : end - sentence.start]
                result.append(Mention(mention.actor, surface, mention.part, mention.start, end, "reference", via))
            else:
                result.append(mention)
        return result

    def _references(
        self, sentence: Sentence, masked: str, known: Sequence[Mention], speaker: Mention | None, before: Mention | None
    ) -> Iterable[Mention]:
        for match in _REFERENCE.finditer(masked):
            start = sentence.start + match.start()
            earlier = [m for m in known if m.end <= start]
            for actor, via in self._meant(match, masked, earlier, speaker, before):
                surface = match[0].rstrip()
                yield Mention(actor, surface, sentence.part, start, start + len(surface), "reference", via)

    def _meant(
        self,
        match: re.Match[str],
        masked: str,
        earlier: Sequence[Mention],
        speaker: Mention | None,
        before: Mention | None,
    ) -> Iterable[tuple[ActorId, str | None]]:
        persons = [m for m in earlier if m.via]
        person = (persons[0] if persons else None) or before
        match match.lastgroup:
            case "he":
                if person:
                    yield person.actor, person.via
            case "own":
                owner = person or speaker
                if owner:
                    yield owner.actor, None
            case "both":
                yield from ((actor, None) for actor in self._salience.parties[:2])
            case "government" | "opposition" | "alliance":
                if meant := self._collective(match):
                    yield meant, None
            case "party" | "it":
                yield from self._party(masked[: match.start()], earlier, speaker, before)

    def _collective(self, match: re.Match[str]) -> ActorId | None:
        match match.lastgroup:
            case "government":
                return self._collectives.governing()
            case "opposition":
                return self._collectives.opposition()
            case _ if match[0].lower().startswith(_NOT_THE_ALLIANCE):
                return None
        return self._salience.alliance or self._collectives.most_named()

    def _party(
        self, lead: str, earlier: Sequence[Mention], speaker: Mention | None, before: Mention | None
    ) -> Iterable[tuple[ActorId, str | None]]:
        parties = [m for m in earlier if self._kind(m.actor) is not ActorKind.ALLIANCE]
        own = speaker or before
        if re.search(r"\b(?:with|against|to|from|by) $", lead):
            other = next((a for a in self._salience.parties if not own or a != own.actor), None)
            if other:
                yield other, None
        elif parties:
            yield parties[0].actor, None
        elif own:
            yield own.actor, None
        elif self._salience.parties:
            yield self._salience.parties[0], None


def _local(mentions: Iterable[Mention], sentence: Sentence) -> list[Mention]:
    """The mentions with offsets within the sentence, for masking."""
    return [
        Mention(m.actor, m.surface, m.part, m.start - sentence.start, m.end - sentence.start, m.how, m.via)
        for m in mentions
    ]


def _in_longer_name(masked: str, start: int, end: int) -> bool:
    """Whether other capitalised words make this the name of somebody else."""
    known = lexicon.load()
    before = re.search(r"([^\W\d_][\w.'’-]*) $", masked[max(0, start - 30) : start])
    after = re.match(r" ([^\W\d_a-z][\w'’-]+)", masked[end : end + 30])
    beside = [match[1] for match in (before, after) if match and match[1][0].isupper()]
    return any(
        w.rstrip(".") not in known.titles and w not in known.never_names and not _ORDINARY.search(w) for w in beside
    )


def _speaker(known: Sequence[Mention], masked: str, sentence: Sentence) -> Mention | None:
    """The person who speaks in the sentence, else the first person in it."""
    persons = [m for m in known if m.via]
    if not persons:
        return None
    for said in _SAYS.finditer(masked):
        for mention in persons:
            start, end = mention.start - sentence.start, mention.end - sentence.start
            if 0 <= start - said.end() <= _JUST_BEHIND or 0 <= said.start() - end <= _JUST_BEFORE:
                return mention
    return persons[0]
