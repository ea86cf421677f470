"""Which addresses may be polled: public ones, those that the operator allows, and a demo's own newsroom.

Asked where a socket is made, with the resolved address: names, literals, every hop of a redirect and every answer of
a resolver that changes its mind pass here.
"""

import socket
from collections.abc import Iterable

from aiohappyeyeballs import AddrInfoType

from entente.addresses import Network, permits
from entente.sockets import guarded_socket

Endpoint = tuple[str, int]  # an IP address and a port


class Guard:
    """Lets connections to public addresses pass, and to those allowed."""

    def __init__(self, networks: Iterable[Network] = (), endpoints: Iterable[Endpoint] = ()) -> None:
        self._networks = tuple(networks)
        self._endpoints = frozenset(endpoints)

    def permits(self, address: str, port: int) -> bool:
        """Whether this IP address and port may be connected to."""
        return (address, port) in self._endpoints or permits(address, self._networks)

    def socket(self, found: AddrInfoType) -> socket.socket:
        """A socket for what the resolver found, as aiohttp's `socket_factory`.

        Raises:
            ForbiddenAddressError: it may not be connected to.
        """
        return guarded_socket(found, self.permits)
