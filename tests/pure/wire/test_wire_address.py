"""The table of addresses that are not public: 50 that must be refused, 8 that must not, and the edges of every range."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from preflight.errors import UsageError
from preflight.wire.address import networks, not_public, refusal

REFUSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.254", "127.0.0.1", "127.1.2.3",
    "127.255.255.254", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.254", "192.0.0.8", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.254", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "::1", "::2", "::7f00:1", "::ffff:127.0.0.1",
    "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1", "2600::5efe:7f00:1", "2600::200:5efe:a00:1",
]  # fmt: skip
ALLOWED = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001::200e",
    "2001:4860:4860::8888",
]  # fmt: skip

RANGES = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_public(address: str) -> None:
    assert not_public(ip_address(address))
    assert refusal(address, ()) == (not_public(ip_address(address)), False)


@pytest.mark.parametrize("address", ALLOWED)
def test_what_is_public(address: str) -> None:
    assert not_public(ip_address(address)) is None
    assert refusal(address, ()) == (None, False)


@pytest.mark.parametrize("network", RANGES)
def test_the_edges_of_every_range(network: str) -> None:
    range_ = ip_network(network)
    first, last = range_.network_address, range_.broadcast_address
    assert not_public(first) and not_public(last)
    if int(first) > 0:
        assert not_public(first - 1) is None
    if int(last) + 1 < 1 << range_.max_prefixlen:
        assert not_public(last + 1) is None


def test_only_global_unicast_is_public_among_ipv6() -> None:
    assert not_public(IPv6Address("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
    assert not_public(IPv6Address("4000::"))
    assert not_public(IPv6Address("2003::")) is None
    assert not_public(IPv6Address("3ffe:ffff:ffff::")) is None
    assert not_public(IPv6Address("3fff:1000::")) is None


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("::1", "loopback"),
        ("fe80::1", "link-local"),
        ("ff02::1", "multicast"),
        ("fd00::1", "private"),
        ("::", "not global unicast"),
        ("fe80::1%eth0", "bound to one interface"),
        ("2606:4700::1%1", "bound to one interface"),
        ("::ffff:1.1.1.1", "an IPv4 address in disguise"),
        ("2600::5efe:101:101", "an ISATAP tunnel"),
        ("127.0.0.1", "loopback"),
        ("100.64.0.1", "shared by a carrier's NAT"),
    ],
)
def test_what_kind_of_address_it_is(address: str, what: str) -> None:
    assert refusal(address, ()) == (what, False)


def test_a_permission_opens_what_it_names_and_nothing_else() -> None:
    allowed = networks(["127.0.0.1", "10.0.0.0/8", "fd00::/8"])
    assert refusal("127.0.0.1", allowed) == (None, True)
    assert refusal("10.255.0.1", allowed) == (None, True)
    assert refusal("fd12::1", allowed) == (None, True)
    assert refusal("8.8.8.8", allowed) == (None, False)
    for other in (
        "127.0.0.2",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "11.0.0.0.1",
        "172.16.0.1",
        "fe80::1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ):
        assert refusal(other, allowed)[0], other
        assert refusal(other, allowed)[1] is False


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "0x7f000001", "2130706433", "1.2.3.4/8", "::1/128"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(text, networks(["0.0.0.0/0", "::/0"])) == ("not an address", False)


@pytest.mark.parametrize(
    "text", ["10.0.0.1/8", "10.0.0.0/33", "localhost", "", "10.0.0.0-10.0.0.9", "::1/0"]
)
def test_networks_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="is not a network"):
        networks([text])


def test_each_ipv4_range_is_refused_in_its_ipv6_disguises() -> None:
    for text in RANGES[:15]:
        four = int(IPv4Address(ip_network(text).network_address.exploded))
        for disguise in (
            0xFFFF << 32 | four,
            four,
            0x64FF9B << 96 | four,
            0x2002 << 112 | four << 80,
            0xFFFF << 48 | four,
        ):
            assert not_public(IPv6Address(disguise)), (text, IPv6Address(disguise))
