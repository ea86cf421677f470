"""What an operator sees and does on the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from entente.errors import EntenteError, InputError, SettingsError
from entente.packs import Actors
from entente.settings import Settings
from sinks.archive import tables
from sinks.commands import deliveries, subscriptions
from tests import builders
from tests.sinks.parts import archiver, record, rows, subscription, write_secret
from tests.sinks.receiver import Answer, Receiver


@pytest.fixture
def settings(tmp_path: Path, receiver: Receiver) -> Settings:
    hook = f"{{type: webhook, url: '{receiver.url()}', secret_file: {write_secret(tmp_path)}}}"
    text = f"subscriptions: [{{id: mine, title: Mine, channels: [{{type: console}}, {{type: file}}, {hook}]}}]"
    (tmp_path / "subscriptions.yaml").write_text(text)
    return Settings(
        database=f"sqlite:///{tmp_path / 'entente.db'}",
        subscriptions=str(tmp_path / "subscriptions.yaml"),
        alerts_file=str(tmp_path / "alerts.jsonl"),
        allow_private=("127.0.0.1",),
    )


def run(settings: Settings, command: str) -> Result:
    group, *words = command.split()
    result = CliRunner().invoke({"subscriptions": subscriptions, "deliveries": deliveries}[group], words, obj=settings)
    if isinstance(result.exception, EntenteError):
        raise result.exception
    return result


def fail_one(engine: Engine, folder: Path, actors: Actors) -> str:
    """A delivery that was given up; its id."""
    with archiver(engine, folder, actors, [subscription()]) as archive:
        archive.take([record(builders.shift(id="s1"), 0), record(builders.shift(id="s2"), 1)])
    row = rows(engine, "deliveries")[0]
    with engine.begin() as connection:
        changed = update(tables.deliveries).where(tables.deliveries.c.id == row["id"])
        connection.execute(changed.values(status="dead", attempts=9, error="500 out of order"))
    return str(row["id"])


def test_subscriptions_are_listed_with_their_channels(settings: Settings) -> None:
    output = run(settings, "subscriptions list").output
    assert output.startswith("mine  Mine  →  console, file, webhook:127.0.0.1:")


def test_a_sound_file_is_said_to_be_sound(settings: Settings) -> None:
    assert "1 subscriptions, nothing is wrong" in run(settings, "subscriptions check").output


def test_a_test_goes_marked_through_every_channel_and_shows_what_came_of_it(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.answers.append(Answer(404, body=b"no such hook"))
    result = run(settings, "subscriptions test mine")
    assert result.exit_code == 1
    assert "console: delivered, printed" in result.output
    assert "file: delivered, appended" in result.output
    assert ": refused, 404 Not Found: no such hook" in result.output
    for said in (json.loads(receiver.requests[0].body), json.loads(Path(settings.alerts_file).read_text())):
        assert said["test"] is True
        assert said["text"].startswith("TEST: nothing happened")
        assert "Example Party moved away from Example Alliance: ally → rival" in said["text"]
    assert run(settings, "subscriptions test mine").exit_code == 0
    assert len(Path(settings.alerts_file).read_text().splitlines()) == 2


def test_a_test_that_may_succeed_later_has_failed_as_nothing_is_tried_again(
    settings: Settings, receiver: Receiver
) -> None:
    receiver.answers.append(Answer(503))
    output = run(settings, "subscriptions test mine").output
    assert ": failed, 503 Service Unavailable" in output
    assert "retry" not in output


def test_a_test_of_an_unknown_subscription_names_those_known(settings: Settings) -> None:
    with pytest.raises(InputError, match="no subscription 'yours'; known: mine"):
        run(settings, "subscriptions test yours")


def test_deliveries_are_listed_and_those_given_up_apart(
    settings: Settings, sqlite_engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    failed = fail_one(sqlite_engine, tmp_path, actors)
    assert len(run(settings, "deliveries list").output.splitlines()) == 2
    (line,) = run(settings, "deliveries list --failed").output.splitlines()
    assert line.split()[0] == failed
    assert line.endswith("dead       file  everything  9x  500 out of order")


def test_what_was_given_up_is_due_again_after_a_replay(
    settings: Settings, sqlite_engine: Engine, tmp_path: Path, actors: Actors
) -> None:
    failed = fail_one(sqlite_engine, tmp_path, actors)
    assert "1 deliveries are due again" in run(settings, f"deliveries replay {failed}").output
    assert run(settings, "deliveries list --failed").output == ""
    assert "0 deliveries are due again" in run(settings, "deliveries replay --all").output


def test_a_replay_must_say_which_and_names_what_it_does_not_find(settings: Settings) -> None:
    assert run(settings, "deliveries replay").exit_code == 2
    with pytest.raises(InputError, match="no delivery has the id 'x'"):
        run(settings, "deliveries replay x")


def test_a_database_that_does_not_answer_is_a_plain_message() -> None:
    away = Settings(database="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(SettingsError, match="ENTENTE_DATABASE does not answer"):
        run(away, "deliveries list")
