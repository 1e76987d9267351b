"""JPEG: from marker to marker (ITU-T T.81), the frame header, EXIF, and whether the end is there."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from ..observation import Image
from .exif import Exif, read_exif, xmp_position
from .walk import MAX_ITEMS, Seen, Walk

_EOI = 0xFFD9
_FRAMES = frozenset(range(0xFFC0, 0xFFD0)) - {0xFFC4, 0xFFC8, 0xFFCC}
_PROGRESSIVE = frozenset({0xFFC2, 0xFFC6, 0xFFCA, 0xFFCE})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_BITS, _BITS_LOSSLESS = (8, 12), range(2, 17)
_SAMPLINGS = bytes(across << 4 | down for across in range(1, 5) for down in range(1, 5))
_ALONE = frozenset({0xFF01, *range(0xFFD0, 0xFFDA)})
"""Markers that no length follows."""
_SEGMENTS = frozenset(range(0xFF01, 0xFFFF)) - _ALONE
_SEGMENT = struct.Struct(">HH")
_FRAME = struct.Struct(">H3xHHB")
_MODES = {1: "gray", 3: "rgb", 4: "cmyk"}
_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_FILL = b"\xff" * 65_536
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\x00"
_NO_EXIF = Exif()


class _Seen(Seen):
    """What the markers have shown so far; ``names`` are those of the components."""

    width: int = 0
    height: int = 0
    components: int = 0
    frame: int = 0
    exif: Exif = _NO_EXIF
    scans: int = 0
    parts: bool = False
    late_height: bool = False
    names: bytes = b""


def walk_jpeg(data: bytes, whole: bool) -> Walk:
    """Read a JPEG's structure. ``whole`` False: the bytes are only the beginning, so a missing end is nothing."""
    seen = _Seen()
    _markers(data, seen)
    if seen.end and seen.components and not seen.scans:
        seen.corrupt = "the JPEG holds no image data (no scan)"
    image = Image(
        format="jpeg",
        width=seen.width or None,
        height=seen.height or None,
        mode=_MODES.get(seen.components),
        progressive=seen.frame in _PROGRESSIVE,
        orientation=seen.exif.orientation,
        gps=seen.exif.gps or seen.position,
        problem=None if seen.width and seen.height and seen.components else _problem(seen, whole),
    )
    trailing = len(data) - seen.end if seen.end and not seen.parts else 0
    return seen.finished(image, trailing, whole)


def has_late_height(data: bytes) -> bool:
    """Whether the height stands behind the first scan (DNL), which T.81 allows and libjpeg does not read."""
    seen = _Seen()
    _markers(data, seen)
    return seen.late_height


def _problem(seen: _Seen, whole: bool) -> str | None:
    if seen.unfinished and (seen.width or not seen.components):
        return (
            None  # the frame header, or the height that stands behind the first scan, was not met
        )
    if seen.components:
        return f"its header says {seen.width} x {seen.height} pixels"
    return "it has no frame header (SOF marker)" if whole or seen.end else None


def _markers(data: bytes, seen: _Seen) -> None:
    """Walk all segments and scans until the end marker; the first image of a file of several is the one that counts."""
    at, size, unpack = 2, len(data), _SEGMENT.unpack_from
    last = size - 4
    for _ in range(MAX_ITEMS):
        marker, length = unpack(data, at) if at <= last else _last(data, at)
        if marker not in _SEGMENTS:
            if marker not in _ALONE:
                at = _find(_MARKER, data, at)
                marker, length = _last(data, at)
            if marker == _EOI:
                seen.end = at + 2
                return
            if marker in _ALONE:
                at += 2
                continue
        end = at + 2 + length
        if end > size or length < 2:
            _broken(marker, length, seen)
            return
        at = _TELLING[marker](data, at, end, seen) if marker in _TELLING else end
    seen.overrun = f"the JPEG has over {MAX_ITEMS:,} segments"


def _last(data: bytes, at: int) -> tuple[int, int]:
    """A marker and the length behind it, near the end of the data: 0 for no marker, 65,535 for no length."""
    if at + 4 <= len(data):
        marker, length = _SEGMENT.unpack_from(data, at)
        return marker, length
    return data[at] << 8 | data[at + 1] if at + 2 <= len(data) else 0, 0xFFFF


