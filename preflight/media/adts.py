"""AAC outside a container: ADTS frames (ISO/IEC 13818-7 section 6.2), and what an ADIF header says."""

from __future__ import annotations

import re
from itertools import islice

from ..observation import Audio
from .id3 import end_of_audio, skip_tags
from .walk import MAX_ITEMS, Walk, cut_frame, mean_bitrate, rounded

SAMPLE_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
)  # fmt: skip
"""By sampling frequency index (ISO/IEC 14496-3 table 1.18)."""
CHANNELS = (None, 1, 2, 3, 4, 5, 6, 8)
"""By channel configuration; 0 means that the stream itself says it."""

_SYNC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]", re.DOTALL)
_SEARCH_BYTES, _SEARCH_TRIES = 1 << 20, 10_000


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an ADTS or ADIF file; see ``timed.Walker`` for the arguments."""
    if data[:4] == b"ADIF":
        return Walk(audio=Audio(format="aac", codec="aac"))
    start, too_many = skip_tags(data)
    if too_many:
        return Walk(audio=Audio(format="aac"), overrun="it begins with more than 1,000 ID3 tags")
    first = find_frame(data, start)
    if first is None:
        problem = "no ADTS frame was found" if whole or start < len(data) else None
        return Walk(audio=Audio(format="aac", problem=problem))
    stop = end_of_audio(data) if whole else len(data)
    frames, blocks, end = _frames(data, first, stop)
    overrun = frames >= MAX_ITEMS and end < stop
    truncated = None
    if whole and end > stop:
        truncated = cut_frame(frames + 1, end - stop)
    return Walk(
        audio=_facts(data, first, blocks, end, None if whole and not overrun else length or 0),
        truncated=truncated,
        overrun=f"it has more than {MAX_ITEMS:,} frames" if overrun else None,
        trailing=max(0, stop - end) if whole and not overrun else 0,
    )


def find_frame(data: bytes, start: int) -> int | None:
    """The first ADTS frame at or after ``start`` that another one follows, or that ends the data."""
    found = _SYNC.finditer(data, start, min(len(data), start + _SEARCH_BYTES))
    for match in islice(found, _SEARCH_TRIES):
        at = match.start()
        size = _frame_length(data, at, at)
        follow = at + size
        if size and (
            follow == len(data) or (follow > len(data) and at == start) or _SYNC.match(data, follow)
        ):
            return at
    return None


def frames_at(data: bytes, position: int, stop: int, most: int) -> tuple[int, int]:
    """How many frames of one stream begin one after the other at a position, ``most`` at the most, and where the last of them
    ends, which may be beyond ``stop``."""
    first = position
    for count in range(most):
        size = _frame_length(data, position, first) if position + 7 <= stop else 0
        if not size:
            return count, position
        position += size
    return most, position


def _frame_length(data: bytes, at: int, first: int) -> int:
    """The length that the header at ``at`` states, 0 where it is no header of the stream that begins at ``first``."""
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    if head[1] != data[first + 1] or head[2] & 0xFC != data[first + 2] & 0xFC:
        return 0
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size >= 7 else 0


def _frames(data: bytes, first: int, stop: int) -> tuple[int, int, int]:
    """Whole frames, their AAC blocks (1,024 samples each), and where the last one ends, which may be beyond ``stop``."""
    frames = blocks = 0
    position = first
    while position + 7 <= stop and frames < MAX_ITEMS:
        size = _frame_length(data, position, first)
        position += size
        if not size or position > stop:
            break
        frames += 1
        blocks += (data[position - size + 6] & 3) + 1
    else:
        left = data[position : min(stop, position + 2)]
        if left and data.startswith(left, first) and stop - position < 7:
            position += 7
    return frames, blocks, position


def _facts(data: bytes, first: int, blocks: int, end: int, estimate_from: int | None) -> Audio:
    rate = SAMPLE_RATES[data[first + 2] >> 2 & 15]
    seconds = blocks * 1_024 / rate
    bitrate = mean_bitrate(min(end, len(data)) - first, seconds)
    if estimate_from is not None:
        seconds = (estimate_from - first) * 8 / bitrate if bitrate and estimate_from else 0.0
    return Audio(
        format="aac",
        codec="aac",
        sample_rate=rate,
        channels=CHANNELS[(data[first + 2] & 1) << 2 | data[first + 3] >> 6],
        duration_s=rounded(seconds),
        bitrate=bitrate,
    )
