"""PNG: from chunk to chunk (W3C PNG, third edition), with every checksum; nothing but small text chunks is inflated."""

from __future__ import annotations

import struct
import zlib

from ..observation import Image
from .exif import Exif, read_exif, xmp_position
from .walk import MAX_ITEMS, Seen, Walk

_CHUNK = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_HEADER = struct.Struct(">IIBBBBB")
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_MODES = {0: "gray", 2: "rgb", 3: "palette", 4: "gray", 6: "rgb"}
_PALETTES = range(3, 769, 3)
_DEFLATE = (0x8F, 8)
"""A mask for the first byte of the image data, and what it leaves: method 8, a window of at most 32 KiB (W3C PNG, section 10.1)."""
_SMALL = 0x20
"""The bit of a name's first letter that lets readers pass over a chunk which they do not know (section 5.4)."""
_TEXTS = frozenset({b"iTXt", b"zTXt", b"tEXt"})
_TELLING = _TEXTS | {b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"eXIf"}
"""Chunks that say something of the picture; the others, data and end apart, are only passed over."""
_XMP = b"XML:com.adobe.xmp\x00"
_RAW = b"Raw profile type "
_MAX_TEXT = 262_144
_MAX_TEXTS = 1_000
_MAX_PROFILES = 16

_MOST = (1 << 31) - 1
"""The largest number that a PNG may hold (W3C PNG, section 7.1)."""

_NO_EXIF = Exif()


class _Seen(Seen):
    """What the chunks have shown so far. ``delay`` is in seconds, of the frames of an animation; ``began`` is whether the image data
    did, ``data`` their bytes and ``first`` the first of them."""

    width: int | None = None
    height: int | None = None
    colour: int | None = None
    transparent: bool = False
    animated: int = 0
    frames: int = 0
    delay: float = 0.0
    palette: bool = False
    began: bool = False
    data: int = 0
    first: bytes = b""
    texts: int = 0
    profiles: int = 0
    exif: Exif = _NO_EXIF
    problem: str | None = None


def walk_png(data: bytes, whole: bool) -> Walk:
    """Read a PNG's structure. ``whole`` False: the bytes are only the beginning, so a missing end is nothing."""
    seen = _Seen()
    _chunks(data, seen)
    if seen.end:
        _judge(seen)
    animated = bool(seen.animated and seen.frames)
    image = Image(
        format="png",
        width=seen.width,
        height=seen.height,
        mode=_MODES.get(seen.colour) if seen.colour is not None else None,
        transparent=seen.transparent,
        frames=_frames(seen, whole) if animated else None,
        duration_s=round(seen.delay, 3) if animated else None,
        orientation=seen.exif.orientation,
        gps=seen.exif.gps or seen.position,
        problem=seen.problem or _without_header(seen, whole),
    )
    trailing = len(data) - seen.end if seen.end else 0
    return seen.finished(image, trailing, whole)


def _frames(seen: _Seen, whole: bool) -> int:
    """The frames that are there. Of a part only the header knows, unless it was written to a pipe, and says more than a PNG may."""
    return seen.frames if whole or seen.animated > _MOST else seen.animated


def _without_header(seen: _Seen, whole: bool) -> str | None:
    if seen.width is not None or seen.unfinished:
        return None
    return "it has no header (IHDR)" if whole or seen.end else None


def _chunks(data: bytes, seen: _Seen) -> None:
    at, size, view = 8, len(data), memoryview(data)
    unpack, checksum, crc32 = _CHUNK.unpack_from, _CHECKSUM.unpack_from, zlib.crc32
    before = b""
    for _ in range(MAX_ITEMS):
        if at + 12 > size:
            _cut(seen, "the PNG data end without their end chunk (IEND)")
            return
        length, kind = unpack(data, at)
        end = at + 8 + length
        if end + 4 > size:
            _past_the_end(kind, length, seen)
            return
        if crc32(view[at + 4 : end]) != checksum(data, end)[0]:
            _wrong(seen, f"the checksum of a PNG chunk ({_name(kind)}) is wrong")
            if not kind.isalpha():
                return
        elif kind in _TELLING:
            _chunk(data, kind, at + 8, end, seen)
        if kind == b"IDAT":
            if before != kind:
                _begin(seen)
            if seen.data < 2:
                seen.first += data[at + 8 : min(at + 10, end)]
            seen.data += length
        elif kind == b"IEND":
            seen.end = end + 4
            if length:
                _wrong(seen, "the PNG's end chunk (IEND) is not empty")
            return
        elif kind not in _TELLING and not kind[0] & _SMALL:
            _wrong(seen, _unknown(kind))
        at, before = end + 4, kind
    seen.overrun = f"the PNG has over {MAX_ITEMS:,} chunks"


def _past_the_end(kind: bytes, length: int, seen: _Seen) -> None:
    """A chunk that is longer than what is left: cut off, or its length or place is wrong."""
    if kind.isalpha() and length < 1 << 31:
        _cut(seen, f"the PNG data end inside a chunk ({_name(kind)})")
    else:
        _wrong(seen, "the PNG's chunks do not follow each other")


def _cut(seen: _Seen, clause: str) -> None:
    """Note that the end is missing, unless the way there was lost: behind a wrong checksum no length is sure."""
    if not seen.corrupt:
        seen.truncated = clause


