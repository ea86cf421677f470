"""What is known of a passage: the stances it reports, and those its article reports in other words elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from entente.domain import ActorId, Claim, Modality, Part, StatementType
from processors.extraction.sentences import Sentence
from processors.training.corpus import Annotated, Json

_DEFENSIBLE = 0.5  # weight of a fact of tier B, and of the actors that are equally right


@dataclass(frozen=True)
class Label:
    """A stance that a sentence reports."""

    holder: ActorId
    target: ActorId
    type: StatementType
    also: frozenset[StatementType]  # equally right
    modality: Modality
    claim: Claim
    evidence: tuple[int, int] | None  # in the part of the article; None where it is not known
    weight: float


@dataclass(frozen=True)
class Located:
    """A label with the part and the place of its words."""

    part: Part
    start: int
    label: Label


def of_article(annotated: Annotated) -> list[Located]:
    """The facts of the article, one label for each pair that is right."""
    return [located for fact in annotated.facts for located in _located(annotated, fact)]


def in_sentence(found: Sequence[Located], sentence: Sentence) -> list[Label]:
    """Those whose words begin in the sentence."""
    return [f.label for f in found if f.part is sentence.part and sentence.start <= f.start < sentence.end]


def _located(annotated: Annotated, fact: Json) -> Iterator[Located]:
    if fact["holder"] == fact["target"]:
        return
    words = fact["evidence"]
    part = Part.TEXT if words in annotated.article.text else Part.TITLE
    start = annotated.article.part(part).find(words)
    if not words or start < 0:
        raise ValueError(f"article {annotated.article.id}: the evidence {words!r} does not stand in it")
    for holder in options(fact, "holder"):
        for target in options(fact, "target"):
            if holder == target:
                continue
            plain = holder == fact["holder"] and target == fact["target"]
            label = Label(
                holder=ActorId(holder),
                target=ActorId(target),
                type=StatementType(fact["type"]),
                also=frozenset(StatementType(t) for t in fact.get("also") or ()),
                modality=Modality(fact["modality"]),
                claim=Claim(fact["claim"]),
                evidence=(start, start + len(words)),
                weight=1.0 if plain and fact["tier"] == "A" else _DEFENSIBLE,
            )
            yield Located(part, start, label)


def options(fact: Json, key: str) -> list[str]:
    """The actors that are right as holder or target, the one given first."""
    also = fact.get("also_" + key) or []
    return [fact[key], *([also] if isinstance(also, str) else also)]
