"""The one POST. Exactly one: no redirect, no retry by us or by the library, no kept connection that may turn out stale.

What came before the request's headers were handed to the socket is NotSent, for certain. From that moment on only an answer that
can be read says more than Unknown. aiohttp's trace hook marks the moment, before the first byte is written.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from ..errors import UsageError
from .decode import decode
from .document import MAX_BYTES
from .encode import encode
from .reply import Accepted, NotSent, Refused, Reply, Unknown
from .request import Api, Secret, SendRequest

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import AbstractResolver

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_SocketAddress: TypeAlias = "tuple[int, int, int, str, tuple[object, ...]]"
_SHORTEST_MASKED_KEY = 8  # a shorter key would be found in texts by chance


@dataclass(slots=True)
class Phase:
    """How far a POST has come. ``sent`` is set before its first byte can leave."""

    sent: bool = False


class _PlainHttpError(OSError):
    """Plain http to an address outside the allowed networks."""


async def post(
    request: SendRequest,
    *,
    endpoint: str,
    api: Api,
    api_key: Secret,
    timeout_s: float = 30.0,
    allow_networks: Sequence[str] = (),
    ssl_context: ssl.SSLContext | None = None,
    content_type: str | None = None,
    resolver: AbstractResolver | None = None,
    phase: Phase | None = None,
) -> Reply:
    """Encode a request, POST it once, and decode what came back. ``timeout_s`` (seconds) bounds all of it.

    ``allow_networks`` (CIDR) are the only addresses that plain http may go to. No verdict is asked for: that is ``send``'s part.
    Cancellation is passed on; ``phase`` then tells whether the request may be out. Raises UsageError for an endpoint that is no
    https URL (or allowed http), and for a request with errors.
    """
    networks = check_endpoint(endpoint, allow_networks)
    headers, body = encode(request, api, api_key, content_type=content_type)
    phase = phase or Phase()
    try:
        async with asyncio.timeout(timeout_s):
            status, head, answer = await _exchange(
                endpoint, headers, body, networks, ssl_context, resolver, phase
            )
    except Exception as error:  # whatever a library raises, its text is not shown
        if phase.sent:
            return Unknown(reason=_lost(error, timeout_s))
        return NotSent(reason=_unreached(error, timeout_s))
    return _without_key(decode(status, head, answer), api_key)


def check_endpoint(endpoint: str, allow_networks: Sequence[str]) -> tuple[Network, ...] | None:
    """The networks that a plain http endpoint may be in; None for https, which may go anywhere.

    Raises UsageError for a URL that is not absolute http(s), has user information or a fragment, or is plain http with no
    network allowed, or with a literal address outside those that are.
    """
    networks = tuple(_network(text) for text in allow_networks)
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("the endpoint is not a URL") from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not all("!" <= mark <= "~" for mark in endpoint)
    ):
        raise UsageError("the endpoint must be an absolute https URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UsageError("the endpoint must have neither user information nor a fragment")
    if parts.scheme == "https":
        return None
    if not networks or (_is_literal(host) and not _inside(host, networks)):
        raise UsageError(
            "plain http is allowed only to addresses inside an allowed network, because it shows the api-key"
        )
    return networks


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{text!r} is not a network such as 127.0.0.0/8") from None


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _inside(address: str, networks: tuple[Network, ...]) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in networks)


async def _exchange(
    endpoint: str,
    headers: Mapping[str, str],
    body: bytes,
    networks: tuple[Network, ...] | None,
    ssl_context: ssl.SSLContext | None,
    resolver: AbstractResolver | None,
    phase: Phase,
) -> tuple[int, dict[str, str], bytes]:
    import aiohttp
    from yarl import URL

    def open_socket(info: _SocketAddress) -> socket.socket:
        if networks is not None and not _inside(str(info[4][0]), networks):
            raise _PlainHttpError("outside the allowed networks")
        opened = socket.socket(info[0], info[1], info[2])
        opened.setblocking(False)
        return opened

    async def headers_go_out(*_: object) -> None:
        phase.sent = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(headers_go_out)
    connector = aiohttp.TCPConnector(
        force_close=True,
        use_dns_cache=False,
        resolver=resolver,
        ssl=ssl_context or True,
        socket_factory=open_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False, trace_configs=[trace],
        headers={"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "mms-preflight"},
    ) as session:  # fmt: skip
        if hasattr(session, "_retry_connection"):
            session._retry_connection = False
        async with session.post(
            URL(endpoint, encoded=True), data=body, headers=headers, allow_redirects=False
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


def _without_key(
    reply: Accepted | Refused | Unknown, api_key: Secret
) -> Accepted | Refused | Unknown:
    """An answer that repeats the api-key, as an error text may, must not carry it further."""
    key = api_key.reveal()
    if len(key) < _SHORTEST_MASKED_KEY:
        return reply
    shown: dict[str, Any] = {}
    for field in fields(reply):
        value = getattr(reply, field.name)
        if isinstance(value, str) and key in value:
            shown[field.name] = value.replace(key, "***")
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
        return "the gateway's answer is not HTTP"
    return "the connection was lost before the gateway had answered"
