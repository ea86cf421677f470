"""The worst errors of a reading: what to look at first when it is to get better."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from entente.domain import Article, Part
from processors.extraction import sentences
from tests.gold.corpora import Reading
from tests.gold.figures import judge
from tests.gold.score import POLARITY, Json, score

NOTHING = "nothing"


@dataclass(frozen=True)
class Mistake:
    """What was said of a sentence, and what should have been."""

    corpus: str
    article: str
    sentence: str
    said: str
    expected: str


def worst(readings: Iterable[Reading], count: int) -> list[Mistake]:
    """The most confident wrong statements; and facts of tier A missed, one in each of the articles with most misses.

    Args:
        readings: of any corpora.
        count: how many of both kinds together.
    """
    every = list(readings)
    by_sentence = {(w[1].article, w[1].sentence): w for reading in every for w in _wrong(reading)}
    wrong = sorted(by_sentence.values(), key=lambda w: -w[0])
    missed = sorted((m for reading in every for m in _missed(reading)), key=lambda m: -m[0])
    half = count // 2
    return [mistake for _, mistake in (*wrong[: count - half], *missed[:half])]


def _wrong(reading: Reading) -> Iterator[tuple[float, Mistake]]:
    """Each wrong statement with its confidence."""
    for article, statement, right in judge(reading.corpus.facts, reading.statements):
        if not right:
            facts = reading.corpus.facts[article]
            expected = _same_pair(facts, statement) or _within(facts, statement["sentence"])
            said = f"{_short(statement)}, {statement['confidence']:.2f} sure"
            yield (
                statement["confidence"],
                Mistake(reading.corpus.name, article, statement["sentence"], said, _list(expected)),
            )


def _missed(reading: Reading) -> Iterator[tuple[int, Mistake]]:
    """Of each article the first fact missed, with how many are."""
    articles: dict[str, Article] = {article.id: article for article in reading.corpus.articles}
    missed: defaultdict[str, list[Json]] = defaultdict(list)
    for error in score(reading.corpus.facts, reading.statements).errors:
        if error.kind == "MISSED":
            missed[error.article].append(error.item)
    for article, facts in missed.items():
        fact = facts[0]
        sentence = _sentence(articles[article], fact.get("evidence", ""))
        statements = reading.found[article].statements
        said = _same_pair(statements, fact) or [s for s in statements if s["sentence"] == sentence]
        expected = f"{_short(fact)} (one of {len(facts)} missed in the article)"
        yield len(facts), Mistake(reading.corpus.name, article, sentence, _list(said), expected)


def _same_pair(items: Iterable[Json], item: Json) -> list[Json]:
    return [i for i in items if {i["holder"], i["target"]} == {item["holder"], item["target"]}]


def _within(facts: Iterable[Json], sentence: str) -> list[Json]:
    return [fact for fact in facts if fact.get("evidence") and fact["evidence"] in sentence]


def _sentence(article: Article, evidence: str) -> str:
    """The sentence of the article that holds the evidence, or begins with what it begins with."""
    pieces = [s for part in (Part.TEXT, Part.TITLE) for s in sentences.split(article.part(part), part)]
    for words in (evidence, evidence[:20]):
        for piece in pieces:
            if words in piece.text:
                return piece.text
    return evidence


def _list(items: Iterable[Json]) -> str:
    return "; ".join(dict.fromkeys(map(_short, items))) or NOTHING


def _short(item: Json) -> str:
    who = f"{item['holder']} ({item['via']})" if item.get("via") else item["holder"]
    what = (
        item["type"] if item["type"] in POLARITY else {1: "for", -1: "against", 0: "undecided about"}[item["polarity"]]
    )
    return f"{who} {what} {item['target']}"
