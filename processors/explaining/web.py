"""One page from the web, with a deadline and a cap, and only from addresses that may be connected to."""

import asyncio
import socket
from collections.abc import Sequence

import aiohttp
from aiohappyeyeballs import AddrInfoType
from yarl import URL

from entente.addresses import Network, networks, permits
from entente.errors import InputError
from entente.settings import Settings
from entente.sockets import guarded_socket

DEADLINE = 30.0  # seconds for the whole of it, redirects included
AT_MOST = 10_000_000  # bytes when inflated
REDIRECTS_AT_MOST = 5
_REMEDY = "save the page in a browser and give the file"


def get(url: str, settings: Settings) -> tuple[bytes, str, str | None]:
    """The body, its media type and its character set, of what an address answers.

    Raises:
        InputError: no page came.
    """
    return asyncio.run(_get(url, networks(settings.allow_private), settings.user_agent))


async def _get(url: str, allowed: Sequence[Network], user_agent: str) -> tuple[bytes, str, str | None]:
    def open_socket(found: AddrInfoType) -> socket.socket:  # at every redirect's hop too
        return guarded_socket(found, lambda address, _: permits(address, allowed))

    connector = aiohttp.TCPConnector(socket_factory=open_socket)
    session = aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=DEADLINE), headers={"User-Agent": user_agent}
    )
    try:
        async with session, session.get(URL(url), max_redirects=REDIRECTS_AT_MOST) as response:
            if not response.ok:
                raise InputError(f"{url}: {response.status} {response.reason or ''}".strip() + f"; {_REMEDY}")
            body = bytearray()
            async for chunk in response.content.iter_chunked(65536):
                body += chunk
                if len(body) > AT_MOST:
                    raise InputError(f"{url}: more than {AT_MOST} bytes; {_REMEDY}")
            return bytes(body), response.content_type, response.charset
    except TimeoutError as error:
        raise InputError(f"{url}: no complete answer within {DEADLINE:g} s; {_REMEDY}") from error
    except aiohttp.ClientConnectorDNSError as error:
        raise InputError(f"{url}: the host's name does not resolve; check the address") from error
    except aiohttp.ClientConnectorError as error:
        raise InputError(f"{url}: {error.os_error.strerror or error.os_error}") from error
    except aiohttp.TooManyRedirects as error:
        raise InputError(f"{url}: more than {REDIRECTS_AT_MOST} redirects; {_REMEDY}") from error
    except (aiohttp.ClientError, ValueError) as error:  # ValueError: an address that cannot be sent
        raise InputError(f"{url}: broken answer: {error}; {_REMEDY}") from error
