"""The bank of single sentences: slots filled with plain names, then resolved as any sentence is."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from entente.domain import Actor, ActorId, ActorKind, Alias, Claim, Mention, Modality, Part, StatementType
from entente.packs import Actors
from processors.extraction import sentences
from processors.extraction.offices import Offices
from processors.extraction.references import Resolver
from processors.extraction.sentences import Sentence
from processors.training.labels import Label

_NAMES = {"A": "Avenor", "B": "Belmar", "C": "Cedrin", "D": "Dorvan", "E": "Elwick"}
_PEOPLE = {"a": "Anton Arvale", "b": "Boris Brankov", "c": "Clara Castner", "d": "Dario Delmont", "e": "Edith Erskow"}
_SECOND = {"a": "Agnes Ashdown", "b": "Bela Birkett", "c": "Carlo Corvin", "d": "Doris Dunmore", "e": "Emil Eastley"}
_SLOT = re.compile(r"\{([A-Ea-e])(\d?)\}")
_LABEL = re.compile(r"^([A-E])>([A-E]):([A-Z_/]+)((?: (?:m|c|v)=\w+| \?)*)$")
_DAY = date(2024, 1, 1)  # of sentences that tell none
_PRESENT = ("X", "Y", "Z")  # further actors of the imagined article, named elsewhere in it


@dataclass(frozen=True)
class Line:
    """A sentence of the bank with what stands before it, as the reader of an article has it."""

    resolved: list[tuple[Sentence, list[Mention]]]  # the sentence itself comes last
    actors: Actors
    elsewhere: tuple[Mention, ...]  # actors named further away
    labels: tuple[Label, ...]


def read(folder: Path, seed: int) -> Iterator[Line]:
    """All lines of the bank's files.

    Raises:
        ValueError: a line is not in the bank's format; names file and line.
    """
    chance = random.Random(seed)  # noqa: S311 - which further actors a sentence gets guards no secret
    for path in sorted(folder.glob("*.tsv")):
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            columns = raw.split("\t")
            try:
                yield _line(columns, chance)
            except ValueError as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def _line(columns: list[str], chance: random.Random) -> Line:
    if len(columns) != 4:  # noqa: PLR2004 - as unpacked below
        raise ValueError(f"expected four columns, found {len(columns)}")
    context, sentence, labels, kinds = columns
    known = _actors(kinds, chance)
    resolver = Resolver(known, Offices(known), known.by_id, _DAY)
    before, named = _fill(context, 0)
    offset = len(before) + 1 if before else 0
    current, more = _fill(sentence, offset)
    pieces = [*sentences.split(before), Sentence(Part.TEXT, offset, offset + len(current), current)]
    every = [*named, *more]
    resolved = [(s, resolver.resolve(s, [m for m in every if s.start <= m.start and m.end <= s.end])) for s in pieces]
    far = chance.sample(_PRESENT, chance.choice((0, 0, 1, 2, 3)))
    elsewhere = tuple(Mention(ActorId(a), a, Part.TEXT, 0, 1, "alias") for a in far)
    found = tuple(_label(part.strip()) for part in labels.split(";")) if labels != "-" else ()
    return Line(resolved, known, elsewhere, found)


def _actors(kinds: str, chance: random.Random) -> Actors:
    told = dict(entry.split("=") for entry in kinds.split()) if kinds != "-" else {}
    told |= {a: chance.choice(("party", "party", "alliance", "government")) for a in _PRESENT}
    names = _NAMES | dict.fromkeys(_PRESENT, "")
    return Actors(
        {
            ActorId(slot): Actor(
                ActorId(slot), ActorKind(told.get(slot, "party")), name or slot, name or slot, "XX", (Alias(name),)
            )
            for slot, name in names.items()
        }
    )


def _fill(text: str, offset: int) -> tuple[str, list[Mention]]:
    words: list[str] = []
    found: list[Mention] = []
    done = position = 0
    for slot in _SLOT.finditer(text):
        letter, second = slot[1], slot[2]
        is_person = letter.islower()
        name = (_SECOND if second else _PEOPLE)[letter] if is_person else _NAMES[letter]
        words += [text[done : slot.start()], name]
        position += slot.start() - done
        start = offset + position
        actor = ActorId(letter.upper())
        found.append(
            Mention(actor, name, Part.TEXT, start, start + len(name), "alias", via=name if is_person else None)
        )
        position += len(name)
        done = slot.end()
    return "".join([*words, text[done:]]), found


def _label(text: str) -> Label:
    match = _LABEL.match(text)
    if match is None:
        raise ValueError(f"{text!r} is no label such as A>B:REJECT/GO_ALONE m=intended c=rival v=a ?")
    first, *also = (StatementType(t) for t in match[3].split("/"))
    attributes = dict(re.findall(r"(m|c|v)=(\w+)", match[4]))
    return Label(
        holder=ActorId(match[1]),
        target=ActorId(match[2]),
        type=first,
        also=frozenset(also),
        modality=Modality(attributes.get("m", "asserted")),
        claim=Claim(attributes.get("c", "self")),
        evidence=None,
        weight=0.5 if "?" in match[4] else 1.0,
    )
