"""One request and what came back: heads, bodies, redirects, failures. Plain data, no opinion.

All times are in seconds, all lengths in bytes. ``None`` always means "not seen" or "not known".
"""

from __future__ import annotations

from enum import StrEnum

from .values import dataclass


class Purpose(StrEnum):
    """Why a request was made: which question of the gateway's it stands for."""

    IDENTITY = "identity"  # Accept-Encoding: identity, read to the end
    GZIP = "gzip"  # Accept-Encoding: gzip: does the answer become chunked?
    SECOND = "second"  # identity once more: does the answer change?
    WEBP = "webp"  # Accept: image/webp first: does the type change?
    BARE = "bare"  # without the query, which the gateway strips from audio and video


class FailureKind(StrEnum):
    """How an exchange broke off before a usable head."""

    INVALID_URL = "invalid-url"
    PRIVATE_ADDRESS = "private-address"
    HOST_NOT_FOUND = "host-not-found"  # the name does not exist, or has no address
    RESOLUTION = "resolution"  # the name could not be resolved for now
    REFUSED = "refused"
    UNREACHABLE = "unreachable"  # no route from here
    CLOSED = "closed"  # closed or reset before any byte of an answer
    TIMEOUT = "timeout"
    TLS_EXPIRED = "tls-expired"
    TLS_NOT_YET_VALID = "tls-not-yet-valid"
    TLS_NAME = "tls-name"
    TLS_SELF_SIGNED = "tls-self-signed"
    TLS_CHAIN = "tls-chain"  # missing intermediate or unknown authority
    TLS_PROTOCOL = "tls-protocol"  # no common protocol or cipher, or not TLS at all
    TLS_CLOSED = "tls-closed"  # cut off inside the handshake
    HEAD_CUT = "head-cut"  # the answer ended inside its head
    TOO_MANY_REDIRECTS = "too-many-redirects"
    REDIRECT_LOOP = "redirect-loop"
    PROXY = "proxy"  # the proxy that we were told to use failed
    BREAKER = "breaker"  # not tried: the origin failed too often just before
    DESCRIPTORS = "descriptors"  # our own process ran out of file descriptors
    INTERNAL = "internal"  # a fault of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer. ``detail`` is one clause in our own words, never a library's text."""

    kind: FailureKind
    detail: str = ""


class FaultKind(StrEnum):
    """How bad a deviation from RFC 9112 is."""

    MALFORMED = "malformed"  # no careful recipient may accept it
    IRREGULAR = "irregular"  # tolerated, but wrong


@dataclass(frozen=True, slots=True)
class Fault:
    """One deviation in a response head. ``line`` counts from 1, the status line."""

    kind: FaultKind
    detail: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The final response head. ``status`` is None where there was no status line that could be read.

    ``fields`` keeps the order and spelling of the wire, decoded as Latin-1. ``lengths`` holds every member of every
    Content-Length, ``codings`` every member of every Transfer-Encoding in lower case; None where there is no such field.
    """

    version: str | None
    status: int | None
    reason: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    lengths: tuple[str, ...] | None = None
    codings: tuple[str, ...] | None = None
    faults: tuple[Fault, ...] = ()
    interim: int = 0

    def values(self, name: str) -> list[str]:
        """All values of a field, in order; ``name`` in lower case."""
        size, found = len(name), []
        for key, value in self.fields:
            if len(key) == size and key.lower() == name:
                found.append(value)  # a comprehension would be a call more
        return found

    def value(self, name: str) -> str | None:
        """The first value of a field, or None; ``name`` in lower case."""
        size = len(name)
        for key, value in self.fields:
            if len(key) == size and key.lower() == name:
                return value
        return None

    @property
    def malformed(self) -> bool:
        """Whether some fault makes the whole answer unusable."""
        return bool(self.faults) and any(fault.kind is FaultKind.MALFORMED for fault in self.faults)

    @property
    def chunked(self) -> bool:
        """Whether Transfer-Encoding names chunked, with or without parameters."""
        return self.codings is not None and any(
            coding.partition(";")[0].strip(" \t") == "chunked" for coding in self.codings
        )

    @property
    def length(self) -> int | None:
        """Content-Length as a number, where all that was sent agrees on one."""
        lengths = self.lengths
        if not lengths:
            return None
        if len(lengths) == 1:
            return _number(lengths[0])
        numbers = {_number(text) for text in lengths}
        return numbers.pop() if len(numbers) == 1 else None


def _number(text: str) -> int | None:
    """A Content-Length in ASCII digits; longer than 18 digits counts as 10**18, so nobody's arithmetic overflows."""
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if len(text) <= 18 else min(int(text.lstrip("0")[:19] or "0"), 10**18)


class BodyEnd(StrEnum):
    """How reading a body ended."""

    COMPLETE = "complete"  # as long as the framing said
    CLOSED = "closed"  # the connection closed, which is the only end that this framing has
    SHORT = "short"  # closed before the framing said
    RESET = "reset"
    TIMEOUT = "timeout"
    LIMIT = "limit"  # we stopped: over the profile's size
    DROPPED = "dropped"  # we stopped: only the head was asked for
    BAD_CHUNK = "bad-chunk"  # the chunked framing is broken


_WHOLE = (BodyEnd.COMPLETE, BodyEnd.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The body as it came over the wire, chunked framing taken off, content coding not.

    ``surplus`` counts bytes that arrived beyond Content-Length; ``digest`` is the SHA-256, where it was needed.
    """

    end: BodyEnd
    received: int = 0
    surplus: int = 0
    digest: str | None = None

    @property
    def whole(self) -> bool:
        """Whether everything that the server meant to send is here."""
        return self.end in _WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect: the URL that answered, its status, and the Location as sent.

    ``permitted`` is whether its address is not public but was let in, as an Exchange says of the last one.
    """

    url: str
    status: int
    location: str
    permitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds spent in each phase of the last hop; ``total`` covers all hops. None: the phase did not happen."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    body: float | None = None
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request, its redirects, and the final answer: a head, a failure, or (broken off in the body) both.

    ``url`` is the address that gave the final answer. ``request`` is the request head as sent, secrets included; no
    report shows it unmasked. ``permitted`` says that the address is not public and was let in by the settings.
    """

    purpose: Purpose
    url: str
    hops: tuple[Hop, ...] = ()
    request: str = ""
    peer: str | None = None
    permitted: bool = False
    proxied: bool = False
    reused: bool = False
    timing: Timing = Timing()
    raw_head: str = ""
    head: Head | None = None
    failure: Failure | None = None
    body: Body | None = None

    @property
    def status(self) -> int | None:
        """The final status, where one was read."""
        return self.head.status if self.head else None
