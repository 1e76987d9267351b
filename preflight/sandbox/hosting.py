"""A web server on loopback that hosts media well and badly: one path a fault, byte for byte as the table says.

Written on bare asyncio streams because a web framework repairs what must stay broken: it corrects lengths, drops
duplicate fields and refuses control characters.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections import Counter
from collections.abc import Iterable

from .answers import End, Reply, Request, refused, served
from .paths import PATHS, Case

_HEAD_LIMIT = 64 * 1024
# Long enough for a client to read what was sent before the reset; the kernel may drop unread bytes with it.
_BEFORE_RESET_S = 0.05
# A body or head that comes slowly comes in about this many pieces.
_DROPS = 40


class Hosting:
    """The server as an asynchronous context manager, bound to loopback and a free port by default.

    ``slow_s`` is how many seconds the slow paths take. ``cases`` are served beside the built-in ones. With ``tls`` it speaks
    https. ``requests`` logs every request in order, and ``counts`` how often each path was asked for.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        slow_s: float = 30.0,
        cases: Iterable[Case] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.slow_s = slow_s
        self.requests: list[Request] = []
        self.counts: Counter[str] = Counter()
        self.connections = 0
        self._tls = tls
        self._cases = {case.path.partition("?")[0]: case for case in (*PATHS.values(), *cases)}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Hosting:
        self._server = await asyncio.start_server(
            self._serve, self.host, self.port, limit=_HEAD_LIMIT, backlog=1024, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is None:
            return
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    @property
    def origin(self) -> str:
        """Scheme, host and port, for example ``http://127.0.0.1:8080``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def url(self, path: str) -> str:
        """The whole URL of a path of the table; ``{now}`` in it becomes the time, as in a pre-signed URL."""
        return self.origin + path.replace("{now}", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))

    def forget(self) -> None:
        """Start counting anew: paths that change with each request begin at their first answer again."""
        self.requests.clear()
        self.counts.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self.connections += 1
        number = self.connections
        try:
            while await self._answer(reader, writer, number):
                pass
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass  # the client went away, or sent what is no request
        except asyncio.CancelledError:
            pass  # the server stops; Python 3.11 would log a handler that ends as cancelled
        finally:
            writer.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        """Read one request and answer it; whether the connection goes on."""
        head = await reader.readuntil(b"\r\n\r\n")
        request = self._read(head, number)
        if request is None:
            writer.write(refused("400 Bad Request").head)
            return False
        self.requests.append(request)
        reply = self._reply(request)
        await _send(writer, reply, head_only=request.method == "HEAD")
        if reply.end is End.RESET:
            await _reset(writer)
        elif reply.end is End.HANG:
            await reader.read()
        last = "close" in request.value("connection").lower() or b" HTTP/1.0\r\n" in head
        return reply.end is End.KEEP and not last

    def _read(self, head: bytes, number: int) -> Request | None:
        lines = head.decode("latin-1").split("\r\n")[:-2]
        words = lines[0].split(" ")
        if len(words) != 3 or not words[1].startswith("/"):
            return None
        path, _, query = words[1].partition("?")
        self.counts[path] += 1
        return Request(
            method=words[0],
            path=path,
            query=query,
            fields=tuple(_field(line) for line in lines[1:]),
            time=time.time(),
            connection=number,
            count=self.counts[path],
            slow_s=self.slow_s,
        )

    def _reply(self, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            reply = refused("405 Method Not Allowed", "", "Allow: GET, HEAD", "Connection: close")
            return Reply(head=reply.head, body=reply.body, end=End.CLOSE)
        if request.path == "/":
            return served("text/plain; charset=utf-8", self._index())
        case = self._cases.get(request.path)
        return case.respond(request) if case else refused("404 Not Found", "no such path here")

    def _index(self) -> bytes:
        lines = (f"{case.path}  {case.title}" for case in self._cases.values())
        return ("\n".join(lines) + "\n").encode()


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip(" \t")


async def _send(writer: asyncio.StreamWriter, reply: Reply, *, head_only: bool) -> None:
    body = b"" if head_only else reply.body
    if reply.wait_s:
        await asyncio.sleep(reply.wait_s)
    if reply.head_s or reply.body_s:
        await _drip(writer, reply.head, reply.head_s)
        await _drip(writer, body, reply.body_s)
        return
    writer.write(reply.head + body)
    await writer.drain()
    if reply.endless and not head_only:
        await _repeat(writer, body)


async def _repeat(writer: asyncio.StreamWriter, content: bytes) -> None:
    while True:
        writer.write(content)
        await writer.drain()
        await asyncio.sleep(0)  # drain alone does not let others run while the client reads fast


async def _drip(writer: asyncio.StreamWriter, content: bytes, seconds: float) -> None:
    step = max(1, len(content) // _DROPS if seconds else len(content))
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
        await writer.drain()
        await asyncio.sleep(seconds * step / len(content))


async def _reset(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(_BEFORE_RESET_S)
    plug: socket.socket = writer.get_extra_info("socket")
    # A linger time of 0 makes the close a reset (RST) instead of an orderly end (FIN).
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
