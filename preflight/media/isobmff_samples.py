"""The tables of a track's samples: how long they last, how many rows a table says, and where the last byte lies."""

from __future__ import annotations

import sys
from array import array

from .isobmff_boxes import Box, number
from .walk import MAX_ITEMS

_ROW_BYTES = {b"stts": 8, b"stsc": 12, b"stco": 4, b"co64": 8}


def overlong(data: bytes, box: Box) -> str | None:
    """Whether a table says more rows than its box has room for. A box that the file's end cuts off is not judged."""
    if box.stated_end > box.end:
        return None
    room, count = box.end - box.start - 8, number(data, box.start + 4)
    row = _ROW_BYTES.get(box.name, 0)
    if box.name == b"stsz" and number(data, box.start + 4) == 0:
        row, room, count = 4, room - 4, number(data, box.start + 8)
    if not row or row * count <= room:
        return None
    name = box.name.decode("ascii")
    return f"its {name} table says {count:,} rows and has room for {max(room, 0) // row:,}"


def total_time(data: bytes, stts: Box) -> int:
    """The durations of all samples together, by the stts box, in units of the track's time scale."""
    rows = min(number(data, stts.start + 4), (stts.end - stts.start - 8) // 8, MAX_ITEMS)
    pairs = words(data, stts.start + 8, max(rows, 0) * 2)
    return sum(map(int.__mul__, pairs[::2], pairs[1::2]))


def words(data: bytes, start: int, count: int) -> array[int]:
    """Unsigned 32-bit big-endian numbers."""
    numbers = array("I", data[start : start + 4 * count])
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def last_byte(data: bytes, boxes: dict[bytes, Box]) -> int:
    """The offset after the last sample of the last chunk, 0 where the tables do not say it."""
    offsets = boxes.get(b"stco") or boxes.get(b"co64")
    if offsets is None:
        return 0
    wide = offsets.name == b"co64"
    row = 8 if wide else 4
    count = number(data, offsets.start + 4)
    if not count or (offsets.end - offsets.start - 8) // row < count:
        return 0
    last = number(data, offsets.start + 8 + row * (count - 1), row)
    end = last + _last_chunk_bytes(data, boxes, count)
    if wide or count > MAX_ITEMS:
        return end
    return max(end, max(words(data, offsets.start + 8, count)) + 1)


def _last_chunk_bytes(data: bytes, boxes: dict[bytes, Box], chunks: int) -> int:
    """The bytes of the last chunk, at least 1: its number of samples is in stsc, their sizes are the last in stsz."""
    runs, sizes = boxes.get(b"stsc"), boxes.get(b"stsz")
    if runs is None or sizes is None:
        return 1
    rows = number(data, runs.start + 4)
    last_run = runs.start + 8 + 12 * (rows - 1)
    total, each = number(data, sizes.start + 8), number(data, sizes.start + 4)
    if not rows or last_run + 12 > runs.end or number(data, last_run) > chunks:
        return 1
    held = min(number(data, last_run + 4), total, MAX_ITEMS)
    if each:
        return max(each * held, 1)
    first = sizes.start + 12 + 4 * (total - held)
    return max(sum(words(data, first, held)), 1) if first + 4 * held <= sizes.end else 1
