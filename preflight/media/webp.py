"""WebP: the RIFF length, the first picture's size, the animation (WebP Container Specification, RFC 9649)."""

from __future__ import annotations

from dataclasses import dataclass

from ..observation import Image
from .exif import Exif, read_exif, xmp_position
from .riff import chunks
from .walk import MAX_ITEMS, Seen, Walk, finished

_NO_EXIF = Exif()
_ALPHA, _ANIMATED = 0x10, 0x02


@dataclass(slots=True)
class _Seen(Seen):
    """What the chunks have shown so far. ``delay`` is in milliseconds."""

    width: int | None = None
    height: int | None = None
    extended: bool = False
    animated: bool = False
    transparent: bool = False
    pictures: int = 0
    frames: int = 0
    delay: int = 0
    exif: Exif = _NO_EXIF
    problem: str | None = None


def walk_webp(data: bytes, whole: bool) -> Walk:
    """Read a WebP's structure. ``whole`` False: the bytes are only the beginning, so a missing end is nothing."""
    seen = _Seen()
    stated = 8 + int.from_bytes(data[4:8], "little")
    end = min(stated, len(data))
    _chunks(data, end, seen)
    if stated > len(data) + (stated & 1):
        missing = stated - len(data)
        seen.truncated = (
            f"the WebP's header says {stated:,} bytes, and {missing:,} of them are missing"
        )
    elif whole and seen.pictures + seen.frames == 0 and not seen.truncated and not seen.overrun:
        seen.corrupt = "the WebP holds no picture"
    trailing = max(0, len(data) - stated - (stated & 1))
    return finished(seen, _image(seen, whole), whole=whole, trailing=trailing)


def _image(seen: _Seen, whole: bool) -> Image:
    problem = seen.problem
    if problem is None and seen.width is None and whole:
        problem = "it has no header that tells its size"
    return Image(
        format="webp",
        width=seen.width,
        height=seen.height,
        mode="rgb",
        transparent=seen.transparent,
        frames=seen.frames if seen.animated and seen.frames else None,
        duration_s=seen.delay / 1000 if seen.animated and seen.frames else None,
        orientation=seen.exif.orientation,
        gps=seen.exif.gps or seen.position,
        problem=problem,
    )


def _chunks(data: bytes, end: int, seen: _Seen) -> None:
    for count, (name, start, length) in enumerate(chunks(data, 12, end)):
        if count >= MAX_ITEMS:
            seen.overrun = f"the WebP has over {MAX_ITEMS:,} chunks"
            return
        if start + length > end:
            seen.truncated = "the WebP data end inside a chunk"
        if name == b"VP8 ":
            seen.pictures += 1
            _lossy(data, start, seen)
        elif name == b"VP8L":
            seen.pictures += 1
            _lossless(data, start, seen)
        elif name == b"VP8X":
            _extended(data, start, length, seen)
        elif name == b"ANMF":
            seen.frames += 1
            seen.delay += int.from_bytes(data[start + 12 : start + 15], "little")
        elif name == b"ALPH":
            seen.transparent = True
        elif name == b"EXIF" and seen.exif is _NO_EXIF:
            seen.exif = read_exif(data[start : start + length].removeprefix(b"Exif\x00\x00"))
        elif name == b"XMP ":
            seen.position = seen.position or xmp_position(data[start : start + length])


def _lossy(data: bytes, start: int, seen: _Seen) -> None:
    """The VP8 key frame header (RFC 6386 section 9.1): three bytes, a start code, two sizes of 14 bits."""
    if seen.extended or seen.width is not None or len(data) < start + 10:
        return
    if data[start] & 1 or data[start + 3 : start + 6] != b"\x9d\x01\x2a":
        seen.problem = "its VP8 data do not begin with a key frame"
        return
    seen.width = int.from_bytes(data[start + 6 : start + 8], "little") & 0x3FFF
    seen.height = int.from_bytes(data[start + 8 : start + 10], "little") & 0x3FFF
    if not seen.width or not seen.height:
        seen.problem = f"its header says {seen.width} x {seen.height} pixels"


def _lossless(data: bytes, start: int, seen: _Seen) -> None:
    if len(data) < start + 5:
        return
    bits = int.from_bytes(data[start + 1 : start + 5], "little")
    if data[start] != 0x2F or bits >> 29:
        seen.problem = "its VP8L data do not begin with their signature"
        return
    seen.transparent = seen.transparent or bool(bits >> 28 & 1)
    if not seen.extended and seen.width is None:
        seen.width, seen.height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _extended(data: bytes, start: int, length: int, seen: _Seen) -> None:
    if length < 10 or len(data) < start + 10 or seen.extended:
        return
    flags = data[start]
    seen.extended = True
    seen.animated = bool(flags & _ANIMATED)
    seen.transparent = bool(flags & _ALPHA)
    seen.width = 1 + int.from_bytes(data[start + 4 : start + 7], "little")
    seen.height = 1 + int.from_bytes(data[start + 7 : start + 10], "little")
