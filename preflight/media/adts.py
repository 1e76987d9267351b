"""AAC outside a container: ADTS frames (ISO/IEC 13818-7 section 6.2), and what an ADIF header says."""

from __future__ import annotations

import re
from itertools import islice

from ..observation import Audio
from .id3 import end_of_audio, skip_tags
from .walk import MAX_ITEMS, Walk

SAMPLE_RATES = (
    96_000,
    88_200,
    64_000,
    48_000,
    44_100,
    32_000,
    24_000,
    22_050,
    16_000,
    12_000,
    11_025,
    8_000,
    7_350,
)
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
        truncated = f"the last of {frames + 1:,} frames lacks {end - stop} of its bytes"
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
        size = _frame_length(data, at)
        follow = at + size
        if size and (
            follow == len(data) or (follow > len(data) and at == start) or _SYNC.match(data, follow)
        ):
            return at
    return None


def _frame_length(data: bytes, at: int) -> int:
    """The length that the header at ``at`` states, 0 where it is no header."""
    if at + 7 > len(data) or data[at + 2] >> 2 & 15 > 12:
        return 0
    size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
    return size if size >= 7 else 0


def _frames(data: bytes, position: int, stop: int) -> tuple[int, int, int]:
    """Whole frames, their AAC blocks (1,024 samples each), and where the last one ends, which may be beyond ``stop``."""
    frames = blocks = 0
    fixed = data[position : position + 2], data[position + 2] & 0xFC
    while position + 7 <= stop and frames < MAX_ITEMS:
        if data[position : position + 2] != fixed[0] or data[position + 2] & 0xFC != fixed[1]:
            break
        size = (data[position + 3] & 3) << 11 | data[position + 4] << 3 | data[position + 5] >> 5
        if size < 7:
            break
        position += size
        if position > stop:
            break
        frames += 1
        blocks += (data[position - size + 6] & 3) + 1
    else:
        if 0 < stop - position < 7 and data[position : position + 2] == fixed[0][: stop - position]:
            position = position + 7
    return frames, blocks, position


def _facts(data: bytes, first: int, blocks: int, end: int, estimate_from: int | None) -> Audio:
    rate = SAMPLE_RATES[data[first + 2] >> 2 & 15]
    seconds = blocks * 1_024 / rate
    bitrate = round((min(end, len(data)) - first) * 8 / seconds) if seconds else None
    if estimate_from is not None:
        seconds = (estimate_from - first) * 8 / bitrate if bitrate and estimate_from else 0.0
    return Audio(
        format="aac",
        codec="aac",
        sample_rate=rate,
        channels=CHANNELS[(data[first + 2] & 1) << 2 | data[first + 3] >> 6],
        duration_s=round(seconds, 6) if seconds else None,
        bitrate=bitrate,
    )
