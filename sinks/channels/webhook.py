"""Alerts by HTTP POST, signed as Standard Webhooks 1.0.0 asks (https://www.standardwebhooks.com).

The message id is the same over all attempts, the timestamp is the attempt's. Only 2xx is success; a redirect is never
followed; 410 means that the receiver wants no more.
"""

import base64
import contextlib
import hashlib
import shlex
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import msgspec
from standardwebhooks import Webhook

from entente import retry_after
from entente.addresses import networks, web_host
from entente.errors import InputError
from entente.settings import Settings
from entente.sockets import ForbiddenAddressError
from sinks.channels.base import ChannelConfig, Kind, Message, Outcome, Result
from sinks.channels.transport import GuardedTransport

TIMEOUT = 15.0  # seconds for the whole attempt
ANSWER_SHOWN = 200  # characters of the receiver's answer that are kept
SECRET_BYTES = range(24, 65)
PREFIX = "whsec_"
_TRANSIENT = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class WebhookConfig(ChannelConfig, frozen=True):
    """Where to post, and the file with the secret to sign with (`whsec_` and 24 to 64 bytes in base64)."""

    url: str
    secret_file: str = ""
    secret: Any = ""  # refused whatever it is, and not shown; known so that the refusal can say what to do

    @property
    def name(self) -> str:
        """The host, and a digest of the whole: paths of webhooks are often secrets themselves."""
        digest = hashlib.blake2b(f"{self.url}\n{self.secret_file}".encode(), digest_size=4).hexdigest()
        return f"webhook:{web_host(self.url)}:{digest}"

    def findings(self) -> list[str]:
        """A URL that cannot be posted to, or a secret that cannot be read."""
        found = []
        if not web_host(self.url):
            found.append("url: this is no web address; use https://HOST/…")  # not shown: its path may be a secret
        if self.secret:
            found.append("secret: a secret does not belong here; write it into a file and name that in secret_file")
        elif not self.secret_file:
            found.append("secret_file: missing; the receiver checks the signature with the secret in it")
        else:
            try:
                _read_secret(self.secret_file)
            except InputError as error:
                found.append(f"secret_file: {error}")
        return found


class WebhookChannel:
    """Posts each alert to one URL."""

    def __init__(self, config: WebhookConfig, settings: Settings) -> None:
        self._config = config
        self._client = httpx.Client(
            transport=GuardedTransport(networks(settings.allow_private), TIMEOUT),
            timeout=TIMEOUT,
            trust_env=False,  # a proxy would connect where the guard does not look
            follow_redirects=False,
            headers={"User-Agent": settings.user_agent},
        )

    def send(self, message: Message) -> Outcome:
        """Post it."""
        try:
            headers = self._sign(message, body := msgspec.json.encode(message.data), datetime.now(UTC))
            with self._client.stream("POST", self._config.url, content=body, headers=headers) as answer:
                return judge(answer.status_code, answer.headers, _start_of(answer), datetime.now(UTC))
        except InputError as error:  # the secret's file
            return Outcome(Result.RETRY, str(error))
        except ForbiddenAddressError as error:
            return Outcome(Result.REFUSED, str(error))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Outcome(Result.RETRY, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Close the connections kept open."""
        self._client.close()

    def _sign(self, message: Message, body: bytes, now: datetime) -> dict[str, str]:
        # Read anew each time, so that a secret can be changed while the program runs.
        secret = _read_secret(self._config.secret_file)
        return {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(message.id, now, body.decode()),
        }


def judge(status: int, headers: httpx.Headers, said: str, now: datetime) -> Outcome:
    """What an answer means (pure)."""
    known = status in HTTPStatus._value2member_map_
    detail = f"{status} {HTTPStatus(status).phrase}" if known else str(status)
    detail = f"{detail}: {said}" if said else detail
    if status // 100 == 2:  # noqa: PLR2004 - the class of success
        return Outcome(Result.DELIVERED, detail)
    if status == HTTPStatus.GONE:
        return Outcome(Result.CLOSED, detail)
    if status // 100 == 5 or status in _TRANSIENT:  # noqa: PLR2004 - the class of the server's errors
        return Outcome(Result.RETRY, detail, retry_after.wait_of(headers.get("Retry-After"), now))
    if status // 100 == 3:  # noqa: PLR2004 - the class of redirects
        detail = f"{detail} (redirects are not followed; give the final URL)"
    return Outcome(Result.REFUSED, detail)


def _start_of(answer: httpx.Response) -> str:
    """The first characters of the answer, whatever its length."""
    body = b""
    with contextlib.suppress(httpx.HTTPError):  # the status came, and that decides
        for chunk in answer.iter_raw(ANSWER_SHOWN):
            body += chunk
            if len(body) >= ANSWER_SHOWN:
                break
    return "".join(c for c in body[:ANSWER_SHOWN].decode(errors="replace") if c.isprintable())


def _read_secret(path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text"
        raise InputError(f"{path}: {reason}") from error
    try:
        size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith(PREFIX) or size not in SECRET_BYTES:
        raise InputError(
            f"{path}: {PREFIX} and 24 to 64 bytes in base64 are expected; give the receiver's own secret, or make one: "
            f'echo "{PREFIX}$(openssl rand -base64 32)" > {shlex.quote(path)}'
        )
    return secret


KIND = Kind(WebhookConfig, WebhookChannel)
