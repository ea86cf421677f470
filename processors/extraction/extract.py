"""From an article to its mentions and statements: a pure function, built once from the actors and the pipeline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from spacy.language import Language

from entente import packs
from entente.domain import ActorId, Article, Claim, Mention, Part, Statement, StatementId
from entente.packs import Actors
from entente.settings import Settings
from processors.extraction import attribution, mentions, naming, nlp, rules, triage
from processors.extraction.attribution import Voice
from processors.extraction.findings import Finding, Key, of_rules
from processors.extraction.offices import Offices
from processors.extraction.proposals import Proposal
from processors.extraction.references import Resolver
from processors.extraction.rules import Ruled, Rules
from processors.extraction.sentences import Sentence
from processors.extraction.trained import MODEL_FOLDER
from processors.extraction.trained.assemble import Read
from processors.extraction.trained.judging import Trained, by_rules_alone
from processors.extraction.trained.windows import Windows

NARRATOR = "narrator"
_JUDGED = 300  # sentences of an article that the trained reader is asked about at most: some seconds' work, too
TOO_LONG = "the article is too long to be read to its end"
_CHUNK = 256  # sentences held parsed at a time: memory stays bounded in a book-length text


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

    def __init__(self, actors: Actors, nlp: Language, trained: Trained | None) -> None:
        """Build it once; an article then costs milliseconds.

        Args:
            actors: of the packs.
            nlp: the pipeline for the rules.
            trained: the trained reader; with None the rules read alone.
        """
        self.actors = actors
        self._rules = Rules(nlp)
        self._trained = trained
        self._gazetteer = triage.Gazetteer(actors)
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
        read: list[Read] = []
        dropped: list[Dropped] = []
        for ruled, judged in self._sentences(article, named):
            found += ruled.mentions
            if judged.judgements or judged.proposals:
                read.append(judged)
            dropped += [_drop(p, ruled.sentence) for p in ruled.proposals if not p.is_kept]
            if ruled.unread or judged.is_left:
                dropped.append(Dropped(ruled.sentence.text, None, None, "length", TOO_LONG))
        told, less_sure = self._told(article, read)
        ordered = sorted(told, key=lambda s: (s.part is Part.TEXT, s.start, s.end))
        return Reading(article, tuple(found), tuple(ordered), (*dropped, *less_sure))

    def _sentences(self, article: Article, named: dict[Part, list[Mention]]) -> Iterator[tuple[Ruled, Read]]:
        """Each sentence as the rules read it, and with what the trained reader says, in order."""
        day = article.published.date()
        by_name = [m for part in Part for m in named[part]]
        around = rules.scene(self.actors, by_name, day)
        resolver = Resolver(self.actors, self._offices, (m.actor for m in by_name), day)
        by_rules = self._rules.article(around)
        left = _JUDGED
        for part in Part:
            quoted = attribution.quoted_spans(article.part(part))
            windows = Windows(self.actors, around.prominent, around.memberships)
            pieces = naming.resolved(article, part, named[part], resolver)
            while chunk := list(islice(pieces, _CHUNK)):
                ruled = list(by_rules.read(quoted, chunk))
                judged = self._trained.judge(ruled, windows, left) if self._trained else [*map(by_rules_alone, ruled)]
                left -= sum(each.passage is not None for each in judged)
                yield from zip(ruled, judged, strict=True)

    def _told(self, article: Article, read: Sequence[Read]) -> tuple[list[Statement], list[Dropped]]:
        """What is told of the article, each stance once, and what is not."""
        found: list[Finding] = []
        for each in read:
            for proposal in each.proposals:
                within = proposal.holder and proposal.target and proposal.holder.actor == proposal.target.actor
                if within or self._trained is None:
                    reported = self._claim(article, proposal.voice, proposal.holder) is not Claim.SELF
                    found.append(of_rules(proposal, each.sentence, reported=reported))
        weighed = self._trained.weigh(read) if self._trained else []
        least = self._trained.threshold if self._trained else 0.0
        kept: dict[Key, Finding] = {}
        dropped = [_too_unsure(finding) for finding in weighed if finding.confidence < least]
        for finding in (*found, *(f for f in weighed if f.confidence >= least)):
            other = kept.get(finding.key)
            if other is None:
                kept[finding.key] = finding
                continue
            # Of equals the first stays.
            weaker, kept[finding.key] = sorted((finding, other), key=lambda f: f.confidence)
            dropped.append(_said_again(weaker))
        return [self._statement(article, finding) for finding in kept.values()], dropped

    def _statement(self, article: Article, finding: Finding) -> Statement:
        part = finding.sentence.part
        holder, target = finding.holder.actor, finding.target.actor
        identity = f"{article.id}|{article.version}|{holder}|{target}|{finding.type}|{part}|{finding.start}"
        return Statement(
            id=StatementId(blake2b(identity.encode(), digest_size=16).hexdigest()),
            article_id=article.id,
            article_version=article.version,
            outlet=article.outlet,
            url=article.url,
            published=article.published,
            holder=holder,
            via=finding.via,
            type=finding.type,
            target=target,
            polarity=finding.type.polarity if finding.polarity is None else finding.polarity,
            modality=finding.modality,
            claim=finding.claim or self._claim(article, finding.voice, finding.holder),
            attribution=finding.voice.chain or (NARRATOR,),
            evidence=article.part(part)[finding.start : finding.end],
            part=part,
            start=finding.start,
            end=finding.end,
            sentence=finding.sentence.text,
            confidence=finding.confidence,
            rule=finding.found_by,
        )

    def _claim(self, article: Article, voice: Voice, holder: Mention | None) -> Claim:
        if not voice.chain:
            return Claim.SELF
        if not voice.speakers or holder is None:
            return Claim.OTHER
        speaker = voice.speakers[0].actor
        if speaker == holder.actor:
            return Claim.SELF
        day = article.published.date()
        one, other = (self.actors.by_id.get(a) for a in (speaker, holder.actor))
        allied = one and other and (one.alliances_on(day) & other.alliances_on(day))
        return Claim.OTHER if allied else Claim.RIVAL


def load_extractor(settings: Settings) -> Extractor:
    """The extractor of the settings' packs and pipeline.

    Raises:
        PackError: a pack says something that cannot be.
        SettingsError: the pipeline is not installed.
        FileNotFoundError: the trained reader's model is not where it comes with the program.
    """
    trained = Trained.load(MODEL_FOLDER)
    return Extractor(packs.load(settings.packs), nlp.load_pipeline(settings.pipeline), trained)


def _drop(proposal: Proposal, sentence: Sentence) -> Dropped:
    return Dropped(
        sentence.text,
        proposal.holder.actor if proposal.holder else None,
        proposal.target.actor if proposal.target else None,
        proposal.rule,
        proposal.why_not or "nobody is named whom it may mean",
    )


def _said_again(finding: Finding) -> Dropped:
    return _dropped(finding, "said more clearly at another place")


def _too_unsure(finding: Finding) -> Dropped:
    return _dropped(finding, f"{finding.type} is too unsure at {finding.confidence:.2f}")


def _dropped(finding: Finding, why: str) -> Dropped:
    return Dropped(finding.sentence.text, finding.holder.actor, finding.target.actor, finding.found_by, why)
