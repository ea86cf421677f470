"""Who says so: the speaker over a word, nested as the sentence nests it; a wire agency only relays.

Indirect speech is the main case in political news; quotes without a speaker of their own belong to the last one.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Token

from entente.domain import Mention
from processors.extraction import lexicon, syntax
from processors.extraction.nlp import Parsed
from processors.extraction.sentences import Sentence

_PUBLIC = frozenset({"report", "reports", "sources", "source", "observers", "analysts", "insiders", "aides"})
_FIRST = frozenset({"we", "i", "our", "my", "us", "ourselves", "me"})
_OPENING, _CLOSING, _STRAIGHT = "“", "”", '"'
_QUOTE = re.compile(r"[“”\"\n]")


@dataclass(frozen=True)
class Voice:
    """Whose words a word is part of; the nearest first."""

    speakers: tuple[Mention, ...] = ()  # one for each level, the nearest first
    together: tuple[Mention, ...] = ()  # all who say it on the nearest level: "A and B said"
    chain: tuple[str, ...] = ()  # names, "sources"; empty for the article's own voice
    anchor: Token | None = None  # the word of saying nearest to the words said

    def alone(self) -> "Voice":
        """The voice without the parse that its anchor holds on to."""
        return replace(self, anchor=None)


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Where text stands between quotation marks, paired by kind; a quote may run over the ends of sentences."""
    spans: list[tuple[int, int]] = []
    opened: tuple[str, int] | None = None
    for match in _QUOTE.finditer(text):
        char, position = match[0], match.start()
        if char == "\n":
            if opened:
                spans.append((opened[1], position))
            opened = None
        elif opened is None and char in {_OPENING, _STRAIGHT}:
            opened = (char, position)
        elif opened and ((opened[0] == _OPENING and char == _CLOSING) or (opened[0] == char == _STRAIGHT)):
            spans.append((opened[1], position + 1))
            opened = None
    return spans


def is_quoted(spans: Sequence[tuple[int, int]], sentence: Sentence) -> bool:
    """Whether the sentence begins within a quote; the spans stand in order."""
    position = bisect_right(spans, sentence.start, key=lambda span: span[0])
    return position > 0 and sentence.start < spans[position - 1][1]


def voice(parsed: Parsed, token: Token, last: Voice, *, floating: bool) -> Voice:
    """Whose words the token is part of.

    Args:
        parsed: the sentence.
        token: the word.
        last: the voice of what was said before.
        floating: the sentence begins within a quote, so that without a speaker of its own it is the last one's.
    """
    speakers: list[Mention] = []
    together: tuple[Mention, ...] = ()
    chain: list[str] = []
    anchor: Token | None = None
    for child, head in syntax.path_up(token):
        if not _is_said(child, head):
            continue
        found = syntax.holders(parsed, head)
        if child.dep_ == "ccomp" and not found and (own := syntax.own_subject(head)) and own.lower_ in _PUBLIC:
            chain.append("sources")
        together = together or tuple(mention for _, mention in found)
        for _, mention in found[:1]:
            speakers.append(mention)
            chain.append(name(mention))
        anchor = anchor or (head if found else None)
    if not speakers and (beside := _beside(parsed, token)):
        anchor, mention = beside
        speakers.append(mention)
        together = (mention,)
        chain.append(name(mention))
    if not chain and _has_public_source(parsed, token):
        chain.append("sources")
    if not chain and floating and last.speakers:
        return replace(last, anchor=None)
    if chain and (relay := _relay(parsed)):
        chain.append(relay)
    return Voice(tuple(speakers), together, tuple(dict.fromkeys(chain)), anchor)


def last_voice(parsed: Parsed, before: Voice, *, floating: bool) -> Voice:
    """Who speaks in the sentence, for a quote that goes on behind it; the voice before where nobody does.

    Args:
        parsed: the sentence.
        before: the voice of what was said before it.
        floating: the sentence begins within a quote.
    """
    for token in parsed.doc:
        if (
            token.lemma_.lower() in lexicon.load().saying
            and token.pos_ == "VERB"
            and (found := syntax.holders(parsed, token))
        ):
            return _alone(found[0][1])
    persons = [m for group in parsed.at.values() for m in group if m.via]
    return before if floating or not persons else _alone(persons[0])


def _alone(speaker: Mention) -> Voice:
    return Voice((speaker,), (speaker,), (name(speaker),))


def _is_said(child: Token, head: Token) -> bool:
    if head.lemma_.lower() not in lexicon.load().saying or head.pos_ not in {"VERB", "AUX"}:
        return False
    if child.dep_ in {"ccomp", "parataxis", "xcomp", "advcl", "pcomp", "dep"}:
        return child.dep_ != "advcl" or head.i > child.i
    return (child.dep_ == "prep" and child.lower_ in {"of", "as", "that"}) or child.dep_ == "oprd"


def _beside(parsed: Parsed, token: Token) -> tuple[Token, Mention] | None:
    """A speaker beside the words: "..., Raut alleged" as an aside, "according to Raut"."""
    for word in parsed.doc:
        if (
            word.lemma_.lower() in lexicon.load().saying
            and word.dep_ in {"parataxis", "advcl", "dep", "ccomp", "conj"}
            and word.i != token.i
        ):
            inside = word.is_ancestor(token)
            if (word.dep_ == "parataxis" or (word.dep_ in {"ccomp", "advcl"} and _is_aside(word))) and not inside:
                found = syntax.holders(parsed, word)
                if found and syntax.own_subject(word) is not None:
                    return word, found[0][1]
        if word.lower_ == "according" and not word.is_ancestor(token):
            for prep in word.children:
                if prep.lower_ == "to" and (found := tuple(syntax.behind_preposition(parsed, prep))):
                    return word, found[0][1]
    return None


def _is_aside(verb: Token) -> bool:
    """Whether a verb of saying has nothing said below it: its words stand around it."""
    return not any(c.dep_ in {"ccomp", "xcomp", "dobj", "prep", "mark"} for c in verb.children)


def _has_public_source(parsed: Parsed, token: Token) -> bool:
    return (
        any(
            head.lemma_.lower() in lexicon.load().saying
            and (own := syntax.own_subject(head)) is not None
            and own.lower_ in _PUBLIC
            for _, head in syntax.path_up(token)
        )
        or "according to sources" in parsed.sentence.text.lower()
    )


def _relay(parsed: Parsed) -> str | None:
    """The agency that passes the words on: "told ANI", "reported news agency PTI"."""
    for token in parsed.doc:
        if (
            token.lower_ in lexicon.load().relays
            and token.text.isupper()
            and token.dep_ in {"dobj", "pobj", "dative", "nsubj", "appos"}
        ):
            return token.text
    return None


def is_first_person(token: Token) -> bool:
    """Whether the word means the speaker: we, I, our."""
    return token.lower_ in _FIRST


def name(mention: Mention) -> str:
    """How the voice is called: the person's full name, else the party's id."""
    return mention.via or str(mention.actor)
