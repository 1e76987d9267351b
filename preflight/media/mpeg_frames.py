"""MPEG audio frame headers: which stream a header belongs to, how long its frame is, and where the first one lies.

ISO/IEC 11172-3 section 2.4.2.3 and 13818-3 (half rates); MPEG 2.5 is Fraunhofer's.
"""

from __future__ import annotations

import re
from functools import cache

from ..values import dataclass

_HEADER = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\x0b\x10-\x1b\x20-\x2b\x30-\x3b\x40-\x4b\x50-\x5b\x60-\x6b"
                     rb"\x70-\x7b\x80-\x8b\x90-\x9b\xa0-\xab\xb0-\xbb\xc0-\xcb\xd0-\xdb\xe0-\xeb].", re.DOTALL)  # fmt: skip
_ZEROS = bytes(1 << 16)
_NOT_ZERO = re.compile(rb"[^\x00]")

_SEARCH_BYTES = 1 << 20
_SEARCH_TRIES = 10_000
_FREE_FORMAT_COST = 50
"""How far, and over how many false starts, a frame is looked for after junk: 10 ms at most."""

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_FULL = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_HALF = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_CODEC = {3: "mp1", 2: "mp2", 1: "mp3"}


@dataclass(frozen=True, slots=True)
class Stream:
    """What all frames of a stream share. ``steps`` maps the second and third header byte to the frame's bytes."""

    codec: str
    rate: int
    samples: int
    steps: dict[bytes, int]


def find_frame(data: bytes, start: int, stop: int, tries: int = _SEARCH_TRIES) -> int | None:
    """The first frame at or after ``start`` that others follow, or that ends the data; zeros and junk are skipped.

    Looks at most 1 MiB ahead, beyond any zeros.
    """
    start = past_zeros(data, start, stop)
    cost = 0
    for match in _HEADER.finditer(data, start, min(stop, start + _SEARCH_BYTES)):
        if _believable(data, match.start(), start, stop):
            return match.start()
        cost += 1 if data[match.start() + 2] >> 4 else _FREE_FORMAT_COST
        if cost >= tries:
            break
    return None


def past_zeros(data: bytes, start: int, stop: int) -> int:
    """The first byte at or after ``start`` that is not zero, else ``stop``."""
    while start < stop and data.startswith(_ZEROS, start):
        start += len(_ZEROS)
    filled = _NOT_ZERO.search(data, start, stop)
    return filled.start() if filled else stop


def _believable(data: bytes, position: int, start: int, stop: int) -> bool:
    """Whether two more frames follow, or the data end exactly after one of the frames, or inside one that they begin with.

    Two bytes of sync are met by chance in any picture or text, three frames in step are not.
    """
    frames, end = frames_at(data, position, stop, 3)
    return frames == 3 or (frames > 0 and end >= stop and (position == start or end == stop))


def frames_at(data: bytes, position: int, stop: int, most: int) -> tuple[int, int]:
    """How many frames of one stream begin one after the other at a position, ``most`` at the most, and where the last of them
    ends, which may be beyond ``stop``."""
    if not _HEADER.match(data, position, stop):
        return 0, position
    steps = stream_at(data, position).steps
    for count in range(most):
        step = steps.get(data[position + 1 : position + 3]) if position < stop else None
        if step is None or data[position] != 0xFF:
            return count, position
        position += step
    return most, position


def stream_at(data: bytes, position: int) -> Stream:
    """The stream that the valid frame header at ``position`` belongs to."""
    second, third = data[position + 1], data[position + 2]
    if third >> 4:
        return _stream(second & 0xFE, third >> 2 & 3)
    return _free_format(data, position, _stream(second & 0xFE, third >> 2 & 3))


@cache
def _stream(second: int, rate_index: int) -> Stream:
    version, layer = second >> 3 & 3, second >> 1 & 3
    rate = _RATES[version][rate_index]
    samples = 384 if layer == 3 else 576 if layer == 1 and version != 3 else 1152
    slot = 4 if layer == 3 else 1
    steps: dict[bytes, int] = {}
    for index, kilobits in enumerate((_FULL if version == 3 else _HALF)[layer], start=1):
        for padding in (0, 1):
            size = (samples // 8 // slot * kilobits * 1000 // rate + padding) * slot
            for private in (0, 1):
                third = index << 4 | rate_index << 2 | padding << 1 | private
                steps[bytes((second, third))] = steps[bytes((second | 1, third))] = size
    return Stream(codec=_CODEC[layer], rate=rate, samples=samples, steps=steps)


def _free_format(data: bytes, position: int, known: Stream) -> Stream:
    """A stream whose bit rate is not in the table: the distance to the next equal header is its frame length."""
    second, third = data[position + 1], data[position + 2]
    alike = bytes(third & 0xFC | bits for bits in range(4))
    again = re.compile(re.escape(bytes((0xFF, second))) + b"[" + re.escape(alike) + b"]", re.DOTALL)
    follow = again.search(data, position + 21, position + 6_000)
    if follow is None:
        return Stream(codec=known.codec, rate=known.rate, samples=known.samples, steps={})
    slot = 4 if known.codec == "mp1" else 1
    plain = follow.start() - position - (third >> 1 & 1) * slot
    steps = {bytes((second, low)): plain + (low >> 1 & 1) * slot for low in alike}
    return Stream(codec=known.codec, rate=known.rate, samples=known.samples, steps=steps)
