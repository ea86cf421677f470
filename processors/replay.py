"""A file of articles through reading and tracking, as if it had been watched."""

from collections.abc import Iterator

import click

from entente.domain import Article, Shift, StanceLabel, Statement
from entente.errors import InputError
from entente.settings import Settings
from processors import articles_io
from processors.backtest import backtest, revisions
from processors.extraction.extract import load_extractor
from processors.tracking.shifts import prior


def shifts_of_file(settings: Settings, file: str, *, final: bool) -> Iterator[Shift]:
    """The shifts that the articles of a file show.

    Args:
        settings: for packs and pipeline.
        file: articles as JSON lines; `-` is standard input.
        final: the last form of each shift in order of its trigger, else every revision in the order of telling.

    Raises:
        InputError: the file cannot be read; or, after all shifts, some of its lines were no article.
    """
    extractor = load_extractor(settings)
    bad = 0

    def articles() -> Iterator[Article]:
        nonlocal bad
        with articles_io.opened(file) as stream:
            for article in articles_io.read_lines(articles_io.with_progress(stream), file):
                if isinstance(article, InputError):
                    bad += 1
                    click.echo(f"entente: {article}", err=True)
                else:
                    yield article

    def known(statement: Statement) -> StanceLabel | None:
        return prior(extractor.actors, statement.holder, statement.target, statement.published.date())

    replay = backtest if final else revisions
    yield from replay(articles(), lambda article: extractor.read(article).statements, known)
    if bad:
        raise InputError(f"{bad} {'line was' if bad == 1 else 'lines were'} no article and left out")
