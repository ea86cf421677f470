"""Start stages: all in one process, or one of them."""

import shutil
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from entente.claim import Claim
from entente.commands.settings import pass_settings
from entente.errors import SettingsError
from entente.settings import PREFIX, Settings
from entente.stage import FACTORIES, run_stages

DEMO_FOLDER = Path("data/demo")
OWN = ("broker", "database", "feed_state", "alerts_file", "subscriptions")  # what a demo has of its own


@click.command()
@click.option("--demo", is_flag=True, help="Also serve and poll a newsroom of our own on this machine.")
@pass_settings
def run(settings: Settings, *, demo: bool) -> None:
    """Everything in one process: poll, read, track, archive, alert. Ctrl-C stops it; nothing is lost.

    With --demo, six made-up outlets report the story of Indian alliances 2023 to 2025 on loopback, so that shifts can
    be watched with no network. A demo starts from nothing each time and keeps its files in data/demo. What it makes up
    never goes where your own settings point: broker, archive and subscriptions are a demo's own.

    \b
    Look into it:  ENTENTE_DATABASE=sqlite:///data/demo/entente.db entente deliveries list
                   ENTENTE_BROKER=sqlite:///data/demo/log.db entente deadletters list
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    if not (demo or settings.demo):
        sys.exit(run_stages(list(FACTORIES), settings))
    with closing(_claim_demo()):
        _say_what_is_left_alone(settings)
        _empty_demo()
        sys.exit(run_stages(list(FACTORIES), demo_settings(settings)))


@click.command()
@pass_settings
def poll(settings: Settings) -> None:
    """The stage ingest alone: poll the feeds and publish new articles. One process polls all feeds.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 entente poll
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["ingest"], settings))


@click.command()
@pass_settings
def work(settings: Settings) -> None:
    """The stage processors alone: read articles, track stances.

    On Kafka start as many as articles have partitions (four); they share the work and take over from each other.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 entente work
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["processors"], settings))


@click.command()
@pass_settings
def sink(settings: Settings) -> None:
    """The stage sinks alone: keep the archive, match subscriptions, deliver alerts.

    \b
    Example:  ENTENTE_BROKER=kafka://localhost:9092 ENTENTE_DATABASE_FILE=/run/secrets/database entente sink
    """  # noqa: D301 - \b is click's mark for lines that stay as they are
    sys.exit(run_stages(["sinks"], settings))


def demo_settings(settings: Settings) -> Settings:
    """Settings with the demo on, whose files stand in the demo's folder."""
    defaults = Settings()
    own = {name: getattr(defaults, name).replace("data/", f"{DEMO_FOLDER}/", 1) for name in OWN}
    return replace(settings, demo=True, **own)


def _claim_demo() -> Claim:
    try:
        return Claim(DEMO_FOLDER.with_suffix(".lock"))
    except BlockingIOError as error:
        raise SettingsError(
            f"another demo runs in {DEMO_FOLDER}; stop it first, or start from another folder"
        ) from error
    except OSError as error:
        raise SettingsError(f"{DEMO_FOLDER}: {error.strerror}; a demo needs a folder where it can write") from error


def _say_what_is_left_alone(settings: Settings) -> None:
    defaults = Settings()
    yours = [f"{PREFIX}{name.upper()}" for name in OWN if getattr(settings, name) != getattr(defaults, name)]
    if yours:
        click.echo(f"a demo leaves {', '.join(yours)} alone and uses its own in {DEMO_FOLDER}", err=True)


def _empty_demo() -> None:
    try:
        if DEMO_FOLDER.exists():
            shutil.rmtree(DEMO_FOLDER)
    except OSError as error:
        raise SettingsError(f"{error.filename}: {error.strerror}; a demo starts from nothing: remove it") from error
