"""An extractor that reads what a test writes: one line, one statement; and lines that make it fail.

    jdu EXIT nda        a statement, and a mention of its holder
    fault raise         raise an error
    fault die           end the process
    fault die for good  end the process, and no other one can load
    fault slow          take two seconds

Faults only happen while the file that STANDIN_FAULTS names exists, so that a test can mend them.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from entente.domain import ActorId, Article, ArticleId, Mention, Part, Statement, StatementId, StatementType
from entente.settings import Settings
from processors.extraction.extract import Extractor, Reading
from tests import builders

FAULTS = "STANDIN_FAULTS"
SLOW = 2.0  # seconds


class StandInExtractor(Extractor):
    """Reads lines."""

    def __init__(self) -> None:
        """No actors and no pipeline are needed."""

    def read(self, article: Article) -> Reading:
        """What its lines say."""
        for line in article.text.splitlines():
            if line.startswith("fault ") and Path(os.environ.get(FAULTS, "/nonexistent")).exists():
                _fail(line.removeprefix("fault "))
        statements = tuple(_statements(article))
        mentions = tuple(
            Mention(statement.holder, statement.holder, Part.TEXT, statement.start, statement.end, "alias")
            for statement in statements
        )
        return Reading(article, mentions, statements, ())


def statements_in(article: Article) -> tuple[Statement, ...]:
    """The statements of one article."""
    return StandInExtractor().read(article).statements


def load(_settings: Settings) -> StandInExtractor:
    """As processors.extraction.extract.load_extractor."""
    if _unloadable().exists():
        raise LookupError("nothing can be loaded any more")
    return StandInExtractor()


def refuse(_settings: Settings) -> StandInExtractor:
    """A factory that cannot load what it needs."""
    raise LookupError("no pipeline of that name")


def news(number: int, *lines: str) -> Article:
    """The article of that number, in which these lines stand; by default a statement of a pair of its own."""
    return builders.article(
        id=ArticleId(f"a{number:04}"),
        title=f"Report {number}",
        text="\n".join(lines or (f"party-{number} EXIT nda",)),
        published=builders.day(number),
    )


def _statements(article: Article) -> Iterator[Statement]:
    start = 0
    for line in article.text.splitlines():
        words = line.split()
        if len(words) == 3 and words[1] in StatementType.__members__:
            yield builders.statement(
                id=StatementId(f"{article.id}.{start}"),
                article_id=article.id,
                outlet=article.outlet,
                url=article.url,
                published=article.published,
                holder=ActorId(words[0]),
                type=StatementType[words[1]],
                target=ActorId(words[2]),
                evidence=line,
                start=start,
                end=start + len(line),
            )
        start += len(line) + 1


def _unloadable() -> Path:
    return Path(os.environ.get(FAULTS, "/nonexistent") + ".unloadable")


def _fail(how: str) -> None:
    if how == "raise":
        raise RuntimeError("this article cannot be read")
    if how == "die for good":
        _unloadable().touch()
    if how.startswith("die"):
        os._exit(9)
    time.sleep(SLOW)
