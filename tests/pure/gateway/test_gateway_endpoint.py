"""Which endpoints may be sent to, as far as a URL says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preflight.errors import UsageError
from preflight.gateway.endpoint import Gateway, http_networks, inside
from preflight.gateway.request import Api, Secret
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


def test_an_api_may_be_named_and_must_be_one_there_is() -> None:
    """Half of the code asks whether the API is Api.XML: a text that is equal to it made JSON that went to the XML endpoint."""
    named: Any = "json"
    there = Gateway(api_key=Secret("k"), api=named)
    assert (there.api is Api.JSON, there.url) == (True, "https://api.ci.mblox.com/ep/v2/")
    assert replace(there, api=Api.XML).url == "https://api.ci.mblox.com/ep/v1/"
    for other in ("soap", None):
        with pytest.raises(UsageError, match=r"^the API of a gateway must be xml or json$"):
            Gateway(api_key=Secret("k"), api=other)  # type: ignore[arg-type]


def test_an_api_key_is_a_secret() -> None:
    text: Any = "c4n4ry-0k3y"
    with pytest.raises(UsageError, match="must be a Secret") as caught:
        Gateway(api_key=text)
    assert text not in str(caught.value)


def test_an_ipv4_address_in_ipv6_counts_as_what_it_is() -> None:
    allowed = networks(["127.0.0.0/8"])
    assert inside("::ffff:127.0.0.1", allowed)
    assert not inside("::ffff:10.0.0.1", allowed)
