"""TLS on loopback: an authority of the tests' own, and servers that it vouches for."""

from __future__ import annotations

import ssl
from collections.abc import Sequence

import trustme
from helpers.checking import check, good, names, settings
from helpers.replay import Server, Step, always, serving

from preflight.verdict import Verdict
from preflight.wire.resolve import Resolver

CA = trustme.CA()
"""The fixture ``cafile`` names it."""
HOST = "media.example"


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def look(
    tls: ssl.SSLContext,
    cafile: str | None,
    *,
    host: str = HOST,
    steps: Sequence[Step] | None = None,
) -> tuple[Verdict, Server]:
    """The verdict on a server that speaks TLS so, under a name; and what it has seen."""
    async with serving(always(*(steps or [good()])), tls=tls) as server:
        resolver = Resolver(names({host: ["127.0.0.1"]}))
        return await check(
            server.url(host=host), settings(cafile=cafile, total_s=10.0), resolver=resolver
        ), server
