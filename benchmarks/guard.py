"""What the library hook costs: a require from memory, and a first require against a bare GET on the same server.

python benchmarks/guard.py

The server is a child process on loopback that answers every GET with the same 8 KB JPEG on a connection that stays open. The bare GET is asyncio streams:
write the request, read the head, read the body. Both ask once (``depth="quick"``). Medians of alternating rounds, so that a noisy machine harms both alike.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path

import preflight

ROUNDS, CALLS = 15, 200
LOOPBACK = ("127.0.0.0/8",)
PHOTO = (Path(preflight.__file__).parent / "sandbox" / "data" / "photo.jpg").read_bytes()
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(PHOTO)
    + PHOTO
)


class Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(ANSWER * data.count(b"\r\n\r\n"))


def serve(port: Connection) -> None:
    async def work() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(work())


class Bare:
    """A GET with nothing around it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.request = (
            f"GET /a.jpg HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\n\r\n".encode()
        )

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def get(self) -> None:
        self.writer.write(self.request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        assert len(await self.reader.readexactly(length)) == len(PHOTO)


async def microseconds(call: Callable[[], Awaitable[object]], calls: int = CALLS) -> float:
    """The median of one call."""
    times = []
    for _ in range(calls):
        before = time.perf_counter()
        await call()
        times.append(time.perf_counter() - before)
    return statistics.median(times) * 1e6


async def measure(port: int) -> None:
    url = [f"http://127.0.0.1:{port}/a.jpg"]
    bare = Bare(port)
    await bare.open()
    with tempfile.TemporaryDirectory() as directory:
        cold = preflight.Guard(allow_networks=LOOPBACK, depth="quick")
        warm = preflight.Guard(
            allow_networks=LOOPBACK, depth="quick", max_age=3600, cache=Path(directory) / "c.sqlite"
        )
        async with cold, warm:
            for _ in range(50):
                await bare.get()
                await cold.require(url)
                await warm.require(url)
            raw, first, again = [], [], []
            for _ in range(ROUNDS):
                raw.append(await microseconds(bare.get))
                first.append(await microseconds(lambda: cold.require(url)))
                again.append(await microseconds(lambda: warm.require(url), 10 * CALLS))
    bare.writer.close()
    print(f"bare GET                       {statistics.median(raw):8.1f} us")
    print(f"require, fetched               {statistics.median(first):8.1f} us")
    over = statistics.median([one - other for one, other in zip(first, raw, strict=True)])
    print(f"  over the bare GET            {over:8.1f} us   (goal: under 1,000)")
    print(f"require, from memory           {statistics.median(again):8.1f} us   (goal: under 50)")


def main() -> None:
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        asyncio.run(measure(mine.recv()))
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main()
