"""The one POST. Exactly one: no redirect, no retry by us or by the library, no kept connection that may turn out stale.

What came before the request's headers were handed to the socket is NotSent, for certain. From that moment on only an answer that
can be read says more than Unknown. aiohttp's trace hook marks the moment, before the first byte is written.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ..text import MASK, mask_text
from ..wire.address import Network
from .decode import decode
from .document import MAX_BYTES
from .encode import encode
from .endpoint import Gateway, inside, verify
from .reply import Accepted, NotSent, Refused, Reply, Unknown
from .request import Secret, SendRequest

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver

_SocketAddress: TypeAlias = "tuple[int, int, int, str, tuple[object, ...]]"
_SHORTEST_MASKED_KEY = 8  # a shorter key would be found in texts by chance
_HEAD_BYTES = 65_536  # of one field; aiohttp's own 8,190 would lose an answer that can be read
_HEAD_FIELDS = 1_000
_PROSE = ("text", "details")
"""What the gateway says in words."""


@dataclass(slots=True)
class Phase:
    """How far a POST has come. ``sent`` is set before its first byte can leave."""

    sent: bool = False


class _PlainHttpError(OSError):
    """Plain http to an address outside the allowed networks."""


async def post(
    request: SendRequest,
    gateway: Gateway,
    *,
    phase: Phase | None = None,
    resolver: AbstractResolver | None = None,
) -> Reply:
    """Encode a request, POST it once, and decode what came back, within the gateway's time.

    No verdict is asked for: that is ``send``'s part. Cancellation is passed on; ``phase`` then tells whether the request may be
    out. Raises UsageError for a gateway that cannot be sent to, and for a request with errors.
    """
    networks = verify(gateway)
    headers, body = encode(request, gateway.api, gateway.api_key, content_type=gateway.content_type)
    phase = phase or Phase()
    try:
        async with (
            asyncio.timeout(gateway.timeout_s),
            _session(networks, gateway.ssl_context, resolver, phase) as session,
        ):
            status, head, answer = await _exchange(session, gateway.url, headers, body)
    except Exception as error:  # whatever a library raises, its text is not shown
        if phase.sent:
            return Unknown(reason=_lost(error, gateway.timeout_s))
        return NotSent(reason=_unreached(error, gateway.timeout_s))
    return _without_secrets(decode(status, head, answer), gateway.api_key)


def _session(
    networks: tuple[Network, ...] | None, tls: ssl.SSLContext | None, resolver: AbstractResolver | None, phase: Phase
) -> aiohttp.ClientSession:  # fmt: skip
    """A client that connects anew, to allowed addresses only, takes nothing from the environment, and sets ``phase``."""
    import aiohttp

    def open_socket(info: _SocketAddress) -> socket.socket:
        if networks is not None and not inside(str(info[4][0]), networks):
            raise _PlainHttpError("outside the allowed networks")
        opened = socket.socket(info[0], info[1], info[2])
        opened.setblocking(False)
        return opened

    async def headers_go_out(*_: object) -> None:
        phase.sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(headers_go_out)
    connector = aiohttp.TCPConnector(
        force_close=True, use_dns_cache=False, resolver=resolver, ssl=tls or True, socket_factory=open_socket
    )  # fmt: skip
    session = aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False, trace_configs=[trace],
        max_line_size=_HEAD_BYTES, max_field_size=_HEAD_BYTES, max_headers=_HEAD_FIELDS,
        headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "mms-preflight"},
    )  # fmt: skip
    # aiohttp repeats a request on its own where a kept connection turns out closed. None is kept here; this makes sure.
    if hasattr(session, "_retry_connection"):
        session._retry_connection = False
    return session


async def _exchange(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    from yarl import URL

    async with session.post(
        URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
    ) as response:
        return response.status, _head(response), await _read(response)


def _head(response: aiohttp.ClientResponse) -> dict[str, str]:
    head: dict[str, str] = {}
    for name, value in response.headers.items():
        known = head.get(name.lower())
        head[name.lower()] = value if known is None else f"{known}, {value}"
    return head


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, or its beginning with one byte more than is ever read."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(16_384):
        body += chunk
        if len(body) > MAX_BYTES:
            response.close()
            break
    return bytes(body[: MAX_BYTES + 1])


def _without_secrets(
    reply: Accepted | Refused | Unknown, api_key: Secret
) -> Accepted | Refused | Unknown:
    """An answer that repeats the api-key, or a media URL with its signature, as an error text may, must not carry them further.

    Ids are opaque, and a postback repeats them: no URL is looked for in one.
    """
    key = api_key.reveal()
    masked = re.compile(re.escape(key), re.IGNORECASE)  # a code is read in capitals
    shown: dict[str, Any] = {}
    for field in fields(reply):
        value = getattr(reply, field.name)
        if isinstance(value, str) and len(key) >= _SHORTEST_MASKED_KEY and masked.search(value):
            value = shown[field.name] = masked.sub(MASK, value)
        if value and field.name in _PROSE:
            shown[field.name] = mask_text(value)
    return replace(reply, **shown)


def _unreached(error: Exception, timeout_s: float) -> str:
    import aiohttp

    cause = getattr(error, "os_error", error)
    if isinstance(error, TimeoutError):
        return f"no connection to the gateway within {timeout_s:g} s"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the gateway's host name could not be resolved"
    if isinstance(cause, _PlainHttpError):
        return "the gateway's host name leads to an address that plain http is not allowed to"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the gateway's certificate is not trusted"
    if isinstance(error, aiohttp.ClientSSLError):
        return "the TLS handshake with the gateway failed"
    if isinstance(cause, ConnectionRefusedError):
        return "the gateway refused the connection"
    return "no connection to the gateway could be made"


def _lost(error: Exception, timeout_s: float) -> str:
    import aiohttp

    if isinstance(error, TimeoutError):
        return f"no complete answer from the gateway within {timeout_s:g} s"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the gateway's answer broke off"
    if isinstance(error, aiohttp.ClientResponseError):
        return "the gateway's answer is not HTTP, or its head is too large"
    return "the connection was lost before the gateway had answered"
