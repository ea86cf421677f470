"""Webhooks: signed as the standard says, never sent where they must not go, and every answer understood."""

import json
import os
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from entente.addresses import networks, permits
from entente.settings import Settings
from entente.sockets import ForbiddenAddressError
from sinks.channels import transport, webhook
from sinks.channels.base import Message, Outcome, Result
from sinks.channels.webhook import WebhookChannel, WebhookConfig
from tests.services.missing import missing
from tests.sinks.parts import SECRET, write_secret
from tests.sinks.receiver import Answer, Receiver

MESSAGE = Message("f00d_beef", "text", {"type": "entente.alert", "text": "“Grüße” from the जदयू"})
LOOPBACK = Settings(allow_private=("127.0.0.0/8", "::1"))


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    return write_secret(tmp_path)


def send(url: str, secret_file: str, settings: Settings = LOOPBACK) -> Outcome:
    channel = WebhookChannel(WebhookConfig(url=url, secret_file=secret_file), settings)
    try:
        return channel.send(MESSAGE)
    finally:
        channel.close()


def test_a_stock_library_of_the_standard_verifies_the_signature(receiver: Receiver, secret_file: str) -> None:
    outcome = send(receiver.url(), secret_file)
    assert outcome == Outcome(Result.DELIVERED, "204 No Content")
    (request,) = receiver.requests
    assert Webhook(SECRET).verify(request.body, request.headers) == MESSAGE.data
    assert {name.lower(): value for name, value in request.headers.items()}["webhook-id"] == MESSAGE.id
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body + b" ", request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(request.body, request.headers)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(200), Result.DELIVERED),
        (Answer(201), Result.DELIVERED),
        (Answer(400), Result.REFUSED),
        (Answer(401), Result.REFUSED),
        (Answer(404), Result.REFUSED),
        (Answer(408), Result.RETRY),
        (Answer(410), Result.CLOSED),
        (Answer(429), Result.RETRY),
        (Answer(500), Result.RETRY),
        (Answer(502), Result.RETRY),
        (Answer(599), Result.RETRY),
        (Answer(304), Result.REFUSED),
    ],
)
def test_every_answer_is_understood(receiver: Receiver, secret_file: str, answer: Answer, result: Result) -> None:
    receiver.answers.append(answer)
    outcome = send(receiver.url(), secret_file)
    assert outcome.result is result
    assert str(answer.status) in outcome.detail


def test_a_redirect_is_a_failure_and_never_followed(receiver: Receiver, secret_file: str) -> None:
    receiver.answers.append(Answer(307, {"Location": receiver.url(path="/elsewhere")}))
    outcome = send(receiver.url(), secret_file)
    assert outcome.result is Result.REFUSED
    assert "redirects are not followed" in outcome.detail
    assert [request.path for request in receiver.requests] == ["/hook"]


def test_what_the_receiver_says_is_kept_up_to_a_length_and_without_control_characters(
    receiver: Receiver, secret_file: str
) -> None:
    receiver.answers.append(Answer(500, body=b"\x1b[31mno\x00room" + b"!" * 100_000))
    detail = send(receiver.url(), secret_file).detail
    assert detail.startswith("500 Internal Server Error: [31mnoroom!!!")
    assert len(detail) < 300


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"])  # noqa: S104 - refused, not bound
def test_a_private_address_is_refused_unless_it_is_allowed(receiver: Receiver, secret_file: str, host: str) -> None:
    outcome = send(receiver.url(host), secret_file, Settings())
    assert outcome.result is Result.REFUSED
    assert "add it to ENTENTE_ALLOW_PRIVATE" in outcome.detail
    assert receiver.requests == []


def test_a_private_address_is_named_once_and_a_name_with_its_address(receiver: Receiver, secret_file: str) -> None:
    said = "is no public address; if it is yours, add it to ENTENTE_ALLOW_PRIVATE"
    assert send(receiver.url("127.0.0.1"), secret_file, Settings()).detail == f"127.0.0.1 {said}"
    assert send(receiver.url("2130706433"), secret_file, Settings()).detail == f"2130706433 (127.0.0.1) {said}"


def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, secret_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert send(receiver.url(), secret_file).result is Result.DELIVERED


def test_nobody_listening_and_an_unknown_name_are_tried_again(secret_file: str) -> None:
    assert send("http://127.0.0.1:9/", secret_file).result is Result.RETRY
    assert send("http://no-such-host.invalid/", secret_file).result is Result.RETRY


