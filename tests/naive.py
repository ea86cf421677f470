"""The line to beat: what two actors in one sentence and the sentence's sentiment say, with no grammar at all.

Whoever is named first is the holder, whoever is named after it a target; for or against is VADER's compound score of
the sentence (Hutto & Gilbert 2014), with the thresholds its authors give. Names are found and sentences cut as the
product does it, so that what is compared is the reading.
"""

from itertools import combinations

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from entente.domain import ActorId, Article, Mention, Part
from entente.packs import Actors
from processors.extraction import mentions, sentences, triage
from processors.extraction.sentences import Sentence
from tests.gold.corpora import Read
from tests.gold.score import Json

NEUTRAL = 0.05  # a compound score nearer to 0 takes no side
TYPES = {1: "ENDORSE", -1: "CRITICISE"}  # the plainest statement for and against


class NaiveReader:
    """Reads articles by co-occurrence and sentiment."""

    def __init__(self, actors: Actors) -> None:
        self._gazetteer = triage.Gazetteer(actors)
        self._sentiment = SentimentIntensityAnalyzer()

    def read(self, article: Article) -> Read:
        """The statements and mentions of the article; each (holder, type, target) once, as it is said first."""
        statements: dict[tuple[ActorId, str, ActorId], Json] = {}
        found: list[Mention] = []
        hits = triage.find_in(self._gazetteer, article)
        for part in Part:
            text = article.part(part)
            named = mentions.from_hits(hits[part], text, part, article.published.date())
            found += named
            for sentence in sentences.split(text, part):
                here = [m for m in named if sentence.start <= m.start < sentence.end]
                for statement in self._statements(article, sentence, here):
                    key = (statement["holder"], statement["type"], statement["target"])
                    statements.setdefault(key, statement)
        return Read(list(statements.values()), found)

    def _statements(self, article: Article, sentence: Sentence, named: list[Mention]) -> list[Json]:
        first = {m.actor: m for m in reversed(named)}
        in_order = sorted(first.values(), key=lambda m: m.start)
        if len(in_order) < 2:
            return []
        compound = self._sentiment.polarity_scores(sentence.text)["compound"]
        if abs(compound) < NEUTRAL:
            return []
        return [
            {
                "article_id": article.id,
                "holder": holder.actor,
                "via": holder.via,
                "type": TYPES[1 if compound > 0 else -1],
                "target": target.actor,
                "modality": "asserted",
                "claim": "self",
                "evidence": sentence.text,
                "sentence": sentence.text,
                "confidence": abs(compound),
            }
            for holder, target in combinations(in_order, 2)
        ]
