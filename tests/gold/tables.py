"""The measurement as tables for a terminal."""

from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tests.gold.corpora import DESCRIPTIONS
from tests.gold.errors import Mistake
from tests.gold.figures import FIGURES, Calibration, Figures

NOT_KNOWN = "·"
NOT_HERE = "–"
ALMOST_ONE = 0.9995


def reading(rows: Mapping[str, Mapping[str, Figures]], absent: Iterable[str]) -> Table:
    """How well articles are read: a row for each corpus and reader, a column for each figure.

    Args:
        rows: figures by corpus and reader; the first reader is the product.
        absent: corpora that are not here.
    """
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("", no_wrap=True)
    for figure in FIGURES:
        table.add_column(figure.heading, justify="right", no_wrap=True, min_width=4)
    for corpus, of_readers in rows.items():
        for number, (reader, found) in enumerate(of_readers.items()):
            cells = [_figure(found.get(figure.key)) for figure in FIGURES]
            table.add_row(f"  {reader}" if number else corpus, *cells, style="dim" if number else "")
    for corpus in absent:
        table.add_row(corpus, *[NOT_HERE] * len(FIGURES), style="dim")
    return table


def legend(articles: Mapping[str, int], absent: Iterable[str]) -> Text:
    """What rows and columns mean.

    Args:
        articles: how many each corpus has.
        absent: corpora that are not here.
    """
    rows = [f"{corpus}: {count} articles {DESCRIPTIONS[corpus]}" for corpus, count in articles.items()]
    rows += [f"{corpus}: not here; articles {DESCRIPTIONS[corpus]}" for corpus in absent]
    columns = [f"{figure.key}: {figure.meaning}" for figure in FIGURES]
    return Text("\n".join(["", *rows, "", *columns]), style="dim")


def reliability(found: Calibration, corpora: Iterable[str]) -> RenderableType:
    """Confidence against what was right."""
    title = f"\nConfidence: {found.count} statements ({', '.join(corpora)}), expected calibration error {found.ece:.3f}"
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in ("confidence", "statements", "said", "right"):
        table.add_column(heading, justify="right")
    for b in found.bins:
        table.add_row(f"{b.low:.1f} to {b.high:.1f}", str(b.count), _figure(b.said), _figure(b.right))
    return Group(Text(title, style="bold"), table)


def errors(mistakes: Iterable[Mistake]) -> RenderableType:
    """The mistakes one below the other."""
    blocks: list[RenderableType] = [Text("\nThe worst errors", style="bold")]
    for number, m in enumerate(mistakes, start=1):
        blocks.append(Text.from_markup(f"{number:2} [bold]{escape(m.article)}[/] ({m.corpus})"))
        text = Text(m.sentence, style="dim") + Text(f"\nsaid:     {m.said}\nexpected: {m.expected}")
        blocks.append(Padding(text, (0, 0, 0, 3)))
    return Group(*blocks)


def _figure(value: float | None) -> str:
    """In four characters."""
    if value is None:
        return NOT_KNOWN
    return f"{value:.3f}"[1:] if value < ALMOST_ONE else f"{value:.{2 if value < 10 else 1}f}"
