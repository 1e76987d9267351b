"""TIFF: size, orientation and position from the first directory, and no more."""

from __future__ import annotations

from ..observation import Image
from .exif import Order, directory, read_exif
from .walk import Walk

_WIDTH, _HEIGHT, _PHOTOMETRIC = 0x0100, 0x0101, 0x0106
_MODES = {0: "gray", 1: "gray", 2: "rgb", 3: "palette", 5: "cmyk", 6: "rgb"}


def walk_tiff(data: bytes, whole: bool) -> Walk:
    """Read the first directory of a TIFF; without it, where the file is whole, the header cannot be read."""
    order: Order = "little" if data[:2] == b"II" else "big"
    offset = int.from_bytes(data[4:8], order)
    if data[2:4] not in (b"*\x00", b"\x00*"):
        return Walk(image=Image(format="tiff", problem="it is a BigTIFF, which is not read here"))
    entries = directory(data, offset, order)
    numbers = {
        tag: _first(order, entries[tag])
        for tag in (_WIDTH, _HEIGHT, _PHOTOMETRIC)
        if tag in entries
    }
    exif = read_exif(data)
    width, height = numbers.get(_WIDTH), numbers.get(_HEIGHT)
    cut = whole and offset >= len(data)
    problem = None
    if whole and not cut and not (width and height):
        problem = "its first directory names no size"
    image = Image(
        format="tiff",
        width=width or None,
        height=height or None,
        mode=_MODES.get(numbers.get(_PHOTOMETRIC, -1)),
        orientation=exif.orientation,
        gps=exif.gps,
        problem=problem,
    )
    return Walk(
        image=image, truncated="the TIFF data end before the first directory" if cut else None
    )


def _first(order: Order, entry: tuple[int, int, bytes]) -> int:
    kind, _, value = entry
    return int.from_bytes(value[:2] if kind == 3 else value, order)
