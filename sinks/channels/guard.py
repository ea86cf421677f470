"""Which addresses a webhook may connect to: public ones, and those that the operator allows.

Asked with the resolved address at the moment of connecting, so that a name cannot change its meaning in between.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from entente.errors import SettingsError

Network = IPv4Network | IPv6Network

# Under these an IPv6 address holds an IPv4 address that a relay connects to: NAT64, local NAT64, Teredo, 6to4.
_CARRIERS = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")))


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


def permits(address: str, allowed: Iterable[Network]) -> bool:
    """Whether this IP address may be connected to."""
    ip = ip_address(address.partition("%")[0])  # without the scope of a link-local address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if any(ip in network for network in allowed):
        return True
    carried = isinstance(ip, IPv6Address) and (ip.is_site_local or any(ip in network for network in _CARRIERS))
    return ip.is_global and not ip.is_multicast and not carried
