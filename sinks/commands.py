"""The commands `subscriptions` and `deliveries`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from entente import packs
from entente.commands.settings import pass_settings
from entente.errors import InputError, SettingsError
from entente.settings import Settings
from sinks.alerts import render, sample
from sinks.alerts import subscriptions as files
from sinks.alerts.subscriptions import Subscription
from sinks.archive import outbox
from sinks.archive.database import is_away, migrate, open_database
from sinks.archive.outbox import GIVEN_UP, DeliveryStatus
from sinks.channels.base import Result
from sinks.registry import open_channel


@click.group()
def subscriptions() -> None:
    """Who is told what, and how: list, check, test."""


@subscriptions.command("list")
@pass_settings
def list_subscriptions(settings: Settings) -> None:
    """One line for each: id, title, channels."""
    for subscription in _load(settings):
        channels = ", ".join(config.name for config in subscription.channels)
        click.echo(f"{subscription.id}  {subscription.title}  →  {channels}")


@subscriptions.command()
@pass_settings
def check(settings: Settings) -> None:
    """Say what is wrong in the file, if anything is."""
    found = _load(settings)
    click.echo(f"{settings.subscriptions or files.built_in()}: {len(found)} subscriptions, nothing is wrong")


@subscriptions.command()
@click.argument("subscription_id", metavar="ID")
@pass_settings
def test(settings: Settings, subscription_id: str) -> None:
    """Send one alert, marked as a test, through the channels of the subscription ID, and show what came of it.

    It is sent once: nothing is archived, retried or counted. The exit status is 1 if a channel did not take it.
    """
    found = {subscription.id: subscription for subscription in _load(settings)}
    subscription = found.get(subscription_id)
    if subscription is None:
        raise InputError(f"no subscription {subscription_id!r}; known: {', '.join(found)}")
    announcement = sample.sample(subscription.id, datetime.now(UTC))
    message = render.message(announcement, subscription.title, sample.ACTORS, test=True)
    failed = False
    for config in subscription.channels:
        channel = open_channel(config, settings)
        try:
            outcome = channel.send(message)
        finally:
            channel.close()
        failed = failed or outcome.result is not Result.DELIVERED
        said = "failed" if outcome.result is Result.RETRY else outcome.result  # nothing is tried again here
        click.echo(f"{config.name}: {said}, {outcome.detail}")
    sys.exit(1 if failed else 0)


@click.group()
def deliveries() -> None:
    """What was sent to whom, and what could not be: list, replay."""


@deliveries.command("list")
@click.option("--failed", is_flag=True, help="Only those that were given up.")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
@pass_settings
def list_deliveries(settings: Settings, limit: int, *, failed: bool) -> None:
    """One line for each: id, time, status, channel, subscription, attempts, last error."""
    with _archive(settings) as connection:
        found = outbox.recent(connection, limit, GIVEN_UP if failed else tuple(DeliveryStatus))
    for delivery in found:
        alert = delivery.announcement.alert
        click.echo(
            f"{delivery.id}  {delivery.created_at:%Y-%m-%d %H:%M:%S}  {delivery.status:<9}  {delivery.channel}  "
            f"{alert.subscription}  {delivery.attempts}x  {delivery.error or ''}".rstrip()
        )


@deliveries.command()
@click.argument("delivery_id", metavar="ID", required=False)
@click.option("--all", "every", is_flag=True, help="All that were given up.")
@pass_settings
def replay(settings: Settings, delivery_id: str | None, *, every: bool) -> None:
    """Send again the delivery ID, or --all that were given up; a channel that its receiver closed is opened again.

    A running `entente run` or `entente sink` sends them, with the same message id as before.
    """
    if (delivery_id is None) is not every:
        raise click.UsageError("say which: ID or --all")
    with _archive(settings) as connection:
        count = outbox.replay(connection, delivery_id, datetime.now(UTC))
    if delivery_id and not count:
        raise InputError(f"no delivery has the id {delivery_id!r}; see `entente deliveries list`")
    click.echo(f"{count} deliveries are due again")


def _load(settings: Settings) -> tuple[Subscription, ...]:
    return files.load(settings.subscriptions, packs.load(settings.packs))


@contextmanager
def _archive(settings: Settings) -> Iterator[Connection]:
    engine = open_database(settings.database)
    try:
        migrate(engine)
        with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if not is_away(error):
            raise
        raise SettingsError(f"ENTENTE_DATABASE does not answer: {error.orig}") from error
    finally:
        engine.dispose()
