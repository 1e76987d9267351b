"""A connection to a checked, pinned address: TCP, a proxy's tunnel, TLS; every failure in our own words."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import sys
from collections.abc import Coroutine, Sequence
from ipaddress import ip_address
from typing import Any, TypeVar, cast

from ..observation import Failure, FailureKind
from .connection import Connection, Plain, Secured
from .proxy import Proxy
from .settings import FetchSettings
from .tls import NO_TLS, describe_failure
from .tunnel import TunnelError, open_tunnel
from .url import Url

_OURS = {
    errno.EMFILE: "this process has no file descriptor left",
    errno.ENFILE: "this machine has no file descriptor left",
    errno.EADDRNOTAVAIL: "this machine has no local port left",
    errno.ENOBUFS: "this machine has no network buffer left",
    errno.ENOMEM: "this machine has no memory left",
}
_T = TypeVar("_T")
_NO_ROUTE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


class ConnectError(Exception):
    """No connection; ``failure`` says why. ``permitted``: the address is not public, and was let in."""

    def __init__(self, failure: Failure, *, permitted: bool = False) -> None:
        self.failure = failure
        self.permitted = permitted
        super().__init__(failure.kind.value)


def _fail(kind: FailureKind, detail: str) -> ConnectError:
    return ConnectError(Failure(kind=kind, detail=detail))


async def open_connection(
    url: Url, addresses: Sequence[str], settings: FetchSettings, context: ssl.SSLContext | None, proxy: Proxy | None,
) -> Connection:  # fmt: skip
    """A connection ready for a request, opened within ``connect_s``. Raises ConnectError; leaves no socket behind."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    place = proxy.url if proxy else url
    try:
        async with asyncio.timeout(settings.connect_s):
            opening = _open_socket(addresses, place.port)
            sock = await (_blaming_proxy(opening) if proxy else opening)
            try:
                _check_peer(sock, addresses)
                connected = loop.time()
                connection = await _start(loop, sock, url, context, proxy)
            except BaseException:
                sock.close()
                raise
    except TimeoutError:
        raise _fail(
            FailureKind.TIMEOUT, f"no connection within {settings.connect_s:g} seconds"
        ) from None
    connection.opened = {"connect": connected - started}
    if url.scheme == "https":
        connection.opened["tls"] = loop.time() - connected
    return connection


def _check_peer(sock: socket.socket, addresses: Sequence[str]) -> None:
    """The last gate: the other end must be one of the pinned addresses."""
    peer = ip_address(str(sock.getpeername()[0]).partition("%")[0])
    if peer not in {ip_address(address.partition("%")[0]) for address in addresses}:
        raise _fail(
            FailureKind.PRIVATE_ADDRESS,
            "the connection ended at another address than the one that was checked",
        )


async def _open_socket(addresses: Sequence[str], port: int) -> socket.socket:
    infos = [_info(address, port) for address in addresses]
    try:
        if len(infos) == 1:
            return await _connect_one(infos[0])
        from aiohappyeyeballs import start_connection

        return await start_connection(infos, happy_eyeballs_delay=0.25)
    except ConnectError:
        raise
    except OSError as error:
        raise ConnectError(_describe(error)) from None


_Info = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]


def _info(address: str, port: int) -> _Info:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


async def _connect_one(info: _Info) -> socket.socket:
    family, kind, protocol, _, place = info
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        await _connected(sock, place)
    except BaseException:
        sock.close()
        raise
    return sock


async def _connected(sock: socket.socket, place: tuple[str, int]) -> None:
    """As ``loop.sock_connect``; uvloop's asks the resolver about each address first, in a thread, which takes 0.1 to 0.3 ms."""
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":  # its loop waits for no writers
        await loop.sock_connect(sock, place)
        return
    try:
        sock.connect(place)
    except BlockingIOError:
        opened = asyncio.Event()
        loop.add_writer(sock, opened.set)
        try:
            await opened.wait()
        finally:
            loop.remove_writer(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, os.strerror(code)) from None


