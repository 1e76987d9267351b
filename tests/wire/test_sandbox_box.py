"""The two servers start and stop together."""

from __future__ import annotations

import asyncio

import pytest

import preflight.sandbox
from preflight.sandbox import Hosting, Sandbox, SandboxGateway


async def refuses(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except ConnectionRefusedError:
        return True
    writer.close()
    await writer.wait_closed()
    return False


def test_both_listen_on_loopback_and_both_stop() -> None:
    async def work() -> tuple[list[bool], list[bool]]:
        async with Sandbox() as box:
            assert box.hosting.host == box.gateway.host == "127.0.0.1"
            places = [(box.hosting.host, box.hosting.port), (box.gateway.host, box.gateway.port)]
            during = [await refuses(*place) for place in places]
        return during, [await refuses(*place) for place in places]

    assert asyncio.run(work()) == ([False, False], [True, True])


def test_when_the_gateway_cannot_start_the_hosting_stops() -> None:
    async def work() -> bool:
        async with SandboxGateway() as taken:
            hosting = Hosting()
            with pytest.raises(OSError, match="address already in use"):
                await Sandbox(hosting, SandboxGateway(port=taken.port)).__aenter__()
            return await refuses(hosting.host, hosting.port)

    assert asyncio.run(work())


def test_names_load_on_first_use() -> None:
    assert all(hasattr(preflight.sandbox, name) for name in preflight.sandbox.__all__)
    assert not hasattr(preflight.sandbox, "Nothing")
