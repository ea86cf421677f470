"""What the rules over the parse propose at each sentence, with the context they have when articles are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.language import Language

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction import attendance, attribution, cues, nlp, statements
from processors.extraction.attribution import Voice
from processors.extraction.proposals import Context, Proposal
from processors.extraction.sentences import Sentence

_PROMINENT = 4


@dataclass(frozen=True)
class Scene:
    """What the rules know of an article beforehand."""

    actors: Actors  # of the packs
    prominent: Sequence[Mention]  # one of each actor in the article, those named most first
    year: int  # of publication
    alliances_of: Mapping[ActorId, frozenset[ActorId]]  # of the actors named, on the day, as far as named too


class Rules:
    """The rules with their pipeline and cues, loaded once."""

    def __init__(self, pipeline: str) -> None:
        self._nlp: Language = nlp.load_pipeline(pipeline)
        self._cues = cues.load()

    def propose(
        self, text: str, resolved: Sequence[tuple[Sentence, list[Mention]]], scene: Scene
    ) -> list[list[Proposal]]:
        """What is proposed at each sentence of a part of an article, without what the rules drop again.

        Args:
            text: the part.
            resolved: its sentences with their mentions.
            scene: the article around them.
        """
        actors = scene.actors
        spans = attribution.quoted_spans(text)
        prominent = tuple(scene.prominent[:_PROMINENT])
        state = Context(Voice(), False, None, (), prominent, scene.year, scene.alliances_of)
        result: list[list[Proposal]] = []
        for parsed, (sentence, mentions) in zip(nlp.parse(self._nlp, actors, resolved), resolved, strict=True):
            state = replace(state, floating=attribution.is_quoted(spans, sentence))
            found: list[Proposal] = []
            if mentions:
                proposals, voice = statements.propose(parsed, self._cues, actors, state)
                found = [p for p in proposals if not p.why_not and p.holder and p.target]
                state = replace(state, voice=voice)
            found += attendance.propose(sentence, mentions, actors, state.alliance)
            result.append(found)
            named = [m for m in mentions if (a := actors.by_id.get(m.actor)) and a.kind is ActorKind.ALLIANCE]
            state = replace(state, recent=tuple(reversed(mentions)), alliance=named[-1] if named else state.alliance)
        return result
