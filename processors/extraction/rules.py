"""The rules over the parse, sentence by sentence, with what the article has said before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from spacy.language import Language

from entente.domain import ActorId, ActorKind, Mention
from entente.packs import Actors
from processors.extraction import attendance, attribution, cues, nlp, statements
from processors.extraction.attribution import Voice
from processors.extraction.nlp import Parsed
from processors.extraction.proposals import Context, Proposal
from processors.extraction.sentences import Sentence

_PARSED = 2000  # sentences of an article at most, some seconds' work: what is longer is a book, or an attack
_PROMINENT = 4  # actors that the rules take for what the article is about


@dataclass(frozen=True)
class Scene:
    """What is known of an article before its sentences are read.

    Attributes:
        actors: of the packs.
        prominent: a mention by name of each actor in the article, those named most first.
        year: of publication.
        alliances_of: those of each actor named, on the day, as far as they are named too.
    """

    actors: Actors
    prominent: tuple[Mention, ...]
    year: int
    alliances_of: Mapping[ActorId, frozenset[ActorId]]

    @property
    def memberships(self) -> Iterator[tuple[ActorId, ActorId]]:
        """(member, alliance)."""
        return ((member, alliance) for member, several in self.alliances_of.items() for alliance in sorted(several))


@dataclass(frozen=True)
class Ruled:
    """A sentence as the rules have read it.

    Attributes:
        sentence: the sentence.
        mentions: its own, references resolved.
        parsed: its parse; None where it was not worth one.
        floating: it begins within a quote.
        before: the voice that the sentence before it ended with.
        proposals: the stances that the rules see, those dropped again included.
        unread: it was worth a parse, but the article is too long.
    """

    sentence: Sentence
    mentions: tuple[Mention, ...]
    parsed: Parsed | None
    floating: bool
    before: Voice
    proposals: tuple[Proposal, ...]
    unread: bool

    @property
    def kept(self) -> tuple[Proposal, ...]:
        """The stances, without those dropped again."""
        return tuple(p for p in self.proposals if p.is_kept)

    def voice_of(self, start: int, end: int) -> Voice:
        """Whose words the stretch of the part from `start` to `end` is."""
        if self.parsed is None:
            return self.before if self.floating else Voice()
        within = [n for n, (a, b) in enumerate(self.parsed.offsets) if a < end and b > start]
        if not within:
            return Voice()
        root = self.parsed.doc[within[0] : within[-1] + 1].root
        return attribution.voice(self.parsed, root, self.before, floating=self.floating).alone()


def scene(actors: Actors, named: Iterable[Mention], day: date) -> Scene:
    """The scene of an article.

    Args:
        actors: of the packs.
        named: its mentions by name.
        day: of its publication.
    """
    found = list(named)
    counted = Counter(m.actor for m in found)
    first = {m.actor: m for m in reversed(found)}
    seen = set(first)
    alliances = {a: actors[a].alliances_on(day) & seen for a in seen if a in actors.by_id}
    return Scene(actors, tuple(first[a] for a, _ in counted.most_common()), day.year, alliances)


class Rules:
    """The rules with their pipeline and cues, loaded once."""

    def __init__(self, pipeline: Language) -> None:
        self.pipeline = pipeline
        self.cues = cues.load()

    def article(self, scene: Scene) -> "ArticleRules":
        """The rules at the beginning of an article."""
        return ArticleRules(self, scene)


class ArticleRules:
    """The rules within an article; part by part, sentence by sentence in order."""

    def __init__(self, rules: Rules, scene: Scene) -> None:
        self._rules = rules
        self._actors = scene.actors
        self._left = _PARSED
        self._context = Context(Voice(), False, None, (), scene.prominent[:_PROMINENT], scene.year, scene.alliances_of)

    def read(
        self, quoted: Sequence[tuple[int, int]], resolved: Sequence[tuple[Sentence, Sequence[Mention]]]
    ) -> Iterator[Ruled]:
        """The next sentences.

        Args:
            quoted: where their part of the article stands between quotation marks.
            resolved: the sentences with their mentions.
        """
        worth = [(s, ms) for s, ms in resolved if self._matters(s, ms)]
        parsed = {p.sentence.start: p for p in nlp.parse(self._rules.pipeline, self._actors, worth[: self._left])}
        unread = {s.start for s, _ in worth[self._left :]}
        self._left -= len(parsed)
        for sentence, mentions in resolved:
            self._context = replace(self._context, floating=attribution.is_quoted(quoted, sentence))
            yield self._one(sentence, mentions, parsed.get(sentence.start), unread=sentence.start in unread)

    def _one(self, sentence: Sentence, mentions: Sequence[Mention], parsed: Parsed | None, *, unread: bool) -> Ruled:
        before = self._context
        found: list[Proposal] = []
        voice = before.voice
        if parsed is not None:
            found, voice = statements.propose(parsed, self._rules.cues, self._actors, before)
        found += attendance.propose(sentence, mentions, self._actors, before.alliance)
        alliances = [m for m in mentions if (a := self._actors.by_id.get(m.actor)) and a.kind is ActorKind.ALLIANCE]
        self._context = replace(
            before,
            voice=voice,
            recent=tuple(reversed(mentions)),
            alliance=alliances[-1] if alliances else before.alliance,
        )
        kept = tuple(replace(p, voice=p.voice.alone()) for p in found)
        return Ruled(sentence, tuple(mentions), parsed, before.floating, before.voice.alone(), kept, unread)

    def _matters(self, sentence: Sentence, mentions: Sequence[Mention]) -> bool:
        """Whether it is worth parsing: two actors in play, or an actor and a cue."""
        if not mentions:
            return False
        return len({m.actor for m in mentions}) > 1 or bool(self._rules.cues.stems.search(sentence.text))
