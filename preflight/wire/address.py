"""Which addresses are public, pure: our own table, because the standard library's changes from version to version.

A gateway on the internet cannot reach the others, and a service must not. First match decides. IPv4 is a deny list; IPv6
allows global unicast (2000::/3) only, with holes. Sources: the IANA special-purpose registries, RFC 6890, RFC 4291, RFC 5214.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ..errors import UsageError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_IPV4 = tuple(
    (IPv4Network(network), what)
    for network, what in (
        ("0.0.0.0/8", "this network"), ("10.0.0.0/8", "private"), ("100.64.0.0/10", "shared by a carrier's NAT"),
        ("127.0.0.0/8", "loopback"), ("169.254.0.0/16", "link-local"), ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"), ("192.0.2.0/24", "documentation"), ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"), ("198.18.0.0/15", "benchmarking"), ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"), ("224.0.0.0/4", "multicast"), ("240.0.0.0/4", "reserved"),
        ("168.63.129.16/32", "a cloud's own service address"),
    )
)  # fmt: skip

_IPV6_GLOBAL = IPv6Network("2000::/3")
_IPV6 = tuple(
    (IPv6Network(network), what)
    for network, what in (
        ("2001::/23", "protocol assignments"), ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"), ("3fff::/20", "documentation"),
    )
)  # fmt: skip
_ISATAP = (0x00005EFE, 0x02005EFE)


@lru_cache(maxsize=4096)
def not_public(address: Address) -> str | None:
    """What kind of address this is ("loopback"), or None where it is public. A zone id is never public."""
    if isinstance(address, IPv4Address):
        return next((what for network, what in _IPV4 if address in network), None)
    if address.scope_id is not None:
        return "bound to one interface"
    if address.ipv4_mapped is not None:
        return "an IPv4 address in disguise"
    if address not in _IPV6_GLOBAL:
        return _outside_global(address)
    if int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return "an ISATAP tunnel"
    return next((what for network, what in _IPV6 if address in network), None)


def _outside_global(address: IPv6Address) -> str:
    if address.is_loopback:
        return "loopback"
    if address.is_link_local:
        return "link-local"
    if address.is_multicast:
        return "multicast"
    return "private" if address in IPv6Network("fc00::/7") else "not global unicast"


def refusal(address: str, allowed: Iterable[Network]) -> tuple[str | None, bool]:
    """Whether an address may be connected to: (what it is, where it may not; whether it is let in by ``allowed``).

    ``allowed`` opens exactly what it names: an IPv4 network does not open its IPv6 disguises.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an address", False
    what = not_public(parsed)
    if what is None:
        return None, False
    if any(parsed.version == network.version and parsed in network for network in allowed):
        return None, True
    return what, False


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks from texts such as ``127.0.0.0/8`` or ``10.1.2.3``. Raises UsageError on anything else."""
    found = []
    for text in texts:
        try:
            found.append(ip_network(text))
        except ValueError:
            raise UsageError(
                f"{text!r} is not a network such as 10.0.0.0/8 or fd00::/8 (host bits must be zero)"
            ) from None
    return tuple(found)