def _wrong(seen: _Seen, clause: str) -> None:
    """Note what breaks the rules of the format. What is met first is what is said; the rest may follow from it."""
    seen.corrupt = seen.corrupt or clause


def _begin(seen: _Seen) -> None:
    """A data chunk behind another chunk. All data chunks follow each other: readers stop behind the last one in the row."""
    if seen.began:
        _wrong(seen, "another chunk stands between the PNG's data chunks (IDAT)")
    seen.began = True


def _unknown(kind: bytes) -> str:
    """The clause on a chunk without which a PNG cannot be read, and which PNG does not have."""
    if kind == b"CgBI":
        return "the PNG is in the form that Xcode makes for Apple's devices alone (CgBI)"
    return f"the PNG has a critical chunk that the format does not know ({_name(kind)})"


def _name(kind: bytes) -> str:
    return kind.decode("ascii") if kind.isalnum() else kind.hex()


def _chunk(data: bytes, kind: bytes, start: int, end: int, seen: _Seen) -> None:
    if kind == b"IHDR":
        if start != 16:
            _wrong(seen, "a header (IHDR) is not the PNG's first chunk")
        if seen.width is None:
            _header(data, start, end, seen)
    elif kind == b"PLTE":
        seen.palette = True
        if seen.began:
            _wrong(seen, "the PNG's palette (PLTE) stands behind its data")
        elif end - start not in _PALETTES:
            _wrong(seen, f"the PNG's palette (PLTE) has {end - start:,} bytes, not three a colour")
    elif kind == b"tRNS":
        alpha = data[start : min(end, start + 256)]
        seen.transparent = seen.transparent or seen.colour != 3 or bool(alpha.strip(b"\xff"))
    elif kind == b"acTL":
        if not seen.data and end - start >= 8:
            seen.animated = int.from_bytes(data[start : start + 4])
    elif kind == b"fcTL":
        if end - start >= 26:
            _frame(data, start, seen)
    elif kind == b"eXIf":
        if seen.exif is not _NO_EXIF:
            return
        seen.exif = read_exif(data[start:end].removeprefix(b"Exif\x00\x00"))
    elif seen.texts < _MAX_TEXTS:
        seen.texts += 1
        _text(data, kind, start, end, seen)


def _header(data: bytes, start: int, end: int, seen: _Seen) -> None:
    if end - start != 13:
        seen.problem = f"its header (IHDR) has {end - start} bytes, not 13"
        return
    seen.width, seen.height, depth, seen.colour, compression, filtering, interlace = (
        _HEADER.unpack_from(data, start)
    )
    seen.transparent = seen.colour in (4, 6)
    if not 0 < seen.width < 1 << 31 or not 0 < seen.height < 1 << 31:
        seen.problem = f"its header says {seen.width} x {seen.height} pixels"
    elif depth not in _DEPTHS.get(seen.colour, ()):
        seen.problem = (
            f"its header says colour type {seen.colour} with {depth} bits, which does not exist"
        )
    elif compression or filtering or interlace > 1:
        seen.problem = "its header names an unknown compression, filter or interlace method"


def _frame(data: bytes, start: int, seen: _Seen) -> None:
    numerator, denominator = struct.unpack_from(">HH", data, start + 20)
    seen.frames += 1
    seen.delay += numerator / (denominator or 100)


def _text(data: bytes, kind: bytes, start: int, end: int, seen: _Seen) -> None:
    """XMP in an iTXt chunk, and the EXIF or XMP that ImageMagick writes in hexadecimal digits as a "Raw profile type"."""
    keyword = data[start : start + 32]
    if not keyword.startswith((_XMP, _RAW)) or seen.profiles >= _MAX_PROFILES:
        return
    seen.profiles += 1
    if kind == b"iTXt" and keyword.startswith(_XMP):
        packed = data[start + 18 : start + 19] == b"\x01"
        body = data[start + 20 : end].split(b"\x00", 2)[-1]
        seen.position = seen.position or xmp_position(_inflate(body) if packed else body)
    elif kind != b"iTXt" and keyword.startswith(_RAW):
        name, _, body = data[start:end].partition(b"\x00")
        _raw_profile(name[17:], _inflate(body[1:]) if kind == b"zTXt" else body[:_MAX_TEXT], seen)


def _raw_profile(name: bytes, text: bytes, seen: _Seen) -> None:
    lines = text.split(maxsplit=2)
    digits = b"".join(lines[2].split()) if len(lines) == 3 else b""
    try:
        profile = bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    except ValueError:
        return
    if name == b"xmp":
        seen.position = seen.position or xmp_position(profile)
    elif name in (b"exif", b"APP1") and seen.exif is _NO_EXIF:
        seen.exif = read_exif(profile.removeprefix(b"Exif\x00\x00"))


def _inflate(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return b""


def _judge(seen: _Seen) -> None:
    """What only shows once the end chunk is reached."""
    if seen.width is None or seen.corrupt or seen.problem:
        return
    mask, method = _DEFLATE
    if seen.data < 2:
        seen.corrupt = "the PNG holds no image data (IDAT)"
    elif seen.first[0] & mask != method or int.from_bytes(seen.first[:2]) % 31:
        seen.corrupt = "the PNG's data (IDAT) do not begin as compressed data do"
    elif seen.colour == 3 and not seen.palette:
        seen.corrupt = "the PNG has no palette (PLTE), which its colour type needs"
