"""GIF: from block to block (CompuServe GIF89a specification), its frames and their delays."""

from __future__ import annotations

import struct

from ..observation import Image
from .exif import xmp_position
from .walk import MAX_ITEMS, Seen, Walk

_MAX_SUB_BLOCKS = 1_000_000
_STRETCH = 16_384
_PLACE = struct.Struct("<4H")
_CONTROL = struct.Struct("<BHxB")


class _Seen(Seen):
    """What the blocks have shown so far. ``delay`` is in hundredths of a second."""

    width: int = 0
    height: int = 0
    frames: int = 0
    delay: int = 0
    pending: int = 0
    see_through: bool = False
    transparent: bool = False
    steps: int = 0


def walk_gif(data: bytes, whole: bool) -> Walk:
    """Read a GIF's structure. ``whole`` False: the bytes are only the beginning, so a missing end is nothing.

    ``frames`` counts what is there; ``duration_s`` adds the delays as stated, once through.
    """
    seen = _Seen()
    if len(data) < 13:
        seen.truncated = "the GIF data end inside the header"
    else:
        seen.width, seen.height = data[6] | data[7] << 8, data[8] | data[9] << 8
        _blocks(data, 13 + _table(data[10]), seen)
    if seen.end and not seen.frames and seen.width and seen.height:
        seen.corrupt = "the GIF holds no picture"
    trailing = len(data) - seen.end if seen.end else 0
    return seen.finished(_image(seen, whole), trailing, whole)


def _image(seen: _Seen, whole: bool) -> Image:
    # Until the first picture, which may widen the screen, 0 is no fault.
    empty = not (seen.width and seen.height) and (seen.frames or not seen.unfinished)
    return Image(
        format="gif",
        width=seen.width or None,
        height=seen.height or None,
        mode="palette",
        transparent=seen.transparent,
        frames=seen.frames or None,
        duration_s=seen.delay / 100 if seen.frames > 1 else None,
        gps=seen.position,
        problem=f"its header says {seen.width} x {seen.height} pixels" if empty and whole else None,
    )


def _table(packed: int) -> int:
    """Bytes of the colour table that a packed field announces."""
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _blocks(data: bytes, at: int, seen: _Seen) -> None:
    size = len(data)
    for _ in range(MAX_ITEMS):
        if at >= size:
            seen.truncated = "the GIF data end without their trailer"
            return
        kind = data[at]
        if kind == 0x2C:
            at = _picture(data, at, seen)
        elif kind == 0x21:
            at = _extension(data, at, seen)
        elif kind == 0x3B or (seen.frames and data[at : at + 4] == b"GIF8"):
            # A second GIF glued on in place of the trailer: every reader shows the first one and stops.
            seen.end = at + 1
            return
        elif kind == 0:  # a spare block terminator, which every reader passes over
            at += len(data[at : at + 4096]) - len(data[at : at + 4096].lstrip(b"\x00"))
        else:
            seen.corrupt = f"a GIF block begins with 0x{kind:02x}, which is no kind of block"
            return
        if seen.truncated or seen.overrun:
            return
    seen.overrun = f"the GIF has over {MAX_ITEMS:,} blocks"


def _picture(data: bytes, at: int, seen: _Seen) -> int:
    if at + 10 > len(data):
        seen.truncated = "the GIF data end inside a picture"
        return at
    if (
        not seen.frames
    ):  # readers widen the screen to the first picture; later ones use transparency for what stays
        seen.transparent = seen.see_through
        left, top, width, height = _PLACE.unpack_from(data, at + 1)
        seen.width, seen.height = max(seen.width, left + width), max(seen.height, top + height)
    end = _sub_blocks(data, at + 11 + _table(data[at + 9]), seen)
    if not seen.truncated:
        seen.frames += 1
        seen.delay += seen.pending
        seen.pending, seen.see_through = 0, False
    return end


def _extension(data: bytes, at: int, seen: _Seen) -> int:
    if data.startswith(b"!\xf9\x04", at) and at + 8 <= len(data):
        flags, seen.pending, terminator = _CONTROL.unpack_from(data, at + 3)
        seen.see_through = bool(flags & 1)
        if terminator == 0:
            return at + 8
    end = _sub_blocks(data, at + 2, seen)
    if data.startswith(b"!\xff", at) and data.startswith(b"XMP DataXMP", at + 3):
        seen.position = seen.position or xmp_position(data[at + 14 : end])
    return end


def _sub_blocks(data: bytes, at: int, seen: _Seen) -> int:
    """Where the sub-blocks that begin here end, behind their terminator."""
    steps = 0
    try:
        while length := data[at]:
            if length < 255:
                at, steps = at + length + 1, steps + 1
            else:  # most blocks are full ones: count these many at a time
                lengths = data[at : at + _STRETCH : 256]
                full = len(lengths) - len(lengths.lstrip(b"\xff"))
                at, steps = at + 256 * full, steps + full
    except IndexError:
        seen.truncated = "the GIF data end inside a picture or an extension"
        return at
    seen.steps += steps
    if seen.steps > _MAX_SUB_BLOCKS:
        seen.overrun = f"the GIF has over {_MAX_SUB_BLOCKS:,} data blocks"
    return at + 1
