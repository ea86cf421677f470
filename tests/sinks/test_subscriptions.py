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
        (["match: {types: [EXITS]}", CONSOLE], "match: types: 'EXITS': use ALLY, COORDINATE, "),
        (["match: {types: [exit]}", CONSOLE], "OPPOSE or EXIT; near: EXIT"),
        (
            ["match: {status: [confirm]}", CONSOLE],
            "match: status: 'confirm': use provisional, confirmed or withdrawn; near: confirmed",
        ),
        (["match: {direction: closr}", CONSOLE], "match: direction 'closr': use apart or closer; near: closer"),
        (["match: {direction: away}", CONSOLE], "match: direction 'away': use apart or closer"),
        (["match: {actor: [inc]}", CONSOLE], "match: no key 'actor'"),
        (["match: {pair: [inc]}", CONSOLE], "match: pair: 1 actors; a pair is two"),
        (["match: {countries: [XX]}", CONSOLE], "match: countries: no actor of 'XX'"),
        (["match: {keywords: ['']}", CONSOLE], "match: keywords: an empty text"),
        (["match: {min_confidence: 60}", CONSOLE], "match: min_confidence 60: use a number from 0 to 1"),
        (["match: {min_sources: many}", CONSOLE], "match: min_sources 'many': use a whole number from 1 on"),
        (["match: {actors: inc}", CONSOLE], "match: actors 'inc': use a list, such as [one, two]"),
        (["match: {mentions: true}", CONSOLE], "match: mentions: of whom? name actors or alliances"),
        (["chanels: []"], "no key 'chanels'; known: id, title, match, channels; near: channels"),
        (["title: Mine"], "channels: none; name at least one of console, file, webhook"),
        (["channels: [{type: slak}]"], "channels: number 1: no channel 'slak'; known: console, file, webhook"),
        (["channels: [{typ: webhook}]"], "channels: number 1: type is missing; use one of console, file, webhook"),
        (["channels: [{type: fil}]"], "no channel 'fil'; known: console, file, webhook; near: file"),
        (["channels: [{type: console}, {type: console}]"], "channels: console stands 2 times"),
        (["channels: [{type: file, pth: x}]"], "channels: number 1 (file): no key 'pth'; known: path; near: path"),
        (["channels: [{type: webhook}]"], "number 1 (webhook): url is missing"),
        (["channels: [{type: webhook, url: 'ftp://x/y', secret_file: x}]"], "(webhook): url: "),
        (["channels: [{type: webhook, url: 'http://[::1', secret_file: x}]"], "(webhook): url: this is no web address"),
        (["channels: [{type: webhook, url: 'https://x/y'}]"], "(webhook): secret_file: missing"),
        (
            [f"channels: [{{type: webhook, url: 'https://x/y', secret: {SECRET}}}]"],
            "(webhook): secret: a secret does not belong here; write it into a file",
        ),
        (
            [f"channels: [{{type: webhook, url: 'https://x/y', secret: [{SECRET}]}}]"],
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
        ("[]", "use the key subscriptions"),
        ("subscription: []", "no key 'subscription'; known: subscriptions; near: subscriptions"),
        ("subscriptions: [7]", "subscriptions: 7: use keys with values"),
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


def test_a_secret_without_its_prefix_is_refused_with_the_command_that_makes_one(tmp_path: Path, actors: Actors) -> None:
    bare = write_secret(tmp_path, SECRET.removeprefix("whsec_"))
    with pytest.raises(InputError) as caught:
        subscriptions.load(
            one(tmp_path, f"channels: [{{type: webhook, url: 'https://x/y', secret_file: {bare}}}]"), actors
        )
    assert f'echo "whsec_$(openssl rand -base64 32)" > {bare}' in str(caught.value)


def test_a_title_that_looks_like_a_day_is_text(tmp_path: Path, actors: Actors) -> None:
    (mine,) = subscriptions.load(one(tmp_path, "title: 2024-02-31", CONSOLE), actors)
    assert mine.title == "2024-02-31"


def test_the_name_of_a_webhook_shows_its_host_and_not_its_path() -> None:
    name = WebhookConfig(url="https://user:pass@hooks.example/T0/secret-path", secret_file="x").name  # noqa: S106 - a path
    assert name.startswith("webhook:hooks.example:")
    assert "secret-path" not in name
    assert "pass" not in name
