"""The commands `extract` and `explain`."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

import click
from rich.console import Console

from entente import packs
from entente.codec import encode
from entente.errors import InputError
from entente.settings import Settings
from processors import articles_io
from processors import explain as explaining
from processors.extraction.extract import Extractor, load_extractor

_pack_option = click.option(
    "--pack",
    "further",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A further actor pack (YAML); may be given again, later ones override by id.",
)


@click.command()
@_pack_option
@click.argument("file", default=articles_io.STANDARD_INPUT)
@click.pass_context
def extract(ctx: click.Context, further: tuple[str, ...], file: str) -> None:
    """Articles (JSON lines) to statements (JSON lines).

    FILE has one article a line, with the keys id, url, outlet, published (a date or date-time), title and text; `-` or
    nothing reads standard input. Each statement says who takes which stance toward whom, and points at its words.
    A line that is no article is reported and left out; the exit status is then 1.

    \b
    Example:  entente extract articles.jsonl > statements.jsonl
              zcat archive.jsonl.gz | entente extract --pack my-country.yaml - | jq .type
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    extractor = load_extractor(_settings(ctx, further))
    with articles_io.opened(file) as stream:
        bad = _extract_all(extractor, articles_io.with_progress(stream), file, sys.stdout.buffer)
    if bad:
        click.echo(f"entente: {bad} {'line was' if bad == 1 else 'lines were'} no article and left out", err=True)
        ctx.exit(1)


def _extract_all(extractor: Extractor, lines: Iterable[str], name: str, out: BinaryIO) -> int:
    """Write the statements of all lines; how many lines were no article."""
    bad = 0
    for article in articles_io.read_lines(lines, name):
        if isinstance(article, InputError):
            bad += 1
            click.echo(f"entente: {article}", err=True)
            continue
        out.writelines(encode(statement) + b"\n" for statement in extractor.read(article).statements)
        out.flush()
    return bad


@click.command()
@_pack_option
@click.option("--json", "as_json", is_flag=True, help="The reading as JSON instead of text.")
@click.argument("file")
@click.pass_context
def explain(ctx: click.Context, further: tuple[str, ...], as_json: bool, file: str) -> None:  # noqa: FBT001 - a flag of click
    """One article: who is named, what is said, and why.

    FILE is plain text (read as published today), or JSON with the keys of `entente extract`, of which the first
    article is taken; `-` is standard input. Mentions are coloured, the words that show a stance underlined; below
    stands what was considered and dropped, and why.

    \b
    Example:  entente explain article.txt
              echo 'The JD(U) has quit the INDIA bloc.' | entente explain -
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    settings = _settings(ctx, further)
    with articles_io.opened(file) as stream:
        article = articles_io.read_one(stream, file, datetime.now(UTC))
    reading = load_extractor(settings).read(article)
    if as_json:
        click.echo(explaining.as_json(reading))
    else:
        Console().print(explaining.as_text(reading, packs.load(settings.packs)))


def _settings(ctx: click.Context, further: tuple[str, ...]) -> Settings:
    settings: Settings = ctx.obj
    return replace(settings, packs=(*settings.packs, *further))
