"""EXIF and XMP: the orientation, and whether a position on Earth is in there. Nothing else is read."""

from __future__ import annotations

import struct
from typing import Literal

from ..values import dataclass

Order = Literal["little", "big"]

_MAX_ENTRIES = 512
_ORIENTATION, _GPS_IFD, _XMP_TAG = 0x0112, 0x8825, 0x02BC
_LATITUDE, _LONGITUDE = 2, 4
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 13: 4}
_INTEGERS = frozenset({1, 3, 4, 6, 8, 9})
"""BYTE, SHORT, LONG and their signed forms: EXIF says SHORT for the orientation, and writers take any of them."""
_ORDERS: dict[bytes, Order] = {b"II*\x00": "little", b"MM\x00*": "big"}
_ENTRY = {"little": struct.Struct("<HHI4s"), "big": struct.Struct(">HHI4s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exif:
    """``orientation`` is 1 to 8, None where absent or out of range; ``gps`` is whether a latitude or longitude is given."""

    orientation: int | None = None
    gps: bool = False


def read_exif(tiff: bytes) -> Exif:
    """Read the TIFF structure of an EXIF block (after "Exif\\0\\0"). A broken one says nothing; it never raises."""
    order = _ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return Exif()
    first = directory(tiff, int.from_bytes(tiff[4:8], order), order)
    orientation = None
    if _ORIENTATION in first:
        kind, count, value = first[_ORIENTATION]
        held = count >= 1 and kind in _INTEGERS
        number = int.from_bytes(value[: _SIZES[kind]], order) if held else 0
        orientation = number if 1 <= number <= 8 else None
    gps = False
    if _GPS_IFD in first:
        position = directory(tiff, int.from_bytes(first[_GPS_IFD][2], order), order)
        gps = any(_filled(tiff, position.get(tag), order) for tag in (_LATITUDE, _LONGITUDE))
    if not gps and _XMP_TAG in first:
        _, count, value = first[_XMP_TAG]
        at = int.from_bytes(value, order)
        gps = xmp_position(tiff[at : at + min(count, 1_000_000)])
    return Exif(orientation=orientation, gps=gps)


def directory(tiff: bytes, at: int, order: Order) -> dict[int, tuple[int, int, bytes]]:
    """The entries of one directory: tag to (type, count, the four value bytes); at most 512, as many as are there."""
    first = at + 2
    count = min(int.from_bytes(tiff[at:first], order), _MAX_ENTRIES, (len(tiff) - first) // 12)
    entries: dict[int, tuple[int, int, bytes]] = {}
    for tag, kind, number, value in _ENTRY[order].iter_unpack(tiff[first : first + 12 * count]):
        if tag not in entries:
            entries[tag] = kind, number, value
    return entries


def _filled(tiff: bytes, entry: tuple[int, int, bytes] | None, order: Order) -> bool:
    """Whether a coordinate holds numbers: three rationals, of which the denominators are not all zero."""
    if entry is None or entry[1] == 0:
        return False
    kind, count, value = entry
    size = _SIZES.get(kind, 1) * count
    at = int.from_bytes(value, order)
    held = value[:size] if size <= 4 else tiff[at : at + min(size, 64)]
    if kind not in (5, 10):
        return bool(held.strip(b"\x00 "))
    step = [held[index + 4 : index + 8] for index in range(0, len(held), 8)]
    return any(part.strip(b"\x00") for part in step)


def xmp_position(packet: bytes) -> bool:
    """Whether an XMP packet names a latitude or longitude (exif:GPSLatitude), in UTF-8 or UTF-16."""
    if b"GPSLatitude" in packet or b"GPSLongitude" in packet:
        return True
    return (
        "GPSLatitude".encode("utf-16-le") in packet or "GPSLongitude".encode("utf-16-le") in packet
    )
