"""BMP: the header in its Windows and OS/2 forms, and whether the pixels are all there.

The file's own length field is often wrong and never judged; the pixels are, where their number follows from the header.
"""

from __future__ import annotations

import struct

from ..observation import Image
from .walk import Walk

_DEPTHS = frozenset({1, 2, 4, 8, 16, 24, 32, 64})
_PLAIN = frozenset({0, 3, 6})
_PACKED = frozenset({1, 2, 4, 5})


def walk_bmp(data: bytes, whole: bool) -> Walk:
    """Read a BMP's header. ``whole`` False: the bytes are only the beginning, so a missing end is nothing."""
    start, size = (int.from_bytes(data[at : at + 4], "little") for at in (10, 14))
    if len(data) < (26 if size == 12 else max(30, min(14 + size, 54))):
        cut = "the BMP data end inside the header" if whole else None
        return Walk(image=Image(format="bmp"), truncated=cut)
    if size == 12:
        width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, depth = struct.unpack_from("<iiHH", data, 18)
        compression = int.from_bytes(data[30:34], "little") if size >= 40 else 0
    image = _image(width, abs(height), depth, compression)
    truncated = (
        _missing(data, start, width, abs(height), depth, compression)
        if not image.problem and whole
        else None
    )
    return Walk(image=image, truncated=truncated)


def _image(width: int, height: int, depth: int, compression: int) -> Image:
    problem = None
    if width < 1 or height < 1:
        problem = f"its header says {width} x {height} pixels"
    elif depth not in _DEPTHS and not (depth == 0 and compression in (4, 5)):
        problem = f"its header says {depth} bits a pixel, which does not exist"
    elif compression not in _PLAIN | _PACKED:
        problem = f"its header names compression {compression}, which is unknown"
    return Image(
        format="bmp",
        width=width if width > 0 else None,
        height=height or None,
        mode="palette" if 0 < depth <= 8 else "rgb",
        problem=problem,
    )


def _missing(
    data: bytes, start: int, width: int, height: int, depth: int, compression: int
) -> str | None:
    """Pixels that the header promises and the data lack.

    Padding of the last row may be left out, unless the file's length field counts it. Packed pixels have no length of their own but
    the header's, which the length field must confirm.
    """
    stated = int.from_bytes(data[2:6], "little")
    if compression in _PACKED:
        needed = start + int.from_bytes(data[34:38], "little")
        if stated != needed or needed == start:
            return "the BMP data end before the pixels begin" if start >= len(data) else None
    else:
        row = (width * depth + 7) // 8
        padded = (row + 3) // 4 * 4
        full = start + padded * height
        needed = full if stated == full else full - padded + row
    if needed <= len(data):
        return None
    return (
        f"the BMP's header needs {needed:,} bytes, and {needed - len(data):,} of them are missing"
    )
