"""A raw HTTP server on loopback: it replays exact bytes, cut as asked, and counts what reaches it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum


class End(Enum):
    """How a server may end its part."""

    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Wait:
    """Silence for so many seconds, where time is the subject."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drip:
    """Bytes one at a time, with a pause after each."""

    data: bytes
    every_s: float


@dataclass(frozen=True, slots=True)
class Endless:
    """The same bytes until the other side has had enough."""

    data: bytes


Step = bytes | End | Wait | Drip | Endless
Answer = Callable[[bytes], Sequence[Step]]
"""A request head to what is done about it. Without an End the connection waits for the next request."""

Cutter = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    """One segment."""
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    """Every byte its own segment; the middle of a long text in pieces of 997."""
    if len(data) <= 3_000:
        middle: list[bytes] = []
        start, end = data, b""
    else:
        start, end = data[:1_500], data[-300:]
        rest = data[1_500:-300]
        middle = [rest[at : at + 997] for at in range(0, len(rest), 997)]
    yield from (start[at : at + 1] for at in range(len(start)))
    yield from middle
    yield from (end[at : at + 1] for at in range(len(end)))


def at_random(seed: int) -> Cutter:
    """Segments of random lengths, the same ones for the same seed."""

    def cut(data: bytes) -> Iterator[bytes]:
        lengths = random.Random(seed)
        at = 0
        while at < len(data):
            step = lengths.choice((1, 2, 3, 5, 17, 64, 1_400))
            yield data[at : at + step]
            at += step

    return cut


@dataclass
class Seen:
    """The server's own count. ``sent`` is what it handed to the system; ``open`` and ``most_open`` count requests under way."""

    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    sent: int = 0
    open: int = 0
    most_open: int = 0
    alpn: list[str | None] = field(default_factory=list)

    @property
    def targets(self) -> list[str]:
        """The request targets, in order."""
        return [request.split(b" ", 2)[1].decode("latin-1") for request in self.requests]


@dataclass
class Server:
    """Where the server listens, and what it has seen."""

    host: str
    port: int
    seen: Seen
    scheme: str = "http"

    def url(self, path: str = "/x.png", host: str | None = None) -> str:
        """A URL of this server, under another name if one is given."""
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"{self.scheme}://{name}:{self.port}{path}"


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _send(writer: asyncio.StreamWriter, data: bytes, seen: Seen) -> None:
    if writer.transport.is_closing():
        raise ConnectionResetError
    writer.write(data)
    seen.sent += len(data)
    await writer.drain()


async def _perform(
    step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen, cut: Cutter
) -> bool:
    """Do one step; False where it was the last."""
    if isinstance(step, bytes):
        for piece in cut(step):
            await _send(writer, piece, seen)
            await asyncio.sleep(0)
    elif isinstance(step, Wait):
        await asyncio.sleep(step.seconds)
    elif isinstance(step, Drip):
        for at in range(len(step.data)):
            await _send(writer, step.data[at : at + 1], seen)
            await asyncio.sleep(step.every_s)
    elif isinstance(step, Endless):
        while True:
            await _send(writer, step.data, seen)
            await asyncio.sleep(0)
    elif step is End.HANG:
        await reader.read()
        return False
    else:
        for _ in range(3):  # what was sent before is on its way
            await asyncio.sleep(0.005)
        if step is End.RESET:
            reset(writer)
        return False
    return True


@asynccontextmanager
async def serving(
    answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, cut: Callable[[bytes], Cutter] | None = None,
) -> AsyncIterator[Server]:  # fmt: skip
    """A server that gives every request its answer; ``cut`` chooses the segmentation by the request."""
    seen = Seen()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        seen.connections += 1
        secured = writer.get_extra_info("ssl_object")
        seen.alpn.append(secured.selected_alpn_protocol() if secured else None)
        try:
            await _converse(reader, writer)
        except (
            OSError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            asyncio.CancelledError,
        ):
            pass
        finally:
            tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await reader.readuntil(b"\r\n\r\n")
            seen.requests.append(request)
            seen.open += 1
            seen.most_open = max(seen.most_open, seen.open)
            try:
                for step in answer(request):
                    if not await _perform(
                        step, reader, writer, seen, cut(request) if cut else whole
                    ):
                        return
            finally:
                seen.open -= 1

    server = await asyncio.start_server(serve, host, 0, ssl=tls, backlog=1024)
    for listening in server.sockets:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Server(host, port, seen, "https" if tls else "http")
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def always(*steps: Step) -> Answer:
    """The same answer to every request."""
    return lambda _: steps


@asynccontextmanager
async def forbidden(host: str, port: int = 0) -> AsyncIterator[Server]:
    """A listener that nobody may reach: it counts the connections it was made to accept."""
    seen = Seen()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        writer.close()

    server = await asyncio.start_server(serve, host, port)
    try:
        yield Server(host, server.sockets[0].getsockname()[1], seen)
    finally:
        await asyncio.sleep(0.01)  # whatever was on its way would have arrived
        server.close()
        await server.wait_closed()