def _describe(error: OSError) -> Failure:
    errors = getattr(error, "exceptions", None) or [error]  # happy eyeballs may gather several
    codes = {getattr(one, "errno", None) for one in errors}
    ours = next((code for code in codes if code in _OURS), None)
    if ours is not None:
        return Failure(kind=FailureKind.DESCRIPTORS, detail=_OURS[ours])
    if errno.ECONNREFUSED in codes or any(
        isinstance(one, ConnectionRefusedError) for one in errors
    ):
        return Failure(kind=FailureKind.REFUSED, detail="the server refused the connection")
    if errno.ETIMEDOUT in codes:
        return Failure(
            kind=FailureKind.TIMEOUT, detail="the server did not answer the connection attempt"
        )
    if codes & _NO_ROUTE:
        return Failure(
            kind=FailureKind.UNREACHABLE, detail="there is no route to the server from here"
        )
    if codes & {errno.ECONNRESET, errno.ECONNABORTED, errno.EPIPE}:
        return Failure(
            kind=FailureKind.CLOSED, detail="the connection was reset before any byte of an answer"
        )
    return Failure(
        kind=FailureKind.UNREACHABLE, detail="the connection could not be opened from here"
    )


async def _start(
    loop: asyncio.AbstractEventLoop,
    sock: socket.socket,
    url: Url,
    context: ssl.SSLContext | None,
    proxy: Proxy | None,
) -> Connection:
    """TLS and the proxy's tunnel, as far as the URL wants them, and the protocol on top."""
    if proxy is None:
        return await _start_protocol(
            loop, sock, context if url.scheme == "https" else None, url.host
        )
    outer = context if proxy.url.scheme == "https" else None
    if url.scheme == "http":
        return await _blaming_proxy(_start_protocol(loop, sock, outer, proxy.url.host))
    try:
        transport = await open_tunnel(sock, outer, proxy, url)
    except TunnelError as error:
        raise _fail(FailureKind.PROXY, str(error)) from None
    return await _secure(loop, transport, _need(context), url.host)


async def _secure(
    loop: asyncio.AbstractEventLoop,
    transport: asyncio.Transport,
    context: ssl.SSLContext,
    host: str,
) -> Connection:
    connection = Secured(loop, transport)
    try:
        secured = await loop.start_tls(transport, connection, context, server_hostname=host)
    except BaseException as error:
        transport.abort()
        if isinstance(error, OSError):  # as ssl.SSLError is
            raise ConnectError(describe_failure(error)) from None
        raise
    connection.connection_made(cast(asyncio.BaseTransport, secured))
    return connection


async def _blaming_proxy(step: Coroutine[Any, Any, _T]) -> _T:
    """A step whose failure is the proxy's, and says nothing about the URL."""
    try:
        return await step
    except ConnectError as error:
        if error.failure.kind is FailureKind.DESCRIPTORS:
            raise
        raise _fail(
            FailureKind.PROXY, f"the proxy cannot be used: {error.failure.detail}"
        ) from None


def _need(context: ssl.SSLContext | None) -> ssl.SSLContext:
    if context is None:
        raise _fail(FailureKind.INTERNAL, "no TLS context was made")
    return context


async def _start_protocol(
    loop: asyncio.AbstractEventLoop, sock: socket.socket, context: ssl.SSLContext | None, host: str
) -> Connection:
    try:
        if context is None:
            return (await loop.create_connection(lambda: Plain(loop), sock=sock))[1]
        transport, first = await loop.create_connection(_First, sock=sock)
    except OSError as error:
        raise ConnectError(_describe(error)) from None
    if first.spoke:
        transport.abort()
        raise _fail(FailureKind.TLS_PROTOCOL, NO_TLS)
    if transport.is_closing():  # uvloop would wait for a handshake all the same
        raise ConnectError(describe_failure(ConnectionAbortedError()))
    return await _secure(loop, transport, context, host)


class _First(asyncio.Protocol):
    """Until TLS begins. A server that speaks before it is asked does not speak TLS."""

    spoke = False

    def data_received(self, data: bytes) -> None:
        self.spoke = True
