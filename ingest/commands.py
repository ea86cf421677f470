"""The command `feeds`: how the feeds do, and what one of them brings."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table

from entente.addresses import networks
from entente.broker.sqlite import path_of
from entente.commands.settings import pass_settings
from entente.settings import Settings
from ingest.feeds import Feed, configured
from ingest.fetch import NO_VALIDATORS, FetchError, fetch, open_session
from ingest.guard import Guard
from ingest.parse import NotAFeedError, Parsed, parse
from ingest.state import Memory, State

_AT_ONCE = 8
_WIDE = 200  # columns where the output is no terminal


@click.group()
def feeds() -> None:
    """List the feeds and how they do; try one."""


@feeds.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """Every feed, when it last answered, when it last brought an article, and what is wrong with it."""
    path = path_of(settings.feed_state)
    state = State(path) if path.exists() else None
    now = datetime.now(UTC)
    table = Table("feed", "outlet", "every", "last ok", "last article", "fails", "next due", "error", box=None)
    table.columns[0].no_wrap = True
    for feed in configured(settings):
        known = state.recall(feed) if state else Memory()
        table.add_row(
            feed.id,
            feed.outlet,
            _span(feed.every),
            _ago(known.last_ok, now),
            _ago(known.last_article, now),
            str(known.fails or ""),
            _ahead(known.next_due, now),
            known.error or "",
        )
    if state:
        state.close()
    console = Console()
    (console if console.is_terminal else Console(width=_WIDE)).print(table)


@feeds.command()
@click.argument("which", metavar="[URL|ID]", required=False)
@pass_settings
def check(settings: Settings, which: str | None) -> None:
    """Fetch a feed once, by its address or its id, and say what came; without an argument all feeds.

    Nothing is published and nothing remembered. The exit status is 1 when a feed does not do.
    """
    guard = Guard(networks(settings.allow_private))
    findings = asyncio.run(_check_all(_chosen(settings, which), guard, settings.user_agent))
    sys.exit(0 if all(findings) else 1)


def _chosen(settings: Settings, which: str | None) -> Sequence[Feed]:
    if which and which.startswith(("http://", "https://")):
        return [Feed(which, which, which, "XX", "und", timedelta(hours=1))]
    chosen = [feed for feed in configured(settings) if which in (None, feed.id)]
    if not chosen:
        raise click.BadParameter(f"no feed {which!r}; `entente feeds list` shows them, or give an address with http")
    return chosen


async def _check_all(chosen: Sequence[Feed], guard: Guard, user_agent: str) -> list[bool]:
    places = asyncio.Semaphore(_AT_ONCE)
    async with open_session(guard, user_agent) as session:

        async def check_one(feed: Feed) -> bool:
            async with places:
                now = datetime.now(UTC)
                try:
                    document = await fetch(session, feed.url, NO_VALIDATORS, now)
                    parsed = await asyncio.to_thread(parse, document.body or b"", document.content_type, now)
                except (FetchError, NotAFeedError) as error:
                    click.echo(f"{feed.id}: {error}")
                    return False
                click.echo(f"{feed.id}: {_said(parsed, now)}")
                return bool(parsed.items)

        return await asyncio.gather(*map(check_one, chosen))


def _said(parsed: Parsed, now: datetime) -> str:
    if not parsed.items:
        return "a feed without items"
    newest = max(parsed.items, key=lambda item: item.published or datetime.min.replace(tzinfo=UTC))
    length = sum(len(item.text) for item in parsed.items) // len(parsed.items)
    notes = [f"{len(parsed.items)} items of {length} characters on average"]
    if parsed.skipped:
        notes.append(f"{parsed.skipped} empty or listed twice")
    if parsed.truncated:
        notes.append("breaks off")
    return (
        f"{', '.join(notes)}; newest {_ago(newest.published, now) or 'without a date'}: {newest.title or '(no title)'}"
    )


def _ago(time: datetime | None, now: datetime) -> str:
    return f"{_span(now - time)} ago" if time else ""


def _ahead(time: datetime | None, now: datetime) -> str:
    if time is None:
        return ""
    return f"in {_span(time - now)}" if time > now else "now"


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
