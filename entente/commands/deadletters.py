"""Look at the messages that could not be handled, and send them again."""

import click

from entente import deadletters as letters
from entente.broker.sqlite import path_of
from entente.commands.run import DEMO_FOLDER, demo_settings
from entente.commands.settings import pass_settings
from entente.deadletters import Letter
from entente.errors import InputError
from entente.settings import Settings


@click.group()
def deadletters() -> None:
    """Messages that could not be handled: list, show, replay.

    A message goes to the dead letters, as it was, when it can never be read or when reading it failed twice. Mend
    what was wrong (mostly: upgrade), then replay it; what is told twice is recognised and counted once.
    """


@deadletters.command("list")
@pass_settings
def list_(settings: Settings) -> None:
    """One line for each: number, time, topic, place, attempts, error."""
    found = False
    for letter in letters.read(settings.broker):
        found = True
        word = letter.word
        error = word.error if len(word.error) <= 120 else word.error[:119] + "…"  # noqa: PLR2004 - fits a terminal
        click.echo(
            f"{letter.number:>5}  {word.at:%Y-%m-%d %H:%M:%S}  {word.topic}:{word.partition}:{word.offset}"
            f"  {word.place}  {word.attempt}x  {error}"
        )
    if not found:
        click.echo(f"none yet on {settings.broker}", err=True)
        _point_to_demo(settings)


@deadletters.command()
@click.argument("number", type=int)
@pass_settings
def show(settings: Settings, number: int) -> None:
    """Everything that is known of one."""
    letter = next((letter for letter in letters.read(settings.broker) if letter.number == number), None)
    if letter is None:
        raise InputError(f"no dead letter has the number {number}; see `entente deadletters list`")
    word = letter.word
    for name in ("topic", "partition", "offset", "place", "attempt", "error"):
        click.echo(f"{name}: {getattr(word, name)}")
    click.echo(f"at: {word.at.isoformat()}")
    click.echo(f"key: {'' if word.key is None else word.key.decode(errors='backslashreplace')}")
    for name, value in word.headers.items():
        click.echo(f"header {name}: {value}")
    click.echo(word.value.decode(errors="backslashreplace"))


@deadletters.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All of them.")
@click.option("--topic", help="Those of this topic.")
@click.option("--place", help="Those that this agent or sink gave up.")
@pass_settings
def replay(settings: Settings, numbers: tuple[int, ...], *, every: bool, topic: str | None, place: str | None) -> None:
    """Send messages again to the topic they came from, by NUMBERS or by --all, --topic, --place."""
    if not (numbers or every or topic or place):
        raise click.UsageError("say which: NUMBERS, --topic, --place or --all")

    def wanted(letter: Letter) -> bool:
        return (
            (not numbers or letter.number in numbers)
            and (topic is None or letter.word.topic == topic)
            and (place is None or letter.word.place == place)
        )

    count = 0
    for letter in letters.replay(settings.broker, wanted):
        click.echo(f"{letter.number}: sent to {letter.word.topic} again")
        count += 1
    click.echo(f"{count} sent again", err=True)


def _point_to_demo(settings: Settings) -> None:
    demo = demo_settings(settings).broker
    if path_of(demo).exists() and settings.broker != demo:
        click.echo(f"for the demo's in {DEMO_FOLDER}: ENTENTE_BROKER={demo} entente deadletters list", err=True)
