"""Many hosts on loopback in a thread of their own, with the servers' own count of what reaches them."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from helpers.checking import good

Reply = bytes | None
"""The bytes of an answer; None is silence, and empty bytes close the connection."""


@dataclass
class Crowd:
    """``answer(path, times)`` says what the request for a path gets; ``times`` counts from 1. ``latency`` in seconds."""

    answer: Callable[[str, int], Reply] = lambda path, times: good()
    latency: float = 0.0
    ports: list[int] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    open: Counter[int] = field(default_factory=Counter)
    peaks: Counter[int] = field(default_factory=Counter)
    together: int = 0
    times: dict[str, list[float]] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str, host: int = 0) -> str:
        """A URL of one of the hosts."""
        return f"http://127.0.0.1:{self.ports[host]}{path}"

    @property
    def requests(self) -> int:
        """How many requests came in all."""
        return sum(self.asked.values())

    def wait_for(self, requests: int, seconds: float = 30.0) -> None:
        """Until so many requests have come."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.requests >= requests, seconds), self.requests


class _Connection(asyncio.Protocol):
    def __init__(self, crowd: Crowd, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self.crowd, self.port, self.loop = crowd, port, loop
        self.buffer = b""
        self.busy = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.open[self.port] -= self.busy
        self.busy = 0

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            path = self.buffer.split(b" ", 2)[1].decode()
            self.buffer = self.buffer[end + 4 :]
            self._request(path)

    def _request(self, path: str) -> None:
        crowd = self.crowd
        name = f"{self.port}{path}"
        self.busy += 1
        crowd.open[self.port] += 1
        crowd.peaks[self.port] = max(crowd.peaks[self.port], crowd.open[self.port])
        crowd.together = max(crowd.together, sum(crowd.open.values()))
        crowd.times.setdefault(name, []).append(self.loop.time())
        with crowd.changed:
            crowd.asked[name] += 1
            crowd.changed.notify_all()
        reply = crowd.answer(path, crowd.asked[name])
        if crowd.latency:
            self.loop.call_later(crowd.latency, self._reply, reply)
        else:
            self._reply(reply)

    def _reply(self, reply: Reply) -> None:
        if reply is None or not self.busy:
            return
        self.busy -= 1
        self.crowd.open[self.port] -= 1
        self.transport.write(reply) if reply else self.transport.abort()


def _connection(found: Crowd, slot: list[int], loop: asyncio.AbstractEventLoop) -> _Connection:
    return _Connection(found, slot[0], loop)


@contextmanager
def crowd(
    hosts: int = 1, *, latency: float = 0.0, answer: Callable[[str, int], Reply] | None = None
) -> Iterator[Crowd]:
    """So many hosts (ports on 127.0.0.1) until the block ends."""
    found = Crowd(latency=latency)
    if answer is not None:
        found.answer = answer
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> list[asyncio.Server]:
        servers = []
        for _ in range(hosts):
            slot: list[int] = []
            server = await loop.create_server(
                partial(_connection, found, slot, loop), "127.0.0.1", 0, backlog=1024
            )
            slot.append(server.sockets[0].getsockname()[1])
            found.ports.append(slot[0])
            servers.append(server)
        return servers

    servers = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield found
    finally:

        async def stop() -> None:
            for server in servers:
                server.close()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
