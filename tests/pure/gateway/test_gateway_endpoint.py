"""Which endpoints may be sent to, as far as a URL says."""

from __future__ import annotations

import pytest

from preflight.errors import UsageError
from preflight.gateway.endpoint import Gateway, http_networks, inside
from preflight.gateway.request import Secret
from preflight.wire.address import networks


def _gateway(endpoint: str, *allowed: str) -> Gateway:
    return Gateway(api_key=Secret("k"), endpoint=endpoint, allow_networks=allowed)


@pytest.mark.parametrize("network", ["127.0.0.1/8", "10.0.0.0/33", "local", ""])
def test_a_network_is_read_as_everywhere_else(network: str) -> None:
    with pytest.raises(UsageError, match="is not a network"):
        http_networks(_gateway("http://127.0.0.1:8080/", network))


def test_plain_http_needs_a_network_and_https_none() -> None:
    assert http_networks(_gateway("https://gateway.example/")) is None
    with pytest.raises(UsageError, match="plain http"):
        http_networks(_gateway("http://127.0.0.1:8080/"))
    with pytest.raises(UsageError, match="plain http"):
        http_networks(_gateway("http://10.0.0.1:8080/", "127.0.0.0/8"))
    assert http_networks(_gateway("http://127.0.0.1:8080/", "127.0.0.0/8")) == networks(
        ["127.0.0.0/8"]
    )


def test_an_ipv4_address_in_ipv6_counts_as_what_it_is() -> None:
    allowed = networks(["127.0.0.0/8"])
    assert inside("::ffff:127.0.0.1", allowed)
    assert not inside("::ffff:10.0.0.1", allowed)
