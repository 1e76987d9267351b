"""Before the one POST: names, addresses and TLS; where no request can have gone out, nothing was sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from helpers.gateway_loopback import (
    KEY,
    LOOPBACK,
    REQUEST,
    SUCCESS,
    Seen,
    answer,
    gateway,
    replying,
)

from preflight.errors import UsageError
from preflight.gateway.client import post
from preflight.gateway.endpoint import Gateway
from preflight.gateway.reply import Accepted, NotSent, Reply
from preflight.gateway.request import Api


class Names(AbstractResolver):
    """A resolver that knows one name, or none."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._address is None:
            raise OSError("no such name: CANARY")
        return [
            ResolveResult(
                hostname=host,
                host=self._address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


def test_a_refused_connection_is_not_sent() -> None:
    async def run() -> Reply:
        with socket.socket() as taken:  # bound, but not listening: nobody else can take the port
            taken.bind(("127.0.0.1", 0))
            endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}/"
            return await post(
                REQUEST,
                Gateway(endpoint=endpoint, api=Api.XML, api_key=KEY, allow_networks=LOOPBACK),
            )

    assert asyncio.run(run()) == NotSent(reason="the gateway refused the connection")


def test_an_unknown_name_is_not_sent() -> None:
    reply = asyncio.run(
        post(
            REQUEST,
            Gateway(endpoint="https://gateway.invalid/", api=Api.XML, api_key=KEY),
            resolver=Names(None),
        )
    )
    assert reply == NotSent(reason="the gateway's host name could not be resolved")


def test_plain_http_by_name_goes_to_allowed_addresses_only() -> None:
    async def run(networks: tuple[str, ...]) -> tuple[Reply, Seen]:
        async with gateway(replying(answer(200, SUCCESS))) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"http://gateway.invalid:{port}/", allow_networks=networks
            )
            reply = await post(REQUEST, there, resolver=Names("127.0.0.1"))
            return reply, seen

    reply, seen = asyncio.run(run(("10.0.0.0/8", "::1/128")))
    assert reply == NotSent(
        reason="the gateway's host name leads to an address that plain http is not allowed to"
    )
    assert seen.connections == 0
    reply, seen = asyncio.run(run(("127.0.0.1",)))
    assert isinstance(reply, Accepted)
    assert seen.connections == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.example.com/", "http://192.0.2.1/", "ftp://127.0.0.1/", "127.0.0.1", "https://", "https://a b/",
        "https://user:pass@example.com/", "https://example.com/#x", "https://[::1/", "https://example.com:99999/", "",
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be(endpoint: str) -> None:
    networks = () if "example" in endpoint else LOOPBACK
    with pytest.raises(UsageError):
        asyncio.run(
            post(
                REQUEST,
                Gateway(endpoint=endpoint, api=Api.XML, api_key=KEY, allow_networks=networks),
            )
        )


def server_context(
    issue: Callable[[trustme.CA], trustme.LeafCert], authority: trustme.CA
) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issue(authority).configure_cert(context)
    return context


def tls_send(name: str, trusted: bool) -> tuple[Reply, Seen]:
    authority = trustme.CA()
    client = ssl.create_default_context()
    if trusted:
        authority.configure_trust(client)

    async def run() -> tuple[Reply, Seen]:
        context = server_context(lambda ca: ca.issue_cert(name), authority)
        async with gateway(replying(answer(200, SUCCESS)), context) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"https://gateway.invalid:{port}/", ssl_context=client
            )
            reply = await post(REQUEST, there, resolver=Names("127.0.0.1"))
            return reply, seen

    return asyncio.run(run())


def test_tls_that_is_trusted() -> None:
    reply, seen = tls_send("gateway.invalid", trusted=True)
    assert isinstance(reply, Accepted)
    assert len(seen.requests) == 1


@pytest.mark.parametrize(("name", "trusted"), [("gateway.invalid", False), ("other.invalid", True)])
def test_tls_that_is_not_trusted_is_not_sent(name: str, trusted: bool) -> None:
    reply, seen = tls_send(name, trusted)
    assert reply == NotSent(reason="the gateway's certificate is not trusted")
    assert (seen.received, len(seen.requests)) == (0, 0)


def test_no_tls_where_tls_should_be_is_not_sent() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Seen) -> None:
        await reader.read(1)
        writer.write(answer(200, SUCCESS))

    async def run() -> Reply:
        async with gateway(act) as (port, _):
            return await post(
                REQUEST, Gateway(endpoint=f"https://127.0.0.1:{port}/", api=Api.XML, api_key=KEY)
            )

    assert asyncio.run(run()) == NotSent(reason="the TLS handshake with the gateway failed")


def test_tls_silence_is_not_sent() -> None:
    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: Seen) -> None:
        await reader.read()

    async def run() -> Reply:
        async with gateway(act) as (port, _):
            return await post(
                REQUEST,
                Gateway(
                    endpoint=f"https://127.0.0.1:{port}/", api=Api.XML, api_key=KEY, timeout_s=0.3
                ),
            )

    assert asyncio.run(run()) == NotSent(reason="no connection to the gateway within 0.3 s")