def _broken(marker: int, length: int, seen: _Seen) -> None:
    """Note what is wrong where no whole segment follows."""
    if not marker:
        seen.truncated = seen.truncated or "the JPEG data end without their end marker (EOI)"
    elif length < 2:
        _wrong(seen, "a JPEG segment states a length below 2")
    else:
        seen.truncated = "the JPEG data end inside a segment"


def _find(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where a pattern of two bytes is found at or after an offset, else the end. Fill bytes are passed over a block at a time."""
    while at < len(data):
        found = pattern.search(data, at, at + len(_FILL))
        if found:
            return found.start()
        at += len(_FILL) - 1
        while data.startswith(_FILL, at):
            at += len(_FILL) - 1
    return len(data)


def _frame(data: bytes, at: int, end: int, seen: _Seen) -> int:
    """The frame header (T.81 section B.2.2). One that cannot be says nothing of the picture's size either."""
    if seen.components:
        return end
    parts = data[at + 10 : end]
    if end - at < 10 or data[at + 9] * 3 != len(parts):
        _wrong(seen, "the length of the JPEG's frame header (SOF) does not fit its components")
    elif data[at + 4] not in (_BITS_LOSSLESS if data[at + 1] in _LOSSLESS else _BITS):
        _wrong(seen, f"the JPEG's frame header (SOF) says {data[at + 4]} bits a sample")
    elif parts[1::3].translate(None, _SAMPLINGS):
        _wrong(seen, "the JPEG's frame header (SOF) has a sampling factor that is not 1 to 4")
    else:
        seen.frame, seen.height, seen.width, seen.components = _FRAME.unpack_from(data, at)
        seen.names = parts[::3]
    return end


def _tables(data: bytes, at: int, end: int, seen: _Seen) -> int:
    """Huffman tables (T.81 section B.2.4.2): each has 16 counts, and as many values as they say together."""
    table = at + 4
    while (values := table + 17) <= end:
        table = values + sum(data[table + 1 : values])
    if table > end:
        _wrong(seen, "a Huffman table of the JPEG (DHT) is longer than its segment")
    return end


def _wrong(seen: _Seen, clause: str) -> None:
    """Note what is against the rules of the format; what is met first is what is said."""
    seen.corrupt = seen.corrupt or clause


def _scan(data: bytes, at: int, end: int, seen: _Seen) -> int:
    """Pass over the entropy-coded data behind the segment: they end at the next marker that is not part of them."""
    seen.scans += 1
    count = (end - at - 8) // 2
    if not 1 <= count <= 4 or data[at + 4] != count or (end - at) % 2:
        _wrong(seen, "the length of a JPEG scan header (SOS) does not fit its components")
    elif seen.components and data[at + 5 : end - 3 : 2].translate(None, seen.names):
        _wrong(seen, "a JPEG scan header (SOS) names a component that the frame does not have")
    after = _find(_IN_SCAN, data, end)
    if after == end and seen.scans == 1 and data.startswith(b"\xff\xd9", end):
        seen.truncated = "the JPEG's first scan holds no data"
    return after


def _lines(data: bytes, at: int, end: int, seen: _Seen) -> int:
    """The height, where the frame header left it open."""
    if not seen.height and end - at >= 6:
        seen.height, seen.late_height = data[at + 4] << 8 | data[at + 5], True
    return end


def _application_1(data: bytes, at: int, end: int, seen: _Seen) -> int:
    start = at + 4
    if data.startswith(b"Exif\x00", start):
        if seen.exif is _NO_EXIF:
            seen.exif = read_exif(data[start + 6 : end])
    elif data.startswith((_XMP, _XMP_MORE), start):
        seen.position = seen.position or xmp_position(data[start:end])
    return end


def _application_2(data: bytes, at: int, end: int, seen: _Seen) -> int:
    seen.parts = seen.parts or data.startswith(b"MPF\x00", at + 4)
    return end


_TELLING: dict[int, Callable[[bytes, int, int, _Seen], int]] = {
    **dict.fromkeys(_FRAMES, _frame),
    0xFFC4: _tables,
    0xFFDA: _scan,
    0xFFDC: _lines,
    0xFFE1: _application_1,
    0xFFE2: _application_2,
}
"""Who reads the segments that say something of the picture, and gives the offset of what follows; the others are passed over."""
