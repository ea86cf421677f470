"""The commands `extract` and `explain`."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import BinaryIO

import click
from rich.console import Console
from rich.markup import escape

from entente.codec import encode
from entente.commands.settings import settings_of
from entente.errors import InputError
from entente.settings import Settings
from processors import articles_io
from processors.explaining import inputs, page, report, terminal
from processors.explaining.outline import outline
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

    FILE has one article a line, with the keys id, published (a date or date-time) and text, and perhaps outlet, title
    and url; sources are counted by outlet. `-` or nothing reads standard input. Each statement says who takes which
    stance toward whom, and points at its words.
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
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")
@click.option("--html", "html", metavar="FILE", help="One self-contained page into FILE, `-` for standard output.")
@click.option("--all", "everything", is_flag=True, help="Show all that was dropped, not only the first few.")
@click.argument("where", metavar="FILE|URL|-")
@click.pass_context
def explain(  # noqa: PLR0913 - a parameter for each option
    ctx: click.Context, *, further: tuple[str, ...], as_json: bool, html: str | None, everything: bool, where: str
) -> None:
    """One article: who is named, what is said, and why.

    The article comes from a text file (a first line with an empty line behind it is the title), an HTML file, the
    address of a page, a file of JSON with the keys of `entente extract` (the first article of JSON lines is taken), or
    by standard input for `-`. One that tells no day is read as published today: who belongs to whom depends on it.

    Shown are the article, its mentions coloured by kind and the words of each statement underlined and numbered; each
    statement with who says so and why it is as sure as it is; what was considered and dropped, and why; and who is
    named. --json gives the same to a script, with the keys article, actors, mentions, statements and dropped, of which
    article and statements are those of the topics.

    \b
    Example:  echo 'The JD(U) has quit the INDIA bloc.' | entente explain -
              entente explain --html explained.html https://news.example/politics/alliance-ends
              entente explain --json article.txt | jq -r '.statements[] | [.holder, .type, .target] | @tsv'
              sed -n 3p articles.jsonl | entente explain --pack my-country.yaml -
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    if as_json and html:
        raise click.UsageError("--json and --html are two forms of the same: choose one")
    settings = _settings(ctx, further)
    with Console(stderr=True).status(f"reading {escape(where)}"):
        article, more = inputs.article(inputs.load(where, settings), datetime.now(UTC))
        extractor = load_extractor(settings)
        reading, actors = extractor.read(article), extractor.actors
    if more:
        click.echo(f"entente: the first of {more + 1} articles; `sed -n 2p {where}` gives the next", err=True)
    if as_json:
        click.get_binary_stream("stdout").write(report.as_json(reading, actors))
    elif html:
        _write_page(html, page.as_html(outline(reading, actors)))
    else:
        Console().print(terminal.as_text(outline(reading, actors), everything=everything))


def _write_page(file: str, content: str) -> None:
    try:
        with click.open_file(file, "w", encoding="utf-8") as stream:
            stream.write(content)
    except OSError as error:
        raise InputError(f"--html {file}: {error.strerror or error}; give a file that can be written, or -") from error
    if file != articles_io.STANDARD_INPUT:
        click.echo(f"entente: wrote {file}", err=True)


def _settings(ctx: click.Context, further: tuple[str, ...]) -> Settings:
    settings = settings_of(ctx)
    return replace(settings, packs=(*settings.packs, *further))
