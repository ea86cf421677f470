"""A request ends by its deadline and within its caps, whatever the server does."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from datetime import timedelta

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from ingest import fetch as module
from ingest.fetch import NO_VALIDATORS, Document, FetchError, Validators, fetch, inflate, open_session
from ingest.guard import Guard
from tests.builders import NOON
from tests.ingest.farm import Farm, rss

BODY = rss([("1", "Title", "Text")])


def get(farm: Farm, url: str, validators: Validators = NO_VALIDATORS, deadline: float = 5) -> Document:
    async def once() -> Document:
        async with open_session(Guard(endpoints=[farm.endpoint]), "entente-test/1 (+mailto:a@b.example)") as session:
            return await fetch(session, url, validators, NOON, deadline)

    return asyncio.run(once())


def test_a_document_comes_with_its_validators_and_type(farm: Farm) -> None:
    url = farm.answer("/f", BODY, headers={"ETag": 'W/"1"', "Last-Modified": "Sun, 28 Jan 2024 12:00:00 GMT"})
    document = get(farm, url)
    assert document == Document(BODY, "application/rss+xml", Validators('W/"1"', "Sun, 28 Jan 2024 12:00:00 GMT"))
    (hit,) = farm.hits
    assert hit.headers["User-Agent"] == "entente-test/1 (+mailto:a@b.example)"
    assert "If-None-Match" not in hit.headers


def test_both_validators_go_back_verbatim_and_a_304_may_renew_one(farm: Farm) -> None:
    url = farm.answer("/f", status=304, headers={"ETag": '"new"'})
    document = get(farm, url, Validators("odd-unquoted", "yesterday"))
    assert farm.hits[0].headers["If-None-Match"] == "odd-unquoted"
    assert farm.hits[0].headers["If-Modified-Since"] == "yesterday"
    assert document == Document(None, "", Validators('"new"', "yesterday"))


@pytest.mark.parametrize(
    ("wire", "encoding"),
    [
        (gzip.compress(BODY), "gzip"),
        (gzip.compress(BODY), "x-gzip"),
        (gzip.compress(BODY), ""),  # gzip that nobody declared
        (BODY, "gzip"),  # declared, but plain
        (gzip.compress(BODY[:50]) + gzip.compress(BODY[50:]), "gzip"),
        (gzip.compress(BODY) + b"\0" * 512, "gzip"),
        (zlib.compress(BODY), "deflate"),
        (zlib.compress(BODY)[2:-4], "deflate"),  # without zlib's header
        (BODY, "identity"),
    ],
)
def test_a_body_is_inflated_as_it_is_and_not_as_it_says(farm: Farm, wire: bytes, encoding: str) -> None:
    url = farm.answer("/f", wire, headers={"Content-Encoding": encoding} if encoding else {})
    assert get(farm, url).body == BODY


@pytest.mark.parametrize("cut", [11, 30, -1, -8])
def test_a_compressed_body_that_is_cut_off_is_a_failure_and_no_short_feed(farm: Farm, cut: int) -> None:
    url = farm.answer("/f", gzip.compress(BODY)[:cut], headers={"Content-Encoding": "gzip"})
    with pytest.raises(FetchError, match="cut off"):
        get(farm, url)


def test_broken_compression_and_one_not_asked_for_are_failures(farm: Farm) -> None:
    broken = bytearray(gzip.compress(BODY))
    broken[20] ^= 255
    with pytest.raises(FetchError, match="broken compression"):
        get(farm, farm.answer("/f", bytes(broken), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(FetchError, match="'br' was not asked for"):
        get(farm, farm.answer("/g", BODY, headers={"Content-Encoding": "br"}))


def test_a_gzip_bomb_costs_no_memory(farm: Farm) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([packer.compress(bytes(1_000_000)) for _ in range(60)]) + packer.flush()
    url = farm.answer("/f", bomb, headers={"Content-Encoding": "gzip"})
    tracemalloc.start()
    try:
        with pytest.raises(FetchError, match="when inflated") as refused:
            get(farm, url)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert refused.value.failure.lasting


def test_an_endless_body_ends_at_the_cap(farm: Farm) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 100_000)

    with pytest.raises(FetchError, match=f"more than {module.WIRE_AT_MOST} bytes"):
        get(farm, farm.serve("/f", endless))


def test_a_server_that_hangs_or_drips_ends_at_the_deadline(farm: Farm) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"<")
            await asyncio.sleep(0.05)

    for handler in (hang, drip):
        start = time.monotonic()
        with pytest.raises(FetchError, match=r"no complete answer within 0\.5 s"):
            get(farm, farm.serve("/f", handler), deadline=0.5)
        assert time.monotonic() - start < 2


def test_redirects_are_followed_with_the_validators(farm: Farm) -> None:
    for step, status in enumerate((301, 302, 303, 307, 308)):
        farm.answer(f"/{step}", status=status, headers={"Location": f"/{step + 1}"})
    farm.answer("/5", BODY)
    assert get(farm, farm.url("/0"), Validators('"1"')).body == BODY
    assert [hit.headers["If-None-Match"] for hit in farm.hits] == ['"1"'] * 6


@pytest.mark.parametrize(
    ("location", "complaint"),
    [
        ("/loop", "more than 5 redirects"),
        ("file:///etc/passwd", "redirected to file:, which is not fetched"),
        ("ftp://127.0.0.1/feed", "redirected to ftp:"),
        ("javascript:alert(1)", "redirected to javascript:"),
        ("http://[::1", "broken answer"),
        ("", "302 without a Location"),
    ],
)
def test_a_redirect_into_nowhere_is_a_failure(farm: Farm, location: str, complaint: str) -> None:
    url = farm.answer("/loop", status=302, headers={"Location": location} if location else {})
    with pytest.raises(FetchError, match=complaint):
        get(farm, url)
    assert len(farm.hits) <= 6


@pytest.mark.parametrize(
    ("status", "header", "lasting", "wait"),
    [
        (404, None, True, None),
        (410, None, True, None),
        (403, None, True, None),
        (500, None, False, None),
        (503, "60", False, timedelta(seconds=60)),
        (429, "Sun, 28 Jan 2024 12:30:00 GMT", False, timedelta(minutes=30)),
        (404, "60", True, None),
        (204, None, False, None),
    ],
)
def test_an_error_says_its_status_and_what_the_next_poll_depends_on(
    farm: Farm,
    status: int,
    header: str | None,
    lasting: bool,  # noqa: FBT001 - a column of the table above
    wait: timedelta | None,
) -> None:
    url = farm.answer("/f", status=status, headers={"Retry-After": header} if header else {})
    with pytest.raises(FetchError, match=f"^{status} ") as failed:
        get(farm, url)
    assert (failed.value.failure.lasting, failed.value.failure.retry_after) == (lasting, wait)


def test_a_connection_that_breaks_or_is_refused_is_a_failure(farm: Farm) -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"<rss>")
        assert request.transport is not None
        request.transport.close()
        return response

    with pytest.raises(FetchError, match="broken answer"):
        get(farm, farm.serve("/f", breaks))
    with Farm() as closed:
        gone = closed.url("/f")
    with pytest.raises(FetchError, match="cannot connect"):
        get(closed, gone)


def test_a_name_that_does_not_resolve_is_said_so(farm: Farm) -> None:
    with pytest.raises(FetchError, match="name does not resolve"):
        get(farm, "http://nowhere.invalid/feed")


@given(st.binary(max_size=200), st.sampled_from(["", "gzip", "deflate", "br"]))
def test_no_bytes_make_inflating_fail_otherwise_than_as_a_failed_fetch(wire: bytes, encoding: str) -> None:
    for start in (b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00"):
        try:
            body = inflate(start + wire, encoding, 1000)
        except FetchError:
            continue
        assert len(body) <= 1000


@given(st.binary(max_size=2000), st.sampled_from(["gzip", "deflate"]))
def test_what_is_compressed_comes_back(body: bytes, encoding: str) -> None:
    wire = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    assert inflate(wire, encoding) == body
