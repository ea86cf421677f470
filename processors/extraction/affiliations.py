"""People whom no pack knows, learnt from the article: "Majhi of JMM", "Kareem (CPI-M)", "JD(U) leader K C Tyagi".

Patterns work on the masked text, where every mention is a run of one character (see `mentions.mask`), and look only
at the words around each party's name, so that the work stays linear in the text.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from entente.domain import ActorId, Mention, Part
from processors.extraction import lexicon, triage
from processors.extraction.mentions import COLLECTIVE, PERSON, is_name_part

_REACH = 160  # characters around a party's name in which its people stand
_WORD = r"(?:[^\W\d_a-z][\w'’-]{0,30}|(?:[^\W\d_a-z]\.){1,3}|(?:Mr|Ms|Mrs|Dr|Md|Mohd|St|Smt|Gen|Col|Lt|Capt|Prof)\.)"
_NAME = rf"{_WORD}(?: (?:{_WORD}|al|bin|bint|de|del|da|van|von|der|ul|e)){{0,6}}"
_LIST = rf"{_NAME}(?:(?:, and |, | and | & ){_NAME}){{0,12}}"
_BEFORE = re.compile(rf"({_LIST}),? ?(?:\(|\bof (?:the )?|\bfrom (?:the )?|\bof (?:his|her)? ?)$")
_APPOSED = re.compile(
    rf"({_NAME}), (?:an?|the|who (?:heads|leads|chairs|is|was) (?:an?|the)?|\w+ of (?:the )?)? ?(?:[\w-]+ ){{0,3}}$"
)
_AFTER = re.compile(rf"(?:['’]s?)?((?: [\w/'’-]+){{0,7}}?),? ({_LIST})")
_ROLE_AFTER = re.compile(r"(?:['’]s)?((?: [\w-]+){1,5})")
_ROLE_OF = re.compile(r"\b([\w-]+) (?:of|for|in|from) (?:the )?$")
_NAMED_NEXT = re.compile(rf"(?:['’]s)?,? ({_NAME})")
_LISTED = re.compile(
    rf"(?:['’]s)? (?:\w+ )?leaders?\b[^.;{COLLECTIVE}]{{0,90}}?\b(?:were|was|included|including|include|such as|like)\b"
)
_SEPARATED = re.compile(_NAME)


@dataclass(frozen=True)
class Person:
    """Somebody the article introduces, with the party it gives."""

    name: str
    party: ActorId


def learn(masked: str, mentions: Sequence[Mention], places: Container[str]) -> dict[str, Person]:
    """The people whom the text introduces, by full name; the first introduction of a name counts.

    Args:
        masked: the text with its mentions masked.
        mentions: of the text.
        places: known names of places, which are nobody's.
    """
    found: dict[str, Person] = {}
    refused: set[str] = set()
    for mention in mentions:
        if masked[mention.start] != COLLECTIVE:
            continue
        for name in (name for names in _around(masked, mention) for name in names):
            if name in found or name in refused:
                continue
            if name not in places and _is_name(name, masked):
                found[name] = Person(name, mention.actor)
            else:
                refused.add(name)
    return found


def occurrences(people: Mapping[str, Person], masked: str, part: Part) -> list[Mention]:
    """Every place where a learnt name stands in full, the longer name first."""
    if not people:
        return []
    names = list(people)
    automaton = ahocorasick_rs.AhoCorasick(names)
    hits = automaton.find_matches_as_indexes(masked, overlapping=True)
    found = [
        (start, end, people[names[index]]) for index, start, end in hits if triage.stands_alone(masked, start, end)
    ]
    return [
        Mention(person.party, masked[start:end], part, start, end, "affiliation", via=person.name)
        for start, end, person in triage.longest_first(found)
    ]


def _around(masked: str, mention: Mention) -> Iterator[list[str]]:
    before = masked[max(0, mention.start - _REACH) : mention.start].rpartition("\n")[2]
    after = masked[mention.end : mention.end + 2 * _REACH].partition("\n")[0]
    if (match := _BEFORE.search(before)) and _closes(before, after):
        yield _names(match[1])
    if match := _LISTED.match(after):
        yield _names_in(after[match.end() :])
    elif (match := _AFTER.match(after)) and _is_role(match[1], after):
        yield _names(match[2])
    if (match := _APPOSED.search(before)) and (role := _ROLE_AFTER.match(after)) and _has_role(role[1]):
        yield _names(match[1])
    if (match := _ROLE_OF.search(before)) and match[1] in lexicon.load().nouns and (name := _NAMED_NEXT.match(after)):
        yield _names(name[1])


def _is_name(name: str, masked: str) -> bool:
    """Whether capitals make a name: one word alone must neither open a sentence nor stand in lower case elsewhere."""
    known = lexicon.load()
    if " " in name:
        return True
    word = name.lower()
    if word in known.nouns | known.collectives | known.modifiers or re.search(rf"\b{re.escape(word)}\b", masked):
        return False
    before = re.search(rf"(\w+|[,)]) {re.escape(name)}\b", masked)
    return before is not None and before[1].lower() not in _DETERMINERS and word.isalpha()


def _closes(before: str, after: str) -> bool:
    """An opening parenthesis before the party needs its end behind it, at once or after a place or a role."""
    return not before.endswith("(") or bool(re.match(r"(?:[,–-][^()]{1,25})?\)", after))


def _is_role(words: str, after: str) -> bool:
    possessive = after.startswith(("'", "’"))
    return (possessive and not words.strip()) or (_all_roles(words) and _has_role(words))


def _has_role(words: str) -> bool:
    return any(word in lexicon.load().nouns for word in words.replace("'s", "").replace("’s", "").split())


def _all_roles(words: str) -> bool:
    known = lexicon.load()
    plain = [w for raw in words.split() for w in raw.split("/")]
    return all(
        w.lower() in known.modifiers
        or w in known.nouns
        or w.lower() in known.nouns
        or w in known.titles
        or w in _JOINTS
        for w in plain
    )


_DETERMINERS = frozenset({"the", "a", "an", "its", "his", "her", "their", "our", "this", "that", "another"})
_JOINTS = frozenset({"in", "the", "of", "for", "'s", "’s", "-"})


def _names_in(words: str) -> list[str]:
    """All names up to the next party or the end of the sentence."""
    clause = re.split(rf"[;{COLLECTIVE}]|(?<=[a-z]{{3}})\. ", words, maxsplit=1)[0]
    return [name for found in _SEPARATED.finditer(clause) for name in _names(found[0])]


def _names(listed: str) -> list[str]:
    parts = re.split(r",? and |, | & ", listed)
    return [name for part in parts if (name := _trim(part))]


def _trim(words: str) -> str | None:
    """The name without titles before and days behind; None if nothing of a name is left."""
    known = lexicon.load()
    parts = words.split()
    while parts and (parts[0].rstrip(".") in known.titles or parts[0] in known.never_names):
        parts.pop(0)
    for position, word in enumerate(parts):
        if word in known.never_names or word.rstrip(".") in known.titles:
            parts = parts[:position]
            break
    while parts and not is_name_part(parts[-1]):
        parts.pop()
    name = " ".join(parts).rstrip(".'’-")
    name = re.sub(r"['’]s$", "", name)
    if len(name) < 3 or PERSON in name or COLLECTIVE in name or (len(parts) == 1 and name.isupper()):  # noqa: PLR2004
        return None
    return name