def test_a_secret_is_read_anew_and_one_that_is_gone_is_tried_again(receiver: Receiver, tmp_path: Path) -> None:
    file = write_secret(tmp_path)
    channel = WebhookChannel(WebhookConfig(url=receiver.url(), secret_file=file), LOOPBACK)
    rotated = SECRET.replace("AAEC", "BBEC")
    write_secret(tmp_path, rotated)
    channel.send(MESSAGE)
    Webhook(rotated).verify(receiver.requests[0].body, receiver.requests[0].headers)
    Path(file).unlink()
    outcome = channel.send(MESSAGE)
    channel.close()
    assert outcome.result is Result.RETRY
    assert "No such file" in outcome.detail


def test_an_attempt_ends_although_the_answer_trickles(secret_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT", 1.0)
    with trickling_server() as url:
        began = time.monotonic()
        outcome = send(url, secret_file)
    assert time.monotonic() - began < 3
    assert outcome.result is Result.RETRY


@contextmanager
def trickling_server() -> Iterator[str]:
    import socket  # noqa: PLC0415 - only here

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not done.wait(0.2):
                    try:
                        connection.sendall(b"X-Slow: yes\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        done.set()
        thread.join(5)


def test_tls_is_checked_against_the_name_although_the_connection_goes_to_the_address(
    tmp_path: Path, secret_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = make_certificate(tmp_path)
    with Receiver() as receiver:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        names: list[str | None] = []
        context.sni_callback = lambda _socket, name, _context: names.append(name)
        receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        assert send(receiver.url("localhost", scheme="https"), secret_file).result is Result.DELIVERED
        assert names == ["localhost"]
        other = send(receiver.url("127.0.0.1", scheme="https"), secret_file)
        assert other.result is Result.RETRY
        assert "certificate verify failed" in other.detail
        monkeypatch.delenv("SSL_CERT_FILE")
        assert send(receiver.url("localhost", scheme="https"), secret_file).result is Result.RETRY


def make_certificate(folder: Path) -> tuple[str, str]:
    if shutil.which("openssl") is None:
        missing("openssl", "apt-get install openssl")
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*command, *more], check=True, capture_output=True, timeout=60, env={**os.environ})
    return certificate, key


def test_an_error_shows_neither_the_secret_nor_the_path(secret_file: str) -> None:
    detail = send("http://127.0.0.1:9/secret-path?token=hidden", secret_file).detail
    assert "hidden" not in detail
    assert "secret-path" not in detail
    assert SECRET not in detail


@given(st.ip_addresses(v=4).filter(lambda ip: not ip.is_global or ip.is_multicast))
def test_no_private_address_passes_in_any_dress(ip: object) -> None:
    assert not permits(str(ip), ())
    for dress in ("::ffff:{}", "64:ff9b::{}"):
        assert not permits(dress.format(ip), ())


@pytest.mark.parametrize("address", ["fe80::1%eth0", "fd00::1", "::1", "::", "fec0::1", "2002:7f00:1::", "ff02::1"])
def test_no_private_ipv6_address_passes(address: str) -> None:
    assert not permits(address, ())


def test_public_addresses_pass_and_private_ones_that_are_allowed() -> None:
    assert permits("93.184.215.14", ())
    assert permits("2606:2800:21f:cb07:6820:80da:af6b:8b2c", ())
    assert permits("10.1.2.3", networks(["10.1.2.0/24"]))
    assert not permits("10.1.3.3", networks(["10.1.2.0/24"]))


@given(st.integers(100, 999), st.text(max_size=20))
def test_only_2xx_is_success(status: int, said: str) -> None:
    outcome = webhook.judge(status, httpx.Headers(), said, datetime.now(UTC))
    assert (outcome.result is Result.DELIVERED) == (200 <= status < 300)


def test_the_body_is_the_same_at_every_attempt(receiver: Receiver, secret_file: str) -> None:
    for _ in range(2):
        send(receiver.url(), secret_file)
    first, second = receiver.requests
    assert json.loads(first.body) == MESSAGE.data
    assert first.body == second.body


def test_the_guard_stands_where_connections_are_made() -> None:
    """If httpx ever stops using the pool that carries the guard, this fails before a request escapes."""
    guarded = transport.GuardedTransport((), 1.0)
    with pytest.raises(ForbiddenAddressError):
        guarded.handle_request(httpx.Request("POST", "http://127.0.0.1:9/"))
