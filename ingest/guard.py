"""Which addresses may be connected to: public ones, and those that the operator allows.

Asked where a socket is made, with the resolved address: names, literals, every hop of a redirect and every answer of
a resolver that changes its mind pass here.
"""

import socket
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohappyeyeballs import AddrInfoType

from entente.errors import SettingsError

Network = IPv4Network | IPv6Network
Endpoint = tuple[str, int]  # an IP address and a port

# What ipaddress calls global although it can lead into private networks, or is no single host.
_DENIED: Sequence[Network] = tuple(
    map(
        ip_network,
        (
            "224.0.0.0/4",  # multicast
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # 6to4 relays
            "ff00::/8",  # multicast
            "64:ff9b::/96",  # NAT64: holds an IPv4 address
            "64:ff9b:1::/48",  # local NAT64
            "2001::/32",  # Teredo: holds IPv4 addresses
            "2002::/16",  # 6to4: holds an IPv4 address
            "fec0::/10",  # site-local
        ),
    )
)


class ForbiddenAddressError(OSError):
    """The address is private, and not among those allowed."""


class Guard:
    """Lets connections to public addresses pass, and to those allowed."""

    def __init__(self, networks: Iterable[Network] = (), endpoints: Iterable[Endpoint] = ()) -> None:
        self._networks = tuple(networks)
        self._endpoints = frozenset(endpoints)

    def permits(self, address: str, port: int) -> bool:
        """Whether this IP address and port may be connected to."""
        ip = _unwrap(address)
        if (str(ip), port) in self._endpoints or any(ip in network for network in self._networks):
            return True
        return ip.is_global and not any(ip in network for network in _DENIED)

    def socket(self, found: AddrInfoType) -> socket.socket:
        """A socket for what the resolver found, as aiohttp's `socket_factory`.

        Raises:
            ForbiddenAddressError: it may not be connected to.
        """
        family, kind, protocol, _, (address, port, *_) = found
        if not self.permits(str(address), int(port)):
            raise ForbiddenAddressError(
                f"{address} is no public address; if it is yours, add it to ENTENTE_ALLOW_PRIVATE"
            )
        return socket.socket(family, kind, protocol)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks that the setting allow_private names.

    Raises:
        SettingsError: one of them is neither a network nor an address.
    """
    found: list[Network] = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError as error:
            raise SettingsError(f"ENTENTE_ALLOW_PRIVATE {text!r}: {error}; use 10.1.2.0/24 or 10.1.2.3") from error
    return tuple(found)


def _unwrap(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address.partition("%")[0])  # without the scope of a link-local address
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
