"""Which addresses this program may connect to: public ones, and those that the operator allows.

To be asked with the resolved address at the moment of connecting, so that neither a name nor a redirect can lead
anywhere else in between.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from entente.errors import SettingsError

NOT_PUBLIC = "is no public address; if it is yours, add it to ENTENTE_ALLOW_PRIVATE"
Network = IPv4Network | IPv6Network

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


def web_host(url: str) -> str:
    """The host of an http or https URL; empty if it is no such URL."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.port != 0 and not any(char.isspace() for char in url)
    except ValueError:  # a bracket or a port that cannot be
        return ""
    return parts.hostname or "" if usable else ""


def permits(address: str, allowed: Iterable[Network]) -> bool:
    """Whether this IP address may be connected to."""
    ip = ip_address(address.partition("%")[0])  # without the scope of a link-local address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return any(ip in network for network in allowed) or (ip.is_global and not any(ip in net for net in _DENIED))


def is_refused(host: str, allowed: Iterable[Network]) -> bool:
    """Whether this host of a URL is refused before any resolver is asked: a private address, or this machine."""
    allowed = tuple(allowed)
    if host == "localhost" or host.endswith(".localhost"):
        return not (permits("127.0.0.1", allowed) or permits("::1", allowed))
    try:
        return not permits(host, allowed)
    except ValueError:  # a name
        return False
