"""Hosts as the scheduler counts them: who they are, what they remember, and that they are forgotten."""

from __future__ import annotations

import pytest

from preflight.audit import Pace, origin_of
from preflight.audit.hosts import Hosts


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://a.example/b", "a.example:80"),
        ("http://A.example:80", "a.example:80"),
        ("https://a.example?b", "a.example:443"),
        ("HTTPS://a.example/", "a.example:443"),
        ("https://a.example:443/", "a.example:443"),
        ("https://a.example:8443/", "a.example:8443"),
        ("http://a.example#b", "a.example:80"),
        ("http://[2001:db8::1]/", "[2001:db8::1]:80"),
        ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
        ("no url", ""),
    ],
)
def test_an_origin_is_a_host_and_a_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.timeout(20)
def test_failing_hosts_are_forgotten_and_do_not_slow_down_the_others() -> None:
    """Each new host looked through all others once there were 4,096 that had failed: a million took days."""
    hosts = Hosts(Pace(), located=False)
    for number in range(30_000):
        hosts.named(f"h{number}.example:80", 0.0).remember(failed=True, now=0.0)
    assert len(hosts) == 30_000  # each may be asked again, and must then be known
    for number in range(60_000):
        now = 11.0 + number / 300
        hosts.named(f"later{number}.example:80", now).remember(failed=True, now=now)
    assert len(hosts) < 64_000


def test_a_host_that_rests_is_remembered_for_as_long() -> None:
    hosts = Hosts(Pace(), located=False)
    host = hosts.named("dead.example:80", 0.0)
    for _ in range(5):
        host.remember(failed=True, now=1.0)
    assert host.open_until == 11.0
    for number in range(10_000):
        hosts.named(f"h{number}.example:80", 10.9)
    assert hosts.named("dead.example:80", 10.9) is host
    for number in range(10_000, 30_000):
        hosts.named(f"h{number}.example:80", 11.1)
    assert hosts.named("dead.example:80", 11.1) is not host
