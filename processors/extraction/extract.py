"""From an article to its mentions and statements: a pure function, built once from the actors and the pipeline."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from spacy.language import Language

from entente import packs
from entente.domain import (
    ActorId,
    ActorKind,
    Article,
    Claim,
    Mention,
    Part,
    Statement,
    StatementId,
    StatementType,
)
from entente.packs import Actors
from entente.settings import Settings
from processors.extraction import (
    attendance,
    attribution,
    cues,
    mentions,
    naming,
    nlp,
    statements,
    triage,
)
from processors.extraction.attribution import Voice
from processors.extraction.nlp import Parsed
from processors.extraction.offices import Offices
from processors.extraction.proposals import Context, Proposal
from processors.extraction.references import Resolver
from processors.extraction.sentences import Sentence

NARRATOR = "narrator"
_PARSED = 2000  # sentences of an article at most, some seconds' work: what is longer is a book, or an attack
_TOO_LONG = "the article is too long to be parsed to its end"
_CHUNK = 256  # sentences held parsed at a time: memory stays bounded in a book-length text
_HEADLINE = 0.15  # less sure: the parser was trained on prose
_REPORTED = 0.1  # less sure: said, not done


@dataclass(frozen=True)
class Dropped:
    """What was considered and not told, and why."""

    sentence: str
    holder: ActorId | None
    target: ActorId | None
    rule: str
    why: str


@dataclass(frozen=True)
class Reading:
    """All that was read in an article."""

    article: Article
    mentions: tuple[Mention, ...]
    statements: tuple[Statement, ...]
    dropped: tuple[Dropped, ...]


class Extractor:
    """Reads articles.

    Attributes:
        actors: of the packs in force.
    """

    def __init__(self, actors: Actors, nlp: Language) -> None:
        self.actors = actors
        self._nlp = nlp
        self._gazetteer = triage.Gazetteer(actors)
        self._cues = cues.load()
        self._offices = Offices(actors)

    def read(self, article: Article) -> Reading:
        """The mentions and statements of the article; without two actors nothing is parsed."""
        day = article.published.date()
        hits = triage.find_in(self._gazetteer, article)
        by_alias = {part: mentions.from_hits(hits[part], article.part(part), part, day) for part in Part}
        if not triage.has_pair(article, [h for part in Part for h in hits[part]]):
            return Reading(article, tuple(m for part in Part for m in by_alias[part]), (), ())
        named = naming.learnt(article, by_alias, self.actors)
        found: list[Mention] = []
        unread: list[Sentence] = []
        kept: dict[tuple[ActorId, StatementType, ActorId], Statement] = {}
        dropped: list[Dropped] = []
        for proposal, sentence in self._proposals(article, named, found, unread):
            if proposal.why_not or proposal.holder is None or proposal.target is None:
                dropped.append(_drop(proposal, sentence))
                continue
            statement = self._statement(article, proposal, sentence)
            key = (statement.holder, statement.type, statement.target)
            if key in kept:
                # Of equals the first stays.
                weaker, statement = sorted((statement, kept[key]), key=lambda s: s.confidence)
                dropped.append(_said_again(weaker))
            kept[key] = statement
        dropped += [
            Dropped(s.text, None, None, "length", "the article is too long to be parsed to its end") for s in unread
        ]
        ordered = sorted(kept.values(), key=lambda s: (s.part is Part.TEXT, s.start, s.end))
        return Reading(article, tuple(found), tuple(ordered), tuple(dropped))

    def _proposals(
        self, article: Article, named: dict[Part, list[Mention]], found: list[Mention], unread: list[Sentence]
    ) -> Iterator[tuple[Proposal, Sentence]]:
        """What the rules propose, in order; on the way `found` takes up the mentions, `unread` what is not parsed."""
        state = _State(article, self.actors, named)
        resolver = Resolver(self.actors, self._offices, article.published.date())
        left = _PARSED
        for part in Part:
            text = article.part(part)
            spans = attribution.quoted_spans(text)
            pieces = naming.resolved(article, part, named[part], resolver)
            while chunk := list(islice(pieces, _CHUNK)):
                found += [m for _, ms in chunk for m in ms]
                worth = [(s, ms) for s, ms in chunk if self._matters(s, ms)]
                unread += [s for s, _ in worth[left:]]
                worth = worth[:left]
                left -= len(worth)
                parsed = {p.sentence.start: p for p in nlp.parse(self._nlp, self.actors, worth)}
                for sentence, ms in chunk:
                    if sentence.start in parsed:
                        floating = attribution.is_quoted(spans, sentence)
                        yield from self._read(parsed[sentence.start], state, floating)
                    yield from ((p, sentence) for p in state.attendance(sentence, ms))
                    state.note(ms)

    def _matters(self, sentence: Sentence, found: Sequence[Mention]) -> bool:
        """Whether it is worth parsing: two actors in play, or an actor and a cue."""
        if not found:
            return False
        return len({m.actor for m in found}) > 1 or bool(self._cues.stems.search(sentence.text))

    def _read(self, parsed: Parsed, state: "_State", floating: bool) -> Iterator[tuple[Proposal, Sentence]]:  # noqa: FBT001
        proposals, state.voice = statements.propose(parsed, self._cues, self.actors, state.context(floating=floating))
        for proposal in proposals:
            yield proposal, parsed.sentence

    def _statement(self, article: Article, proposal: Proposal, sentence: Sentence) -> Statement:
        holder, target = proposal.holder, proposal.target
        if holder is None or target is None:
            raise ValueError("a proposal without holder or target is no statement")
        part = sentence.part
        confidence = proposal.confidence - (_HEADLINE if part is Part.TITLE else 0)
        claim = self._claim(article, proposal.voice, holder)
        if claim is not Claim.SELF:
            confidence -= _REPORTED
        identity = (
            f"{article.id}|{article.version}|{holder.actor}|{target.actor}|{proposal.type}|{part}|{proposal.start}"
        )
        return Statement(
            id=StatementId(blake2b(identity.encode(), digest_size=16).hexdigest()),
            article_id=article.id,
            article_version=article.version,
            outlet=article.outlet,
            url=article.url,
            published=article.published,
            holder=holder.actor,
            via=holder.via,
            type=proposal.type,
            target=target.actor,
            polarity=proposal.type.polarity if proposal.polarity is None else proposal.polarity,
            modality=proposal.modality,
            claim=claim,
            attribution=proposal.voice.chain or (NARRATOR,),
            evidence=article.part(part)[proposal.start : proposal.end],
            part=part,
            start=proposal.start,
            end=proposal.end,
            sentence=sentence.text,
            confidence=round(max(0.05, confidence), 2),
            rule=proposal.rule,
        )

    def _claim(self, article: Article, voice: Voice, holder: Mention) -> Claim:
        if not voice.chain:
            return Claim.SELF
        if not voice.speakers:
            return Claim.OTHER
        speaker = voice.speakers[0].actor
        if speaker == holder.actor:
            return Claim.SELF
        day = article.published.date()
        one, other = (self.actors.by_id.get(a) for a in (speaker, holder.actor))
        allied = one and other and (one.alliances_on(day) & other.alliances_on(day))
        return Claim.OTHER if allied else Claim.RIVAL


class _State:
    """What the article has said so far."""

    def __init__(self, article: Article, actors: Actors, named: dict[Part, list[Mention]]) -> None:
        self._actors = actors
        self._year = article.published.year
        self.voice = Voice()
        self._alliance: Mention | None = None
        self._recent: tuple[Mention, ...] = ()  # of the sentence before
        counted = Counter(m.actor for ms in named.values() for m in ms)
        first = {m.actor: m for ms in named.values() for m in reversed(ms)}
        self._prominent = tuple(first[a] for a, _ in counted.most_common(4))
        day = article.published.date()
        seen = {m.actor for ms in named.values() for m in ms}
        self._alliances_of = {a: actors[a].alliances_on(day) & seen for a in seen if a in actors.by_id}

    def context(self, *, floating: bool) -> Context:
        """The state before the next sentence."""
        return Context(
            self.voice, floating, self._alliance, self._recent, self._prominent, self._year, self._alliances_of
        )

    def attendance(self, sentence: Sentence, found: Sequence[Mention]) -> Iterator[Proposal]:
        """The parties that a sentence lists as present at the alliance's meeting."""
        return attendance.propose(sentence, found, self._actors, self._alliance)

    def note(self, found: Sequence[Mention]) -> None:
        """Keep in mind what a sentence named."""
        self._recent = tuple(reversed(found))
        for mention in found:
            actor = self._actors.by_id.get(mention.actor)
            if actor and actor.kind is ActorKind.ALLIANCE:
                self._alliance = mention


def load_extractor(settings: Settings) -> Extractor:
    """The extractor of the settings' packs and pipeline.

    Raises:
        PackError: a pack says something that cannot be.
        SettingsError: the pipeline is not installed.
    """
    return Extractor(packs.load(settings.packs), nlp.load_pipeline(settings.pipeline))


def _drop(proposal: Proposal, sentence: Sentence) -> Dropped:
    return Dropped(
        sentence.text,
        proposal.holder.actor if proposal.holder else None,
        proposal.target.actor if proposal.target else None,
        proposal.rule,
        proposal.why_not or "nobody is named whom it may mean",
    )


def _said_again(statement: Statement) -> Dropped:
    return Dropped(
        statement.sentence, statement.holder, statement.target, statement.rule, "said more clearly at another place"
    )
