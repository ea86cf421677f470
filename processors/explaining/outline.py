"""What a reading says in words that people read: the same for the terminal and the page. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from entente.domain import ActorId, ActorKind, Article, Mention, Part, Statement
from entente.packs import Actors
from processors.explaining import reasons
from processors.explaining.names import Named, Names, shown
from processors.explaining.passages import Paragraph, paragraphs
from processors.extraction.extract import Dropped, Reading

NOBODY = "(nobody named)"


@dataclass(frozen=True)
class Line:
    """A statement."""

    number: int
    holder: Named
    via: str | None
    type: str
    target: Named
    polarity: str  # with its sign
    modality: str
    claim: str
    said_by: str  # the chain of attribution, the nearest voice first
    evidence: str
    confidence: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class LeftOut:
    """What was considered and dropped."""

    holder: str
    target: str
    rule: str
    why: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """An actor and the words that name it."""

    actor: Named
    times: int
    forms: tuple[str, ...]  # each once, in the article's order


@dataclass(frozen=True)
class Outline:
    """An article explained."""

    heading: str
    about: str  # outlet and day
    url: str | None  # only if a browser may be sent there
    language: str | None
    kinds: tuple[ActorKind, ...]  # of those named
    title: tuple[Paragraph, ...]
    text: tuple[Paragraph, ...]
    statements: tuple[Line, ...]
    nothing: str  # why there is no statement; empty where there is one
    dropped: tuple[LeftOut, ...]
    named: tuple[Row, ...]


def outline(reading: Reading, actors: Actors) -> Outline:
    """The reading in words."""
    article, names = reading.article, Names(actors)
    kinds = {names.mark(mention).kind for mention in reading.mentions}
    return Outline(
        heading=shown(article.title) or f"Article {shown(article.id)}",
        about=_about(article),
        url=article.url if article.url and _is_web(article.url) else None,
        language=article.language,
        kinds=tuple(kind for kind in ActorKind if kind in kinds),
        title=paragraphs(reading, Part.TITLE, names),
        text=paragraphs(reading, Part.TEXT, names),
        statements=tuple(_line(number, s, names) for number, s in enumerate(reading.statements, start=1)),
        nothing="" if reading.statements else _why_nothing(reading),
        dropped=tuple(_left_out(item, names) for item in reading.dropped),
        named=tuple(_rows(reading, names)),
    )


def _about(article: Article) -> str:
    day = f"read as of {article.published:%Y-%m-%d}"  # who belongs to whom depends on it
    return f"{shown(article.outlet)}, {day}" if article.outlet else day


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def _line(number: int, statement: Statement, names: Names) -> Line:
    return Line(
        number=number,
        holder=names.of(statement.holder),
        via=shown(statement.via) if statement.via else None,
        type=statement.type,
        target=names.of(statement.target),
        polarity=f"{statement.polarity:+g}" if statement.polarity else "0",
        modality=statement.modality,
        claim=statement.claim,
        said_by=" < ".join(map(names.voice, statement.attribution)),
        evidence=" ".join(shown(statement.evidence).split()),
        confidence=f"{statement.confidence:.2f}",
        reasons=reasons.of(statement),
    )


def _left_out(item: Dropped, names: Names) -> LeftOut:
    holder, target = (names.of(actor).name if actor else NOBODY for actor in (item.holder, item.target))
    return LeftOut(holder, target, item.rule, item.why, " ".join(shown(item.sentence).split()))


def _rows(reading: Reading, names: Names) -> Iterator[Row]:
    by_actor: dict[ActorId, list[Mention]] = {}
    for mention in reading.mentions:
        by_actor.setdefault(mention.actor, []).append(mention)
    for actor, found in sorted(by_actor.items(), key=lambda item: -len(item[1])):
        forms = Counter(_form(mention, names) for mention in found)
        yield Row(names.of(actor), len(found), tuple(f"{f} ({n} times)" if n > 1 else f for f, n in forms.items()))


def _form(mention: Mention, names: Names) -> str:
    words = " ".join(shown(mention.surface).split())
    mark = names.mark(mention)
    return words if mark.meant == words or not (mention.via or mark.is_reference) else f"{words} = {mark.meant}"


def _why_nothing(reading: Reading) -> str:
    named = {mention.actor for mention in reading.mentions}
    if not named:
        return "No actor of the packs is named: nothing was read. Other actors come with --pack FILE."
    if len(named) == 1:
        return "Only one actor is named: a stance needs two."
    return "No stance was found."
