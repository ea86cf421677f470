"""Start stages: all in one process, or one of them."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import click

from entente.settings import Settings
from entente.stage import FACTORIES, run_stages

DEMO_FOLDER = Path("data/demo")


@click.command()
@click.option("--demo", is_flag=True, help="Also serve and poll a newsroom of our own on this machine.")
@click.pass_obj
def run(settings: Settings, *, demo: bool) -> None:
    """Everything in one process: poll, read, track, archive, alert. Ctrl-C stops it; nothing is lost.

    With --demo, six made-up outlets report the story of Indian alliances 2023 to 2025 on loopback, so that shifts can
    be watched with no network. A demo starts from nothing each time and keeps its files in data/demo.
    """
    if demo or settings.demo:
        settings = demo_settings(settings)
        shutil.rmtree(DEMO_FOLDER, ignore_errors=True)
    sys.exit(run_stages(list(FACTORIES), settings))


@click.command()
@click.pass_obj
def poll(settings: Settings) -> None:
    """The stage ingest alone: poll the feeds and publish new articles. One process polls all feeds.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 entente poll
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["ingest"], settings))


@click.command()
@click.pass_obj
def work(settings: Settings) -> None:
    """The stage processors alone: read articles, track stances.

    On Kafka start as many as articles have partitions (four); they share the work and take over from each other.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 entente work
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["processors"], settings))


@click.command()
@click.pass_obj
def sink(settings: Settings) -> None:
    """The stage sinks alone: keep the archive, match subscriptions, deliver alerts.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 ENTENTE_DATABASE_FILE=/run/secrets/database entente sink
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["sinks"], settings))


def demo_settings(settings: Settings) -> Settings:
    """Settings with the demo on, whose files that were left at their defaults stand in the demo's folder."""
    defaults = Settings()
    moved = {
        name: getattr(defaults, name).replace("data/", f"{DEMO_FOLDER}/", 1)
        for name in ("broker", "database", "feed_state", "alerts_file")
        if getattr(settings, name) == getattr(defaults, name)
    }
    return replace(settings, demo=True, **moved)
