"""The file of subscriptions: every finding names file, subscription and key, and what may have been meant."""

from pathlib import Path

import pytest

from entente.errors import InputError
from entente.packs import Actors
from sinks.alerts import subscriptions
from sinks.alerts.match import Match
from sinks.channels.webhook import WebhookConfig
from tests.sinks.parts import SECRET, write_secret

CONSOLE = "channels: [{type: console}]"


def write(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def one(folder: Path, *keys: str) -> Path:
    return write(folder, "subscriptions:\n  - " + "\n    ".join(("id: mine", *keys)) + "\n")


def test_the_subscriptions_that_come_with_the_program_tell_everything_to_console_and_file(actors: Actors) -> None:
    (everything,) = subscriptions.load("", actors)
    assert {config.name for config in everything.channels} == {"console", "file"}
    assert set(everything.match.status) == {"provisional", "confirmed"}


def test_a_subscription_needs_only_an_id_and_a_channel(tmp_path: Path, actors: Actors) -> None:
    (mine,) = subscriptions.load(one(tmp_path, CONSOLE), actors)
    assert (mine.id, mine.title, mine.match) == ("mine", "mine", Match())


def test_every_key_can_be_given(tmp_path: Path, actors: Actors) -> None:
    match = (
        "match: {actors: [inc, aap], alliances: [india-bloc], pair: [jdu, nda], types: [EXIT, ALLY], direction: apart,"
        " status: [confirmed], countries: [IN], outlets: [The Courier], keywords: [seat sharing], min_confidence: 0.6,"
        " min_sources: 2, mentions: true}"
    )
    (mine,) = subscriptions.load(one(tmp_path, "title: Mine", match, CONSOLE), actors)
    assert mine.match.pair == ("jdu", "nda")
    assert mine.match.min_confidence == 0.6


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (["match: {actors: [jduu]}", CONSOLE], "match: actors: no actor 'jduu' in the packs; near: jdu"),
        (["match: {alliances: [inc]}", CONSOLE], "match: alliances: no alliance 'inc' in the packs"),
        (["match: {types: [EXITS]}", CONSOLE], "match: types: no types 'EXITS'; near: EXIT"),
        (["match: {types: [exit]}", CONSOLE], "match: types: no types 'exit'; near: EXIT"),
        (["match: {status: [confirm]}", CONSOLE], "match: status: no status 'confirm'; near: confirmed"),
        (["match: {direction: closr}", CONSOLE], "match: direction: no direction 'closr'; near: closer"),
        (["match: {actor: [inc]}", CONSOLE], "match: no key 'actor'"),
        (["match: {pair: [inc]}", CONSOLE], "match: pair: 1 actors; a pair is two"),
        (["match: {countries: [XX]}", CONSOLE], "match: countries: no actor of 'XX'"),
        (["match: {keywords: ['']}", CONSOLE], "match: keywords: an empty text"),
        (["match: {min_confidence: 60}", CONSOLE], "match: Expected `float` <= 1.0 - at `$.min_confidence`"),
        (["match: {min_sources: many}", CONSOLE], "match: Expected `int`, got `str` - at `$.min_sources`"),
        (["match: {actors: inc}", CONSOLE], "match: Expected `array`, got `str` - at `$.actors`"),
        (["match: {mentions: true}", CONSOLE], "match: mentions: of whom? name actors or alliances"),
        (["chanels: []"], "no key 'chanels'; known: id, title, match, channels; near: channels"),
        (["title: Mine"], "channels: none; name at least one of console, file, webhook"),
        (["channels: [{type: slak}]"], "channels: number 1: no channel 'slak'; known: console, file, webhook"),
        (["channels: [{type: fil}]"], "no channel 'fil'; known: console, file, webhook; near: file"),
        (["channels: [{type: console}, {type: console}]"], "channels: console stands 2 times"),
        (["channels: [{type: file, pth: x}]"], "channels: number 1 (file): no key 'pth'; known: path; near: path"),
        (["channels: [{type: webhook}]"], "number 1 (webhook): Object missing required field `url`"),
        (["channels: [{type: webhook, url: 'ftp://x/y', secret_file: x}]"], "(webhook): url: "),
        (["channels: [{type: webhook, url: 'https://x/y'}]"], "(webhook): secret_file: missing"),
        (
            [f"channels: [{{type: webhook, url: 'https://x/y', secret: {SECRET}}}]"],
            "(webhook): secret: a secret does not belong here; write it into a file",
        ),
        (["channels: [{type: webhook, url: 'https://x/y', secret_file: /nowhere}]"], "/nowhere: No such file"),
    ],
)
def test_what_is_wrong_is_named_by_file_subscription_and_key(
    tmp_path: Path, actors: Actors, keys: list[str], complaint: str
) -> None:
    with pytest.raises(InputError) as caught:
        subscriptions.load(one(tmp_path, *keys), actors)
    assert str(caught.value).startswith("mine.yaml: subscription mine: ")
    assert complaint in str(caught.value)
    assert SECRET not in str(caught.value)


def test_all_findings_are_told_at_once(tmp_path: Path, actors: Actors) -> None:
    text = "subscriptions:\n- {id: A b, channels: [{type: x}]}\n- {id: two, match: {actors: [a, b]}}\n"
    with pytest.raises(InputError) as caught:
        subscriptions.load(write(tmp_path, text), actors)
    assert len(str(caught.value).splitlines()) == 5


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("subscriptions: [", "mine.yaml"),
        ("[]", "the file has one key, subscriptions, with a list"),
        ("subscription: []", "the file has one key, subscriptions, with a list"),
        ("subscriptions: [7]", "the file has one key, subscriptions, with a list"),
        (f"subscriptions: [{{id: a, {CONSOLE}}}, {{id: a, {CONSOLE}}}]", "subscription a: the id stands 2 times"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, actors: Actors, text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=r"mine\.yaml") as caught:
        subscriptions.load(write(tmp_path, text), actors)
    assert complaint in str(caught.value)


def test_a_missing_file_is_named(actors: Actors) -> None:
    with pytest.raises(InputError, match=r"/nowhere/subscriptions\.yaml"):
        subscriptions.load("/nowhere/subscriptions.yaml", actors)


@pytest.mark.parametrize("secret", ["", "c2VjcmV0", "whsec_short", "whsec_c2VjcmV0", "whsec_ä"])
def test_a_secret_that_signs_nothing_is_refused_without_being_shown(
    tmp_path: Path, actors: Actors, secret: str
) -> None:
    hook = f"channels: [{{type: webhook, url: 'https://x/y', secret_file: {write_secret(tmp_path, secret)}}}]"
    with pytest.raises(InputError, match=r"\(webhook\): secret_file: ") as caught:
        subscriptions.load(one(tmp_path, hook), actors)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(caught.value)


def test_the_name_of_a_webhook_shows_its_host_and_not_its_path() -> None:
    name = WebhookConfig(url="https://user:pass@hooks.example/T0/secret-path", secret_file="x").name  # noqa: S106 - a path
    assert name.startswith("webhook:hooks.example:")
    assert "secret-path" not in name
    assert "pass" not in name
