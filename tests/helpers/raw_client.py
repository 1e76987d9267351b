"""A raw client of the sandbox's hosting: it repairs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

from helpers.loops import run

from preflight.sandbox import Hosting


@dataclass
class Seen:
    """All bytes until the server ended it, and how it did."""

    wire: bytes
    reset: bool = False

    @property
    def head(self) -> bytes:
        """The status line and the field lines, as sent."""
        return self.wire.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        """All that follows the head."""
        return self.wire.partition(b"\r\n\r\n")[2]

    @property
    def lines(self) -> list[str]:
        """The lines of the head."""
        return self.head.decode("latin-1").split("\r\n")

    def fields(self, name: str) -> list[str]:
        """The values of the fields of one name, given in lower case."""
        found = [line.partition(":") for line in self.lines[1:]]
        return [value.strip() for key, _, value in found if key.lower() == name]


async def shut(writer: asyncio.StreamWriter) -> None:
    """Close our end, whatever has become of the other."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def ask(hosting: Hosting, path: str, *lines: str, method: str = "GET") -> Seen:
    """One request that asks for the connection to be closed, read to its end."""
    reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
    text = "\r\n".join(
        (f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines)
    )
    writer.write(text.encode() + b"\r\n\r\n")
    wire, reset = b"", False
    try:
        while piece := await reader.read(65_536):
            wire += piece
    except ConnectionResetError:
        reset = True
    await shut(writer)
    return Seen(wire, reset)


def once(path: str, *lines: str, method: str = "GET") -> Seen:
    """What one request to a hosting of its own gets."""

    async def work() -> Seen:
        async with Hosting(slow_s=0.2) as hosting:
            return await ask(hosting, path, *lines, method=method)

    return run(work())


def twice(path: str) -> list[Seen]:
    """What two requests to one hosting get, one after the other."""

    async def work() -> list[Seen]:
        async with Hosting() as hosting:
            return [await ask(hosting, path), await ask(hosting, path)]

    return run(work())


def unchunked(body: bytes) -> bytes:
    """What the chunks hold, to the last one, after which nothing may follow."""
    out = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            assert body == b"\r\n"
            return out
        assert body[length : length + 2] == b"\r\n"
        out, body = out + body[:length], body[length + 2 :]
