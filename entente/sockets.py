"""Sockets to addresses that may be connected to, and to no others."""

import socket
from collections.abc import Callable

from aiohappyeyeballs import AddrInfoType

from entente.addresses import NOT_PUBLIC


class ForbiddenAddressError(OSError):
    """The address is private, and not among those allowed."""


def guarded_socket(found: AddrInfoType, permitted: Callable[[str, int], bool]) -> socket.socket:
    """A socket for what the resolver found, for aiohttp's `socket_factory`.

    Args:
        found: the family, the kind, the protocol and the address.
        permitted: whether an IP address and port may be connected to.

    Raises:
        ForbiddenAddressError: it may not be connected to.
    """
    family, kind, protocol, _, (address, port, *_) = found
    if not permitted(str(address), int(port)):
        raise ForbiddenAddressError(f"{address} {NOT_PUBLIC}")
    return socket.socket(family, kind, protocol)
