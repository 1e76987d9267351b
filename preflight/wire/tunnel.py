"""Asking a proxy for a tunnel (RFC 9110 section 9.3.6)."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import cast

from .head import MAX_HEAD, find_end, read_head
from .proxy import Proxy
from .url import Url


class TunnelError(Exception):
    """There is no tunnel; ``str()`` says why in one clause of our own."""


class _Asking(asyncio.Protocol):
    """Sends one CONNECT; ``answer`` becomes the head that comes back, empty where none does.

    A plain protocol and not a stream: a stream's writer closes the connection when it is collected, and the tunnel with it.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, request: bytes) -> None:
        self.answer: asyncio.Future[bytes] = loop.create_future()
        self._request = request
        self._raw = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(self._request)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._raw += data
        end = find_end(self._raw)
        if end >= 0 or len(self._raw) > MAX_HEAD:
            self._settle(bytes(self._raw[: max(end, 0)]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(b"")

    def _settle(self, head: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(head)


async def open_tunnel(
    sock: socket.socket, outer: ssl.SSLContext | None, proxy: Proxy, url: Url
) -> asyncio.Transport:
    """A transport that ends at the URL's host; ``outer`` is for TLS with the proxy itself. Raises TunnelError."""
    loop = asyncio.get_running_loop()
    host = f"[{url.host}]" if ":" in url.host else url.host
    place = f"{host}:{url.port}"
    request = f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{proxy.fields}\r\n".encode("latin-1")
    try:
        transport, asking = await loop.create_connection(
            lambda: _Asking(loop, request),
            sock=sock,
            ssl=outer,
            server_hostname=proxy.url.host if outer else None,
        )
    except (OSError, ssl.SSLError):
        raise TunnelError("TLS with the proxy failed") from None
    try:
        _check(await asking.answer)
    except BaseException:
        transport.abort()
        raise
    return transport


def _check(head: bytes) -> None:
    if not head:
        raise TunnelError("the proxy closed the connection instead of opening a tunnel")
    status = read_head(head).status
    if status is None:
        raise TunnelError("the proxy did not answer in HTTP")
    if not 200 <= status < 300:
        raise TunnelError(f"the proxy answered {status} instead of opening a tunnel")
