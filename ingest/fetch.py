"""One conditional request for a feed, with a deadline, caps, and every redirect followed by hand."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import aiohttp
from yarl import URL

from entente import retry_after
from entente.addresses import web_host
from entente.sockets import ForbiddenAddressError
from ingest.guard import Guard
from ingest.schedule import RETRY_AFTER_AT_MOST, Failure

DEADLINE = 30.0  # seconds for the whole of it, redirects included
WIRE_AT_MOST = 5_000_000  # bytes
INFLATED_AT_MOST = 10_000_000  # bytes
REDIRECTS_AT_MOST = 5

_ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})  # of the 4xx, those that may be well the next time
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # window bits, as zlib wants to be told
_GZIP_MAGIC = b"\x1f\x8b"


class FetchError(Exception):
    """The poll failed; the text says why in a few words."""

    def __init__(self, why: str, failure: Failure | None = None) -> None:
        super().__init__(why)
        self.failure = failure or Failure()


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask it later whether something is new; sent back exactly so."""

    etag: str | None = None
    last_modified: str | None = None


NO_VALIDATORS = Validators()


@dataclass(frozen=True)
class Document:
    """The answer to a poll."""

    body: bytes | None  # None: not modified since the validators
    content_type: str
    validators: Validators


def open_session(guard: Guard, user_agent: str) -> aiohttp.ClientSession:
    """A session that connects only where the guard permits; to be closed by the caller, used in a running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(socket_factory=guard.socket, limit=100, limit_per_host=2),
        headers={"User-Agent": user_agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"},
        auto_decompress=False,
    )


async def fetch(
    session: aiohttp.ClientSession, url: str, validators: Validators, now: datetime, deadline: float = DEADLINE
) -> Document:
    """What the feed's address answers.

    Args:
        session: from `open_session`.
        url: http or https.
        validators: from the last document that was taken in whole.
        now: to read a Retry-After date.
        deadline: seconds.

    Raises:
        FetchError: no document came.
    """
    if not web_host(url):
        raise FetchError("no web address; use https://HOST/PATH", Failure(lasting=True))
    try:
        async with asyncio.timeout(deadline):
            return await _follow(session, URL(url), validators, now)
    except TimeoutError as error:
        raise FetchError(f"no complete answer within {deadline:g} s") from error
    except aiohttp.ClientConnectorError as error:
        raise _no_connection(error) from error
    except (aiohttp.ClientError, ValueError) as error:  # ValueError: a redirect or header that aiohttp cannot send
        raise FetchError(f"broken answer: {error}") from error


async def _follow(session: aiohttp.ClientSession, url: URL, validators: Validators, now: datetime) -> Document:
    conditions = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    headers = {name: value for name, value in conditions.items() if value is not None}
    for _ in range(REDIRECTS_AT_MOST + 1):
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError(f"redirected to {url.scheme}:, which is not fetched", Failure(lasting=True))
        async with session.get(url, headers=headers, allow_redirects=False) as response:
            if response.status not in _REDIRECTS:
                return await _read(response, validators, now)
            location = response.headers.get("Location")
            if not location:
                raise FetchError(f"{response.status} without a Location", Failure(lasting=True))
            url = url.join(URL(location))
    raise FetchError(f"more than {REDIRECTS_AT_MOST} redirects", Failure(lasting=True))


async def _read(response: aiohttp.ClientResponse, validators: Validators, now: datetime) -> Document:
    status, headers = response.status, response.headers
    if status == HTTPStatus.NOT_MODIFIED:
        return Document(None, "", _validators(headers, validators))
    if status != HTTPStatus.OK:
        lasting = 400 <= status < 500 and status not in _PASSING  # noqa: PLR2004 - the client's errors
        asked = retry_after.wait_of(headers.get("Retry-After"), now) if status in (429, 503) else None
        wait = asked and min(asked, RETRY_AFTER_AT_MOST)
        raise FetchError(f"{status} {response.reason or ''}".strip(), Failure(lasting, wait))
    wire = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        wire += chunk
        if len(wire) > WIRE_AT_MOST:
            raise FetchError(f"more than {WIRE_AT_MOST} bytes", Failure(lasting=True))
    body = inflate(bytes(wire), headers.get("Content-Encoding", ""))  # at its cap 50 ms, else far below one
    return Document(body, headers.get("Content-Type", ""), _validators(headers, NO_VALIDATORS))


def _validators(headers: Mapping[str, str], otherwise: Validators) -> Validators:
    return Validators(headers.get("ETag", otherwise.etag), headers.get("Last-Modified", otherwise.last_modified))


def inflate(wire: bytes, encoding: str, at_most: int = INFLATED_AT_MOST) -> bytes:
    """The body behind a Content-Encoding.

    Gzip without the header, and the header on a plain body, both occur: the first bytes decide.

    Raises:
        FetchError: it is cut off, broken, of an encoding that was not asked for, or larger than `at_most` bytes.
    """
    kind = encoding.strip().lower()
    if wire.startswith(_GZIP_MAGIC):
        return _inflate(wire, _GZIP, at_most)
    if kind == "deflate" and wire:
        headed = wire[0] & 15 == zlib.DEFLATED and int.from_bytes(wire[:2], "big") % 31 == 0
        return _inflate(wire, _ZLIB if headed else _RAW_DEFLATE, at_most)  # some servers leave zlib's header out
    if kind not in ("", "identity", "gzip", "x-gzip"):
        raise FetchError(f"Content-Encoding {encoding!r} was not asked for", Failure(lasting=True))
    return wire


def _inflate(wire: bytes, window: int, at_most: int) -> bytes:
    body, rest = bytearray(), wire
    while True:
        member = zlib.decompressobj(window)
        try:
            body += member.decompress(rest, at_most - len(body) + 1)
        except zlib.error as error:
            raise FetchError(f"broken compression: {error}") from error
        if len(body) > at_most:
            raise FetchError(f"more than {at_most} bytes when inflated", Failure(lasting=True))
        if not member.eof:  # what came so far looks whole to the HTTP client
            raise FetchError("the compressed body is cut off")
        rest = member.unused_data
        if not rest.startswith(_GZIP_MAGIC):  # gzip members may follow each other; padding is no member
            return bytes(body)


def _no_connection(error: aiohttp.ClientConnectorError) -> FetchError:
    if isinstance(error.os_error, ForbiddenAddressError):
        return FetchError(str(error.os_error), Failure(lasting=True))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return FetchError("the host's name does not resolve")
    return FetchError(f"cannot connect: {error.os_error.strerror or error.os_error}")
