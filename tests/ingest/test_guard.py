"""Private addresses are not connected to, however they are written."""

import asyncio
import socket
from ipaddress import ip_network

import pytest

from entente.addresses import networks
from entente.errors import SettingsError
from entente.sockets import ForbiddenAddressError
from ingest.fetch import NO_VALIDATORS, FetchError, fetch, open_session
from ingest.guard import Guard
from tests.builders import NOON
from tests.ingest.farm import Farm

CLOSED = Guard()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.9",
        "192.88.99.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "ff02::1",
    ],
)
def test_no_private_address_is_permitted(address: str) -> None:
    assert not CLOSED.permits(address, 80)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2a00:1450:4001:80b::200e", "::ffff:8.8.8.8"])
def test_public_addresses_are_permitted(address: str) -> None:
    assert CLOSED.permits(address, 443)


def test_an_operators_network_is_permitted_and_its_neighbour_not() -> None:
    guard = Guard(networks(["10.1.2.0/24", "fd12::1"]))
    assert guard.permits("10.1.2.200", 80)
    assert guard.permits("::ffff:10.1.2.200", 80)
    assert guard.permits("fd12::1", 80)
    assert not guard.permits("10.1.3.1", 80)
    assert networks(["10.1.2.0/24"]) == (ip_network("10.1.2.0/24"),)


def test_an_endpoint_is_permitted_at_its_port_alone() -> None:
    guard = Guard(endpoints=[("127.0.0.1", 8123)])
    assert guard.permits("127.0.0.1", 8123)
    assert not guard.permits("127.0.0.1", 8124)


@pytest.mark.parametrize("text", ["10.1.2.3/24", "intranet", ""])
def test_a_wrong_network_is_refused_by_the_name_of_the_setting(text: str) -> None:
    with pytest.raises(SettingsError, match="ENTENTE_ALLOW_PRIVATE"):
        networks([text])


def test_no_socket_is_made_for_a_forbidden_address() -> None:
    with pytest.raises(ForbiddenAddressError, match=r"127\.0\.0\.1 is no public address.*ENTENTE_ALLOW_PRIVATE"):
        CLOSED.socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))


def ask(url: str, guard: Guard) -> None:
    async def once() -> None:
        async with open_session(guard, "test") as session:
            await fetch(session, url, NO_VALIDATORS, NOON, deadline=5)

    asyncio.run(once())


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020.0.1",
        "user@127.0.0.1",
    ],
)
def test_loopback_is_not_reached_however_it_is_written(farm: Farm, host: str) -> None:
    farm.answer("/feed", b"secret")
    with pytest.raises(FetchError):
        ask(f"http://{host}:{farm.port}/feed", CLOSED)
    assert farm.hits == []


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:{port}/secret", "http://localhost:1/", "http://169.254.169.254/latest/meta-data/"]
)
def test_a_redirect_to_a_private_address_is_not_followed(farm: Farm, target: str) -> None:
    farm.answer("/secret", b"secret")
    url = farm.answer("/away", status=302, headers={"Location": target.format(port=farm.port)})
    with pytest.raises(FetchError, match="no public address") as refused:
        ask(url, Guard(endpoints=[farm.endpoint]))
    assert refused.value.failure.lasting
    assert farm.asked("/secret") == []
