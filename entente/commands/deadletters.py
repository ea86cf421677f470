"""Look at the messages that could not be handled, and send them again."""

import click

from entente import deadletters as letters
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
@click.pass_obj
def list_(settings: Settings) -> None:
    """One line for each: number, time, topic, place, attempts, error."""
    for letter in letters.read(settings.broker):
        word = letter.word
        error = word.error if len(word.error) <= 120 else word.error[:119] + "…"  # noqa: PLR2004 - fits a terminal
        click.echo(
            f"{letter.number:>5}  {word.at:%Y-%m-%d %H:%M:%S}  {word.topic}:{word.partition}:{word.offset}"
            f"  {word.place}  {word.attempt}x  {error}"
        )


@deadletters.command()
@click.argument("number", type=int)
@click.pass_obj
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
@click.pass_obj
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
