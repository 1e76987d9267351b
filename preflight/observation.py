"""What was seen when a URL was fetched the way a gateway does: plain data, no opinion.

A broken exchange is a ``Failure``, never an exception: what a remote host does is evidence. All times are in
seconds, all lengths in bytes, all sizes in pixels. ``None`` always means "not seen" or "not known".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from .target import Target


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
        return [value for key, value in self.fields if key.lower() == name]

    def value(self, name: str) -> str | None:
        """The first value of a field, or None; ``name`` in lower case."""
        for key, value in self.fields:
            if key.lower() == name:
                return value
        return None

    @property
    def malformed(self) -> bool:
        """Whether some fault makes the whole answer unusable."""
        return any(fault.kind is FaultKind.MALFORMED for fault in self.faults)

    @property
    def chunked(self) -> bool:
        """Whether Transfer-Encoding names chunked, with or without parameters."""
        return self.codings is not None and any(
            coding.partition(";")[0].strip(" \t") == "chunked" for coding in self.codings
        )

    @property
    def length(self) -> int | None:
        """Content-Length as a number, where all that was sent agrees on one."""
        if not self.lengths:
            return None
        if len(self.lengths) == 1:
            return _number(self.lengths[0])
        numbers = {_number(text) for text in self.lengths}
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
        return self.end in (BodyEnd.COMPLETE, BodyEnd.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect: the URL that answered, its status, and the Location as sent."""

    url: str
    status: int
    location: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image's header facts. ``problem`` says why the header cannot be read; the rest may then be missing.

    ``orientation`` is the EXIF value 1 to 8; ``frames`` counts the pictures of an animation; ``gps`` is whether EXIF or XMP holds a
    position; ``mode`` is the colour model: gray, rgb, cmyk, palette.
    """

    format: str
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    progressive: bool = False
    transparent: bool = False
    frames: int | None = None
    duration_s: float | None = None
    orientation: int | None = None
    gps: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """An audio file's (or a video's sound track's) stream facts. ``bitrate`` in bits a second."""

    format: str
    codec: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    duration_s: float | None = None
    bitrate: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video's container and stream facts. ``late_header`` is whether the movie header comes after the media data."""

    format: str
    codec: str | None = None
    profile: str | None = None
    level: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    duration_s: float | None = None
    bitrate: int | None = None
    brand: str | None = None
    brands: tuple[str, ...] = ()
    late_header: bool = False
    fragmented: bool = False
    audio_codec: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decode:
    """A decode to the end (``--deep``). One of: ``errors`` (what the decoder said), ``skipped`` (why it was not run),
    ``stopped`` (it overran its limits or died); all None where it found nothing wrong."""

    decoder: str
    errors: str | None = None
    skipped: str | None = None
    stopped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the bytes of the first identity answer are, its content coding undone.

    ``detected_type`` is canonical (``image/jpeg``); ``detected_by`` names who said so, with its version. ``whole`` is
    False where the bytes are only the beginning. ``truncated``, ``corrupt`` and ``overrun`` are one clause each: the media ends before its own
    structure does; a checksum or inner structure is wrong; the structure has too many parts to look at. ``trailing`` counts bytes after
    the media's own end. ``document`` describes a web page or an error document, ``undecoded`` why the coding could not be undone.
    """

    length: int
    whole: bool = True
    detected_type: str | None = None
    detected_by: str | None = None
    utf8: bool = False
    characters: int | None = None
    document: str | None = None
    undecoded: str | None = None
    truncated: str | None = None
    corrupt: str | None = None
    overrun: str | None = None
    trailing: int = 0
    decode: Decode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An earlier try that failed for a reason that may go away."""

    detail: str
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed URL: the scheme's name (``S3``), and the end of the signature in seconds since the epoch."""

    scheme: str
    ends_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that was seen of one target. ``observed_at`` is in seconds since the epoch, UTC.

    ``thumbnail`` is a small data URI, made only where a report or a recording asks. ``made_with`` names the libraries that
    read the media, with versions.
    """

    target: Target
    observed_at: float
    exchanges: tuple[Exchange, ...]
    attempts: tuple[Attempt, ...] = ()
    content: Content | None = None
    image: Image | None = None
    audio: Audio | None = None
    video: Video | None = None
    signed: Signed | None = None
    elapsed_s: float = 0.0
    thumbnail: str | None = None
    made_with: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> Exchange:
        """The exchange that type and media rules look at: the first one made."""
        return self.exchanges[0]
