"""How the sandbox gateway copies a file: by the vendor's published rules, and by nothing that preflight itself uses.

It asks with aiohttp's client, where preflight has a reader of its own, so that the two can be held against each other. Loopback
addresses only: names are never looked up, and every other address is refused.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from .codes import COPY_FAILED, TOO_BIG
from .recognise import fits, image_opens, media_type_of, plays

# The published limits without transcoding, in bytes; objects have their own.
LIMITS = {"image": 1_000_000, "audio": 1_000_000, "video": 1_000_000}
OBJECT_LIMIT = 2_048_000
_STRIPPED = ("audio", "video")  # the query of these URLs is stripped
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What became of one file: ``code`` is the documented error, empty where it was copied; ``plays`` is False for
    sound and film that will fail in encoding. ``detail`` is for the log."""

    kind: str
    url: str
    code: str = ""
    detail: str = ""
    media_type: str = ""
    length: int = 0
    plays: bool = True


class _Refused(Exception):
    """This file cannot be copied: the code, and why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Copier:
    """How to ask. Everything the vendor does not document is a setting: Accept-Encoding, redirects, time (seconds)."""

    accept_encoding: str = "gzip"
    user_agent: str = "sandbox-gateway/1"
    max_redirects: int = 5
    timeout_s: float = 5.0
    hosts: tuple[str, ...] = ("localhost",)
    tls: ssl.SSLContext | None = None

    async def copy(self, kind: str, url: str) -> Copy:
        """Fetch one file for the slide element ``kind`` and look at it. Never raises for what a host does."""
        try:
            async with asyncio.timeout(self.timeout_s):
                declared, body = await self._fetch(kind, url)
            media_type = _agreed(kind, declared, body)
        except _Refused as refusal:
            return Copy(kind=kind, url=url, code=refusal.code, detail=refusal.detail)
        except Exception as error:  # whatever the client stumbles over, the file was not copied
            return Copy(kind=kind, url=url, code=COPY_FAILED[kind], detail=type(error).__name__)
        if kind == "image" and not image_opens(body):
            return Copy(kind=kind, url=url, code="E341", detail="the image does not decode")
        return Copy(
            kind=kind, url=url, media_type=media_type, length=len(body), plays=plays(media_type, body)
        )  # fmt: skip

    async def _fetch(self, kind: str, url: str) -> tuple[list[str], bytes]:
        """The Content-Type values and the bytes of the final answer."""
        failed = COPY_FAILED[kind]
        place = URL(url.split("?")[0] if kind in _STRIPPED else url, encoded=True)
        async with self._session() as session:
            for _ in range(self.max_redirects + 1):
                self._admit(place, failed)
                async with session.get(place, allow_redirects=False) as response:
                    if response.status in _REDIRECTS and "Location" in response.headers:
                        place = place.join(URL(response.headers["Location"], encoded=True))
                        continue
                    return await _read(response, kind)
        raise _Refused(failed, "too many redirects")

    def _admit(self, place: URL, failed: str) -> None:
        if place.scheme not in ("http", "https") or not place.raw_host:
            raise _Refused(failed, "no http(s) URL")
        if place.raw_host not in self.hosts and not _is_loopback(place.raw_host):
            raise _Refused(failed, "the sandbox fetches from loopback only")

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        connector = aiohttp.TCPConnector(
            force_close=True, resolver=_Loopback(), ssl=self.tls or True, use_dns_cache=False
        )  # fmt: skip
        fields = {
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": self.accept_encoding,
        }
        async with aiohttp.ClientSession(
            connector=connector,
            headers=fields,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as session:
            yield session


class _Loopback(AbstractResolver):
    """Every name that was let in is this machine; nothing is ever looked up."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        return


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _read(response: aiohttp.ClientResponse, kind: str) -> tuple[list[str], bytes]:
    """Judge the raw fields by the published rules, then read."""
    failed = COPY_FAILED[kind]
    fields = [(name.strip().lower(), value.strip()) for name, value in response.raw_headers]
    names = [name for name, _ in fields]
    if response.status != 200:
        raise _Refused(failed, f"status {response.status}")
    if b"transfer-encoding" in names:
        raise _Refused(failed, "Transfer-Encoding")
    if b"content-length" not in names:
        raise _Refused(failed, "no Content-Length")
    limit = LIMITS.get(kind, OBJECT_LIMIT)
    if (response.content_length or 0) > limit:
        raise _Refused(TOO_BIG[kind], f"{response.content_length} bytes")
    body = _decoded(await response.read(), response.headers.get("Content-Encoding", ""), limit)
    if body is None:
        raise _Refused(failed, "the content coding cannot be undone")
    if not body:
        raise _Refused(failed, "empty")
    if len(body) > limit:
        raise _Refused(TOO_BIG[kind], "too many bytes once unpacked")
    return [value.decode("latin-1") for name, value in fields if name == b"content-type"], body


def _decoded(body: bytes, coding: str, limit: int) -> bytes | None:
    """The bytes without gzip, at most one more than the limit; None where that does not work."""
    if coding.lower() in ("", "identity"):
        return body
    if coding.lower() not in ("gzip", "x-gzip"):
        return None
    unpacker = zlib.decompressobj(wbits=31)
    try:
        out = unpacker.decompress(body, limit + 1)
    except zlib.error:
        return None
    return out if unpacker.eof or len(out) > limit else None


def _agreed(kind: str, declared: list[str], body: bytes) -> str:
    """The media type, where the header, the bytes and the slide element go together."""
    media_type = media_type_of(declared, body)
    if media_type is None or not fits(kind, media_type):
        raise _Refused("E629", f"Content-Type {', '.join(declared) or 'missing'}")
    return media_type
