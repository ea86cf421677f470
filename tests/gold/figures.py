"""How well a corpus was read, in figures; and how far the reader's own confidence can be trusted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.gold.corpora import SEED_ARTICLES, SENTENCES, Reading
from tests.gold.score import Gold, Json, has_inward, matches, score, signed, surname

BINS = 10  # of confidence, equally wide
DINNER = "003"  # the seed that lists who sat at a meeting of an alliance


@dataclass(frozen=True)
class Figure:
    """A column of the table."""

    key: str
    heading: str
    meaning: str
    lower_is_better: bool = False


FIGURES = (
    Figure("pair_f1", "pair\nF1", "who about whom"),
    Figure("sign_precision", "sign\nP", "who about whom, for or against: how much of what is said is right"),
    Figure("sign_recall", "\nR", "how many facts of tier A are found"),
    Figure("sign_f1", "\nF1", "the harmonic mean of the two"),
    Figure("type_precision", "type\nP", "who about whom, and which of the 16 types"),
    Figure("type_recall", "\nR", "how many facts of tier A are found with their type"),
    Figure("type_f1", "\nF1", "the harmonic mean of the two"),
    Figure("tier_a_recall", "tier\nA", "pairs with a fact of tier A of which anything is said"),
    Figure("via_recall", "via\nR", "the person who speaks or acts, where a fact of tier A has one"),
    Figure("modality", "moda\nlity", "is right, of the facts of tier A found with their type"),
    Figure("claim", "who\nsays", "is right, of the same"),
    Figure("evidence", "evid\nence", "shares half of its words, or of the gold's, of the same"),
    Figure(
        "invented", "made\nup", "statements in each look-alike, an article without any stance", lower_is_better=True
    ),
    Figure("attendees", "pre\nsent", "people named as present at a dinner who are known with their party"),
)
CALIBRATION = "calibration"  # a corpus of its own in JSON and floors: dev and the countries held out
ECE = Figure("ece", "ECE", "expected calibration error", lower_is_better=True)
BY_KEY = {figure.key: figure for figure in (*FIGURES, ECE)}

Figures = Mapping[str, float]


def figures(reading: Reading) -> dict[str, float]:
    """The figures that can be known of the corpus, by their keys."""
    result = score(reading.corpus.facts, reading.statements)
    pair, by_sign, by_type = (result.levels[level] for level in ("pair", "sign", "type"))
    found = {
        "pair_f1": pair.f1,
        "sign_precision": by_sign.precision,
        "sign_recall": by_sign.recall,
        "sign_f1": by_sign.f1,
        "tier_a_recall": pair.recall,
    }
    if reading.corpus.name == SENTENCES:  # nothing more is known of them
        return found
    found |= {
        "type_precision": by_type.precision,
        "type_recall": by_type.recall,
        "type_f1": by_type.f1,
        "via_recall": result.via.value,
    }
    known = {key for facts in reading.corpus.facts.values() for fact in facts for key in fact}
    found |= {name: share.value for name, share in result.attributes.items() if name in known}
    if alike := reading.corpus.look_alikes:
        found["invented"] = sum(len(reading.found[article].statements) for article in alike) / len(alike)
    if reading.corpus.name == SEED_ARTICLES:
        found["attendees"] = attendees(reading)
    return found


def attendees(reading: Reading) -> float:
    """Share of the people named as present at the dinner who are known as their party's, which is said to have met.

    A statement stands for a party however many of its people came; who they are, the mentions say.
    """
    named = {
        (fact["holder"], who)
        for fact in reading.corpus.facts[DINNER]
        if fact["type"] == "MEET"
        and (fact["tier"], fact["modality"]) == ("A", "asserted")
        and (who := surname(fact["via"]))
    }
    read = reading.found[DINNER]
    present = {s["holder"] for s in read.statements if s["type"] == "MEET"}
    known = {(m.actor, surname(m.surface)) for m in read.mentions if m.via and m.actor in present}
    return len(named & known) / len(named)


@dataclass(frozen=True)
class Bin:
    """The statements within a range of confidence."""

    low: float
    high: float
    count: int
    said: float  # mean confidence
    right: float  # share whose holder, sign and target stand in the gold


@dataclass(frozen=True)
class Calibration:
    """What confidence says against what was right, as a reliability table (DeGroot & Fienberg 1983)."""

    bins: Sequence[Bin]
    ece: float  # expected calibration error (Naeini et al. 2015): mean distance of the two, weighted by count

    @property
    def count(self) -> int:
        """Statements in it."""
        return sum(b.count for b in self.bins)


def calibration(readings: Iterable[Reading]) -> Calibration:
    """The reliability of the confidence of all statements of the readings."""
    judged = [
        (statement["confidence"], right)
        for reading in readings
        for _, statement, right in judge(reading.corpus.facts, reading.statements)
    ]
    bins: list[Bin] = []
    for number in range(BINS):
        inside = [(c, r) for c, r in judged if min(int(c * BINS), BINS - 1) == number]
        if inside:
            said, right = (sum(column) / len(inside) for column in zip(*inside, strict=True))
            bins.append(Bin(number / BINS, (number + 1) / BINS, len(inside), said, right))
    total = len(judged)
    return Calibration(bins, sum(b.count * abs(b.said - b.right) for b in bins) / total if total else 0.0)


def judge(gold: Gold, statements: Iterable[Json]) -> Iterable[tuple[str, Json, bool]]:
    """Article, statement, and whether its holder, sign and target are those of a fact of either tier."""
    inward = has_inward(gold)
    for statement in map(signed, statements):
        if inward or statement["holder"] != statement["target"]:  # as the score leaves them out
            article = statement["article_id"]
            yield article, statement, any(matches(fact, statement, "sign") for fact in gold[article])
