"""An explained article for a terminal; without colours the brackets and numbers still tell everything."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from entente.domain import ActorKind
from processors.explaining.outline import LeftOut, Line, Outline
from processors.explaining.passages import Paragraph, Passage

FOLDED = 8  # of what was dropped, as many are shown unless all are asked for
_SENTENCE = 160  # characters of a dropped sentence, as far
_STYLES = {
    ActorKind.PARTY: "cyan",
    ActorKind.ALLIANCE: "magenta",
    ActorKind.PERSON: "green",
    ActorKind.GOVERNMENT: "yellow",
    ActorKind.OTHER: "blue",
}
_NOTE = "dim"


def as_text(outline: Outline, *, everything: bool = False) -> RenderableType:
    """The outline for a terminal.

    Args:
        outline: the article explained.
        everything: show all that was dropped, whole.
    """
    parts: list[RenderableType] = [*_article(outline), *_heading("Statements", len(outline.statements))]
    parts += [_statement(line) for line in outline.statements]
    if outline.nothing:
        parts.append(Text(outline.nothing, style="italic"))
    if outline.dropped:
        parts += _dropped(outline.dropped, everything=everything)
    if outline.named:
        parts += [*_heading("Who is named", len(outline.named)), _named(outline)]
    return Group(*parts)


def _article(outline: Outline) -> Iterator[RenderableType]:
    yield Text(outline.about + (f", {outline.url}" if outline.url else ""), style=_NOTE)
    yield Text()
    for paragraph in outline.title:
        yield _paragraph(paragraph, "bold")
        yield Text()
    for paragraph in outline.text:
        yield _paragraph(paragraph, "")
        yield Text()
    if outline.named:
        yield _legend(outline)


def _paragraph(paragraph: Paragraph, style: str) -> Text:
    text = Text(style=style)
    for passage in paragraph:
        text.append(passage.text, _style(passage))
        if passage.meant:
            text.append(f" [= {', '.join(passage.meant)}]", _NOTE)
        if passage.ends:
            text.append("".join(f"[{number}]" for number in passage.ends), "bold")
    return text


def _style(passage: Passage) -> str:
    styles = ["underline"] if passage.evidence else []
    if passage.marks:
        mark = passage.marks[0]
        styles += [_STYLES[mark.kind], _NOTE if mark.is_reference else "bold"]
    return " ".join(styles)


def _legend(outline: Outline) -> Text:
    legend = Text("Named: ", style=_NOTE)
    for kind in outline.kinds:
        legend.append(f"{kind} ", f"not dim bold {_STYLES[kind]}")
    legend.append("· [= whom words without a name mean] · ")
    legend.append("words of statement", "underline")
    legend.append(" [number]")
    return legend


def _heading(title: str, count: int) -> Iterator[RenderableType]:
    yield Text()
    yield Rule(Text(f"{title} ({count})", style="bold"), align="left", style=_NOTE)


def _statement(line: Line) -> RenderableType:
    head = Text()
    head.append(line.holder.name, f"bold {_STYLES[line.holder.kind]}")
    head.append(f" ({line.via})" if line.via else "", _STYLES[ActorKind.PERSON])
    head.append(" — ")
    head.append(line.type, "bold")
    head.append(" — ")
    head.append(line.target.name, f"bold {_STYLES[line.target.kind]}")
    facts = Text(f"polarity {line.polarity} · {line.modality} · claim {line.claim} · said by {line.said_by}")
    evidence = Text("“").append(line.evidence, "underline").append("”")
    why = Text(f"confidence {line.confidence}: {'; '.join(line.reasons)}", style=_NOTE)
    return _numbered(f"[{line.number}]", (head, facts, evidence, why))


def _numbered(number: str, lines: Sequence[Text]) -> RenderableType:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=4, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(number, style="bold"), Text("\n").join(lines))
    return Padding(grid, (0, 0, 1, 0))


def _dropped(items: Sequence[LeftOut], *, everything: bool) -> Iterator[RenderableType]:
    yield from _heading("Considered and dropped", len(items))
    for item in items if everything else items[:FOLDED]:
        sentence = item.sentence if everything else shorten(item.sentence, _SENTENCE, placeholder=" …")
        head = Text(f"{item.holder} → {item.target}: ").append(item.why, "bold")
        rest = Text(f"“{sentence}”" + (f" rule {item.rule}" if item.rule else ""), style=_NOTE)
        yield _numbered("–", (head, rest))
    if not everything and len(items) > FOLDED:
        yield Text(f"{len(items) - FOLDED} more; --all shows every one.", style="italic")


def _named(outline: Outline) -> RenderableType:
    table = Table(box=None, pad_edge=False)
    table.add_column("actor", overflow="fold")
    table.add_column("kind")
    table.add_column("times", justify="right")
    table.add_column("as", overflow="fold")
    for row in outline.named:
        name = Text(row.actor.name, style=_STYLES[row.actor.kind])
        table.add_row(name, Text(row.actor.kind), Text(str(row.times)), Text(", ".join(row.forms)))
    return table
