"""A reading shown to people: the article with its mentions, what was read in it, and what was dropped and why."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from entente.domain import ActorId, Mention, Part, Statement
from entente.packs import Actors
from processors.extraction.extract import Reading

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red", "bright_cyan", "bright_magenta", "bright_green",
            "bright_yellow", "bright_blue", "bright_red")  # fmt: skip
_UNNAMED = ("reference",)  # mentions that no name shows


def as_json(reading: Reading) -> bytes:
    """The reading as one JSON object with the keys article, mentions, statements and dropped."""
    return msgspec.json.format(msgspec.json.encode(reading), indent=2)


def as_text(reading: Reading, actors: Actors) -> RenderableType:
    """The reading for a terminal."""
    named = dict.fromkeys(m.actor for m in reading.mentions)
    colours = dict(zip(named, cycle(_COLOURS), strict=False))
    parts: list[RenderableType] = [*_article(reading, colours), _legend(reading, actors, colours)]
    parts += [_statement(statement, actors) for statement in reading.statements]
    if not reading.statements:
        parts.append(Text(_why_nothing(reading), style="italic"))
    if reading.dropped:
        parts.append(_dropped(reading, actors))
    return Group(*parts)


def _article(reading: Reading, colours: dict[ActorId, str]) -> Iterator[RenderableType]:
    for part in Part:
        content = reading.article.part(part)
        if not content:
            continue
        text = Text(content, style="bold" if part is Part.TITLE else "")
        _mark(text, [m for m in reading.mentions if m.part is part], colours)
        for statement in reading.statements:
            if statement.part is part:
                text.stylize("underline", statement.start, statement.end)
        yield text
        yield Text()


def _mark(text: Text, mentions: Sequence[Mention], colours: dict[ActorId, str]) -> None:
    for mention in mentions:
        style = colours[mention.actor] + (" italic" if mention.how in _UNNAMED else "")
        text.stylize(style, mention.start, mention.end)


def _legend(reading: Reading, actors: Actors, colours: dict[ActorId, str]) -> RenderableType:
    table = Table(title="Who is named", title_justify="left", box=None, pad_edge=False)
    table.add_column("actor")
    table.add_column("as")
    for actor, colour in colours.items():
        forms = dict.fromkeys(_form(m) for m in reading.mentions if m.actor == actor)
        table.add_row(Text(actors.short(actor), style=colour), Text(", ".join(forms)))
    return table


def _form(mention: Mention) -> str:
    who = f" = {mention.via}" if mention.via and mention.via != mention.surface else ""
    return mention.surface + (f" ({mention.how}{who})" if mention.how != "alias" or who else "")


def _statement(statement: Statement, actors: Actors) -> RenderableType:
    holder = actors.short(statement.holder) + (f" ({statement.via})" if statement.via else "")
    head = f"[bold]{escape(holder)}[/bold] {statement.type} [bold]{escape(actors.short(statement.target))}[/bold]"
    sentence = Text(statement.sentence)
    place = statement.sentence.find(statement.evidence)
    if place >= 0:
        sentence.stylize("underline", place, place + len(statement.evidence))
    facts = (
        f"{statement.polarity:+g}, {statement.modality}, "
        f"said by {' < '.join(statement.attribution)} ({statement.claim}); "
        f"confidence {statement.confidence:.2f}; rule {statement.rule}"
    )
    return Panel(Group(sentence, Text(facts, style="dim")), title=head, title_align="left")


def _dropped(reading: Reading, actors: Actors) -> RenderableType:
    table = Table(title="Considered and dropped", title_justify="left", box=None, pad_edge=False)
    for column in ("holder", "target", "why", "sentence"):
        table.add_column(column, overflow="fold")
    for item in reading.dropped:
        names: list[Any] = [actors.short(a) if a else "?" for a in (item.holder, item.target)]
        table.add_row(*map(Text, (*names, item.why, item.sentence)))
    return table


def _why_nothing(reading: Reading) -> str:
    named = {m.actor for m in reading.mentions}
    if not named:
        return "No actor of the packs is named: nothing was read. Other actors come with --pack FILE."
    if len(named) == 1:
        return "Only one actor is named: a stance needs two."
    return "No stance was found."
