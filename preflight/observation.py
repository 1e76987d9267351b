"""What was seen when a URL was fetched the way a gateway does: plain data, no opinion.

A broken exchange is a ``Failure``, never an exception: what a remote host does is evidence. All times are in
seconds, all lengths in bytes, all sizes in pixels. ``None`` always means "not seen" or "not known".
"""

from __future__ import annotations

from dataclasses import field

from .exchange import (
    Body,
    BodyEnd,
    Exchange,
    Failure,
    FailureKind,
    Fault,
    FaultKind,
    Head,
    Hop,
    Purpose,
    Timing,
)
from .target import Target
from .values import dataclass

__all__ = [
    "Attempt",
    "Audio",
    "Body",
    "BodyEnd",
    "Content",
    "Decode",
    "Exchange",
    "Failure",
    "FailureKind",
    "Fault",
    "FaultKind",
    "Head",
    "Hop",
    "Image",
    "Observation",
    "Purpose",
    "Signed",
    "Timing",
    "Video",
]


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

    ``detected_type`` is canonical (``image/jpeg``); ``detected_by`` names who said so, with its version; ``also`` is what a file
    that is of several kinds is besides, such as 3GP beside MP4. ``whole`` is False where the bytes are only the beginning. ``truncated``, ``corrupt`` and ``overrun`` are one clause each: the media ends before its own
    structure does; a checksum or inner structure is wrong; the structure has too many parts to look at, or there is nothing here to undo
    its coding with. ``trailing`` counts bytes after
    the media's own end. ``document`` describes a web page or an error document, ``undecoded`` why the coding could not be undone.
    """

    length: int
    whole: bool = True
    detected_type: str | None = None
    detected_by: str | None = None
    also: tuple[str, ...] = ()
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
