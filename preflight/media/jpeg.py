"""JPEG: from marker to marker (ITU-T T.81), the frame header, EXIF, and whether the end is there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..observation import Image
from .exif import Exif, read_exif, xmp_position
from .walk import MAX_ITEMS, Seen, Walk, finished

_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_MODES = {1: "gray", 3: "rgb", 4: "cmyk"}
_IN_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_FILL = b"\xff" * 65_536
_XMP = b"http://ns.adobe.com/xap/1.0/\x00"
_XMP_MORE = b"http://ns.adobe.com/xmp/extension/\x00"
_NO_EXIF = Exif()
_NO_MARKERS = frozenset({0x00, 0xFF})
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_TELLING = _FRAMES | {0xDC, 0xE1, 0xE2}
"""Segments that say something of the picture; the others are only passed over."""


@dataclass(slots=True)
class _Seen(Seen):
    """What the markers have shown so far."""

    width: int = 0
    height: int = 0
    components: int = 0
    frame: int = 0
    exif: Exif = _NO_EXIF
    scans: int = 0
    parts: bool = False


def walk_jpeg(data: bytes, whole: bool) -> Walk:
    """Read a JPEG's structure. ``whole`` False: the bytes are only the beginning, so a missing end is nothing."""
    seen = _Seen()
    _markers(data, seen)
    trailing = len(data) - seen.end if seen.end and not seen.parts else 0
    return finished(seen, _image(seen, whole), whole=whole, trailing=trailing)


def _image(seen: _Seen, whole: bool) -> Image:
    problem = None
    if not seen.components:
        problem = "it has no frame header (SOF marker)" if whole or seen.end else None
    elif not seen.width or not seen.height:
        problem = f"its header says {seen.width} x {seen.height} pixels"
    return Image(
        format="jpeg",
        width=seen.width or None,
        height=seen.height or None,
        mode=_MODES.get(seen.components),
        progressive=seen.frame in _PROGRESSIVE,
        orientation=seen.exif.orientation,
        gps=seen.exif.gps or seen.position,
        problem=problem,
    )


def _markers(data: bytes, seen: _Seen) -> None:
    """Walk all segments and scans until the end marker; the first image of a file of several is the one that counts."""
    at, size = 2, len(data)
    for _ in range(MAX_ITEMS):
        if at + 2 > size or data[at] != 0xFF or data[at + 1] in _NO_MARKERS:
            at = _find(_MARKER, data, at)
        if at + 2 > size:
            seen.truncated = seen.truncated or "the JPEG data end without their end marker (EOI)"
            return
        marker = data[at + 1]
        if marker == 0xD9:
            seen.end = at + 2
            if not seen.scans:
                seen.corrupt = "the JPEG holds no image data (no scan)"
            return
        if marker in _WITHOUT_LENGTH:
            at += 2
            continue
        start = at + 4
        end = at + 2 + (data[at + 2] << 8 | data[at + 3]) if start <= size else start
        if end > size or start > size:
            seen.truncated = "the JPEG data end inside a segment"
            return
        if end < start:
            seen.corrupt = "a JPEG segment states a length below 2"
            return
        if marker == 0xDA:
            at = _scan(data, end, seen)
            continue
        if marker in _TELLING:
            _segment(data, marker, start, end, seen)
        at = end
    seen.overrun = f"the JPEG has over {MAX_ITEMS:,} segments"


def _scan(data: bytes, start: int, seen: _Seen) -> int:
    """Where the entropy-coded data that begin at ``start`` end: at the next marker that is not part of them."""
    seen.scans += 1
    end = _find(_IN_SCAN, data, start)
    if end == start and seen.scans == 1 and data.startswith(b"\xff\xd9", end):
        seen.truncated = "the JPEG's first scan holds no data"
    return end


def _find(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    """Where a pattern of two bytes is found at or after an offset, else the end. Fill bytes are passed over a block at a time."""
    while at < len(data):
        while data.startswith(_FILL, at):
            at += len(_FILL) - 1
        found = pattern.search(data, at, at + len(_FILL))
        if found:
            return found.start()
        at += len(_FILL) - 1
    return len(data)


def _segment(data: bytes, marker: int, start: int, end: int, seen: _Seen) -> None:
    if marker in _FRAMES:
        if end - start >= 6 and not seen.components:
            seen.frame = marker
            seen.height = data[start + 1] << 8 | data[start + 2]
            seen.width = data[start + 3] << 8 | data[start + 4]
            seen.components = data[start + 5]
    elif marker == 0xE1:
        _application_1(data, start, end, seen)
    elif marker == 0xE2:
        seen.parts = seen.parts or data.startswith(b"MPF\x00", start)
    elif marker == 0xDC and not seen.height and end - start >= 2:
        seen.height = data[start] << 8 | data[start + 1]


def _application_1(data: bytes, start: int, end: int, seen: _Seen) -> None:
    if data.startswith(b"Exif\x00", start):
        if seen.exif is _NO_EXIF:
            seen.exif = read_exif(data[start + 6 : end])
    elif data.startswith(_XMP, start) or data.startswith(_XMP_MORE, start):
        seen.position = seen.position or xmp_position(data[start:end])
