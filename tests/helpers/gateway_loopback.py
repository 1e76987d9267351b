"""A raw gateway on loopback that counts what reaches it, for the tests of the one POST."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from preflight.gateway.client import post
from preflight.gateway.endpoint import Gateway
from preflight.gateway.recipients import Recipient
from preflight.gateway.reply import Reply
from preflight.gateway.request import Secret, SendRequest
from preflight.target import Source

Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Seen"], Awaitable[None]]

SUCCESS = (
    b"<?xml version='1.0' encoding='utf-8'?><response><status>Success</status><mms-id>35674</mms-id>"
    b"<tracking-id>TU1TXzU5Nzg3OQ==</tracking-id><to>15553199144</to><from>28444</from>"
    b"<status-details>MMS request accepted and queued for delivery</status-details></response>"
)


@dataclass
class Seen:
    """The gateway's own count: connections, bytes of requests, complete requests."""

    connections: int = 0
    received: int = 0
    requests: list[bytes] = field(default_factory=list)


def answer(status: int, body: bytes, *fields: str) -> bytes:
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body


async def read_request(reader: asyncio.StreamReader, seen: Seen) -> bytes:
    """One complete request, counted."""
    head = await reader.readuntil(b"\r\n\r\n")
    seen.received += len(head)
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    body = await reader.readexactly(length)
    seen.received += len(body)
    seen.requests.append(head + body)
    return body


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def replying(raw: bytes) -> Act:
    """Read a request, then write these bytes and close."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        await read_request(reader, seen)
        writer.write(raw)
        await writer.drain()

    return act


@asynccontextmanager
async def gateway(act: Act, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, Seen]]:
    """A listener on 127.0.0.1 that does ``act`` with every connection; gives its port and what it has seen."""
    seen = Seen()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            await act(reader, writer, seen)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1], seen
    finally:
        server.close()


def failure(code: str) -> bytes:
    return f"<response><status>Failure</status><error-code>{code}</error-code></response>".encode()


@asynccontextmanager
async def counting(
    codes: dict[str, str] | None = None, status: int = 200
) -> AsyncIterator[tuple[Gateway, Counter[str]]]:
    """A gateway that answers by the recipient: with a code, with nothing ("lost"), or with success; and its count of POSTs."""
    hits: Counter[str] = Counter()

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        body = await read_request(reader, seen)
        to = body.partition(b"<to>")[2].partition(b"</to>")[0].decode()
        hits[to] += 1
        code = (codes or {}).get(to)
        if code != "lost":
            writer.write(answer(status, failure(code) if code else SUCCESS))
            await writer.drain()

    async with gateway(act) as (port, _):
        yield (
            Gateway(
                api_key=Secret("loopback"),
                endpoint=f"http://127.0.0.1:{port}/",
                allow_networks=("127.0.0.1",),
            ),
            hits,
        )


def people(*numbers: str) -> list[Recipient]:
    """The recipients of a file, one a line after its header."""
    return [
        Recipient(
            request=SendRequest(mms_id="1", to=number, from_="28444", service_id="1"),
            source=Source(line=line),
        )
        for line, number in enumerate(numbers, 2)
    ]


KEY = Secret("qTFkykO9JTfahCOqJ0V2Wf5Cg1t8iWlZ")
REQUEST = SendRequest(
    mms_id="35674", to="15553199144", from_="28444", service_id="12345", fallback_sms_text="See <it> & \"that\""
)  # fmt: skip
LOOPBACK = ("127.0.0.0/8",)


def send_to(act: Act, timeout_s: float = 5.0) -> tuple[Reply, Seen]:
    """What came of REQUEST at a gateway that acts so, and what it has seen."""

    async def run() -> tuple[Reply, Seen]:
        async with gateway(act) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"http://127.0.0.1:{port}/ep/v1/", timeout_s=timeout_s, allow_networks=LOOPBACK
            )  # fmt: skip
            reply = await post(REQUEST, there)
            return reply, seen

    return asyncio.run(run())
