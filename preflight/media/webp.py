"""WebP: the RIFF length, the first picture's size, the animation (WebP Container Specification, RFC 9649)."""

from __future__ import annotations

import struct

from ..observation import Image
from .exif import Exif, read_exif, xmp_position
from .walk import MAX_ITEMS, Seen, Walk

_CHUNK = struct.Struct("<4sI")
_SIZES = struct.Struct("<HH")
_NO_EXIF = Exif()
_ALPHA, _ANIMATED = 0x10, 0x02


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
    elif whole and not seen.pictures + seen.frames and seen.extended and not seen.unfinished:
        seen.corrupt = "the WebP holds no picture"
    trailing = max(0, len(data) - stated - (stated & 1))
    return seen.finished(_image(seen, whole), trailing, whole)


def _image(seen: _Seen, whole: bool) -> Image:
    problem = seen.problem
    if problem is None and seen.width is None and whole and not seen.unfinished:
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
    at, unpack = 12, _CHUNK.unpack_from
    for _ in range(MAX_ITEMS):
        if at + 8 > end:
            return
        name, length = unpack(data, at)
        start = at + 8
        at = start + length + (length & 1)
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
    if at + 8 <= end:
        seen.overrun = f"the WebP has over {MAX_ITEMS:,} chunks"


def _lossy(data: bytes, start: int, seen: _Seen) -> None:
    """The VP8 key frame header (RFC 6386 section 9.1): three bytes, a start code, two sizes of 14 bits."""
    if seen.extended or seen.width is not None or len(data) < start + 10:
        return
    if data[start] & 1 or not data.startswith(b"\x9d\x01\x2a", start + 3):
        seen.problem = "its VP8 data do not begin with a key frame"
        return
    width, height = _SIZES.unpack_from(data, start + 6)
    seen.width, seen.height = width & 0x3FFF, height & 0x3FFF
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
