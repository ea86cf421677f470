"""An HTTP transport that connects only to addresses that may be connected to, and keeps to a deadline."""

import socket
import ssl
from collections.abc import Iterable, Sequence
from time import monotonic

import httpcore
import httpx

from entente.addresses import NOT_PUBLIC, Network, permits
from entente.sockets import ForbiddenAddressError


class GuardedTransport(httpx.HTTPTransport):
    """Connects to checked addresses only.

    A name is resolved where the connection is made, and the connection goes to the address that was checked: a name
    that changes its meaning between check and use gains nothing. TLS and the Host header still speak of the name.
    """

    def __init__(self, allowed: Sequence[Network], within: float) -> None:
        """A transport.

        Args:
            allowed: networks that may be connected to although private.
            within: seconds from connecting to the end of the answer, however slowly it trickles.
        """
        super().__init__()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),  # honours SSL_CERT_FILE, for receivers with a CA of their own
            max_keepalive_connections=0,  # alerts are rare; each attempt checks anew
            network_backend=_Backend(allowed, within),
        )


class _Backend(httpcore.NetworkBackend):
    def __init__(self, allowed: Sequence[Network], within: float) -> None:
        self._allowed = allowed
        self._within = within
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers.

        Raises:
            ForbiddenAddressError: all addresses are private, and none is allowed.
            httpcore.ConnectError: the name is unknown, or nobody listens.
        """
        deadline = monotonic() + self._within
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                left = _left(timeout, deadline)
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, deadline)
        raise failure

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        checked = [address for address in addresses if permits(address, self._allowed)]
        if not checked:
            at = "" if addresses == [host] else f" ({', '.join(addresses)})"
            raise ForbiddenAddressError(f"{host}{at} {NOT_PUBLIC}")
        return checked


class _Stream(httpcore.NetworkStream):
    """A connection whose waits all end at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(timeout, self._deadline))
        return _Stream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, deadline: float) -> float:
    """Seconds that may still be waited.

    Raises:
        httpcore.ReadTimeout: none.
    """
    left = deadline - monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the whole took too long")
    return left if timeout is None else min(timeout, left)
