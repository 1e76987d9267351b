"""What the sandbox's hosting hears and says: a request as read, and a reply as a script of exact bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``time`` is in seconds since the epoch, ``connection`` numbers the connections from 1.

    ``count`` is how often this path was asked for so far, this request included. ``slow_s`` is the server's setting for
    its slow paths, in seconds.
    """

    method: str
    path: str
    query: str
    fields: tuple[tuple[str, str], ...]
    time: float
    connection: int
    count: int = 1
    slow_s: float = 30.0

    def value(self, name: str) -> str:
        """All values of a field, joined as a list; ``name`` in lower case. Empty where there is none."""
        return ", ".join(value for key, value in self.fields if key.lower() == name)

    @property
    def wants_gzip(self) -> bool:
        """Whether the client takes gzip, as most servers read it: the word is there, and not with a weight of 0."""
        for member in self.value("accept-encoding").lower().split(","):
            coding, _, weight = member.replace(" ", "").partition(";")
            if coding in ("gzip", "x-gzip", "*"):
                return weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
        return False


class End(StrEnum):
    """What happens to the connection once all bytes are out."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"  # stays open and silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Exact bytes: ``wait_s`` before the first one; head and body each at once, or in drops over so many seconds.

    A HEAD request gets ``head`` alone. An ``endless`` reply repeats its body until the client goes away.
    """

    head: bytes = b""
    body: bytes = b""
    wait_s: float = 0.0
    head_s: float = 0.0
    body_s: float = 0.0
    endless: bool = False
    end: End = End.KEEP


Respond = Callable[[Request], Reply]


def head(status: str, *lines: str, version: str = "HTTP/1.1") -> bytes:
    """A response head with these lines and no others, in Latin-1."""
    return "\r\n".join((f"{version} {status}", *lines, "", "")).encode("latin-1")


def served(
    media_type: str, body: bytes, *lines: str, status: str = "200 OK", end: End = End.KEEP
) -> Reply:
    """An answer as it should be: Content-Type, Content-Length, and the bytes."""
    fields = (f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *lines)
    return Reply(head=head(status, *fields), body=body, end=end)


def raw(
    lines: tuple[str, ...], body: bytes, *, status: str = "200 OK", version: str = "HTTP/1.1"
) -> Reply:
    """An answer with exactly these field lines, closed afterwards."""
    return Reply(head=head(status, *lines, version=version), body=body, end=End.CLOSE)


def chunked(media_type: str, body: bytes, *lines: str, spelling: str = "chunked") -> Reply:
    """An answer in chunks, without Content-Length."""
    fields = (f"Content-Type: {media_type}", f"Transfer-Encoding: {spelling}", *lines)
    return Reply(head=head("200 OK", *fields), body=in_chunks(body))


def in_chunks(body: bytes, size: int = 4_096) -> bytes:
    """A body in the chunked transfer coding (RFC 9112 section 7.1)."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@lru_cache(maxsize=32)
def zipped(body: bytes) -> bytes:
    """The body under gzip, the same bytes every time."""
    return gzip.compress(body, mtime=0)


def chunked_when_gzip(request: Request, media_type: str, body: bytes, *lines: str) -> Reply:
    """What compression on the fly does: a length for those who ask for identity, chunks for those who take gzip."""
    if not request.wants_gzip:
        return served(media_type, body, "Vary: Accept-Encoding", *lines)
    return chunked(
        media_type, zipped(body), "Content-Encoding: gzip", "Vary: Accept-Encoding", *lines
    )


def redirect(location: str, status: str = "302 Found") -> Reply:
    """A redirect with an empty body."""
    return Reply(head=head(status, f"Location: {location}", "Content-Length: 0"))


def refused(status: str, text: str = "", *lines: str) -> Reply:
    """An answer with some other status and a short plain text."""
    body = f"{text or status}\n".encode()
    return served("text/plain; charset=utf-8", body, *lines, status=status)
