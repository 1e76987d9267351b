"""WAV: chunks of a RIFF, RIFX (big-endian), RF64 or BW64 file, read up to and beyond the sound data.

Layout: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" (RIFF), EBU Tech 3306 (RF64).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace

from ..observation import Audio
from . import mpeg_audio
from .microsoft import sound_codec
from .walk import MAX_ITEMS, Walk

_EXTENSIBLE = 0xFFFE
_BLOCKS = (0x0002, 0x0011)
"""ADPCM of Microsoft and of IMA: the header says how many samples a block holds (mmreg.h, ADPCMWAVEFORMAT)."""
_UNKNOWN_SIZE = 0x7FFF_0000
"""A writer to a pipe cannot go back, and leaves 0, 0x7FFFxxxx or 0xFFFFFFFF (ffmpeg, sox, arecord)."""

_NAMES = frozenset({b"data", b"fmt ", b"fact", b"LIST", b"id3 ", b"ID3 ", b"bext"})
_NAME = re.compile(rb"[\x20-\x7e]{4}")


@dataclass(slots=True)
class _Seen:
    """What the chunks say so far; ``data_size`` None means up to the end of the file."""

    fmt: bytes | None = None
    samples: int | None = None
    data_start: int | None = None
    data_size: int | None = None
    wide_sizes: tuple[int, int] | None = None
    end: int = 12
    truncated: str | None = None
    overrun: str | None = None


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read a WAV file; see ``timed.Walker`` for the arguments."""
    if len(data) < 12:
        cut = "the RIFF header is cut off" if whole else None
        return Walk(audio=Audio(format="wav"), truncated=cut)
    order = ">" if data[:4] == b"RIFX" else "<"
    seen = _chunks(data, whole, order)
    total = length if length is not None else len(data)
    return Walk(
        audio=_with_frames(data, whole, seen, _facts(seen, order, total)),
        truncated=seen.truncated,
        overrun=seen.overrun,
        trailing=_trailing(data, seen, order) if whole else 0,
    )


def _chunks(data: bytes, whole: bool, order: str) -> _Seen:
    seen = _Seen()
    position, total = 12, len(data)
    head = struct.Struct(f"{order}4sI")
    riff_end = _riff_end(data, order)
    room = max(total, riff_end) if riff_end < _UNKNOWN_SIZE else total
    for _ in range(MAX_ITEMS):
        at_end = seen.data_start is not None and abs(position - riff_end) <= 1
        if at_end or position + 8 > total:
            break
        name, size = head.unpack_from(data, position)
        start = position + 8
        _note(data, name, start, size, order, seen)
        if name == b"data":
            size = _data_size(size, seen)
            seen.data_start, seen.data_size = start, size
            if size is None:
                seen.end = total
                return seen
        if start + size > total:
            if whole:
                seen.truncated = _shortfall(name, size, total - start)
            return seen
        seen.end = start + size
        position = _next_chunk(data, seen.end, size, head, room)
    else:
        seen.overrun = f"it has more than {MAX_ITEMS:,} chunks"
        return seen
    if whole and seen.data_start is None and riff_end > total:
        seen.truncated = f"it should be {riff_end:,} bytes, and ends before the sound data"
    elif whole and position < total and riff_end >= position + 8:
        seen.truncated = f"it ends {total - position} bytes into a chunk header"
    return seen


def _note(data: bytes, name: bytes, start: int, size: int, order: str, seen: _Seen) -> None:
    if name == b"fmt " and seen.fmt is None:
        seen.fmt = data[start : start + min(size, 40)]
    elif name == b"fact" and size >= 4 and start + 4 <= len(data):
        (seen.samples,) = struct.unpack_from(f"{order}I", data, start)
    elif name == b"ds64" and size >= 16 and start + 16 <= len(data):
        riff, sound = struct.unpack_from("<QQ", data, start)
        seen.wide_sizes = (riff, sound)


def _data_size(size: int, seen: _Seen) -> int | None:
    """The bytes of sound, or None where the writer could not know."""
    if size == 0xFFFF_FFFF and seen.wide_sizes and seen.wide_sizes[1]:
        return seen.wide_sizes[1]
    return size if 0 < size < _UNKNOWN_SIZE else None


def _shortfall(name: bytes, size: int, there: int) -> str:
    what = "the sound data" if name == b"data" else "a chunk after the header"
    return f"{what} should be {size:,} bytes, and {max(there, 0):,} are there"


def _next_chunk(data: bytes, end: int, size: int, head: struct.Struct, room: int) -> int:
    """Where the next chunk starts: on an even offset, unless the writer forgot the pad byte, which is 0 in all but a few files."""
    if size % 2 == 0 or data[end : end + 4] in _NAMES:
        return end
    padded = data[end : end + 1] in (b"", b"\0") or data[end + 1 : end + 5] in _NAMES
    return end + 1 if padded or not _is_chunk(data, end, head, room) else end


def _is_chunk(data: bytes, at: int, head: struct.Struct, room: int) -> bool:
    """Whether a chunk of whatever name begins here, and ends before ``room`` does."""
    if at + 8 > len(data):
        return False
    name, size = head.unpack_from(data, at)
    return _NAME.fullmatch(name) is not None and at + 8 + size <= room


def _riff_end(data: bytes, order: str) -> int:
    (size,) = struct.unpack_from(f"{order}I", data, 4)
    return int(size) + 8


def _trailing(data: bytes, seen: _Seen, order: str) -> int:
    """Bytes after both the RIFF chunk and the last chunk that could be read."""
    stated = _riff_end(data, order)
    if seen.truncated or seen.overrun or stated in (8, 0x1_0000_0007):
        return 0
    return max(0, len(data) - max(stated, seen.end + seen.end % 2))


def _facts(seen: _Seen, order: str, total: int) -> Audio:
    if seen.fmt is None or len(seen.fmt) < 14:
        problem = None if seen.truncated else "it has no readable fmt chunk"
        return Audio(format="wav", problem=problem)
    tag, channels, rate, byte_rate, block = struct.unpack_from(f"{order}HHIIH", seen.fmt)
    if tag == _EXTENSIBLE and len(seen.fmt) >= 28:
        # The first field of the sub-format's GUID is a 32-bit number that holds the tag.
        tag = struct.unpack_from(f"{order}I", seen.fmt, 24)[0] & 0xFFFF
    problem = None
    if not channels or not rate:
        problem = "its fmt chunk says no channels or no sample rate"
    elif seen.data_start is None and not (seen.truncated or seen.overrun):
        problem = "it has no data chunk"
    byte_rate = _block_rate(seen.fmt, order, tag) or byte_rate
    seconds = _duration(seen, tag, rate, byte_rate or block * rate, total)
    return Audio(
        format="wav",
        codec=sound_codec(tag),
        sample_rate=rate or None,
        channels=channels or None,
        duration_s=seconds,
        bitrate=round(byte_rate * 8) or None,
        problem=problem,
    )


def _block_rate(fmt: bytes, order: str, tag: int) -> float:
    """Bytes a second of ADPCM, from the samples that each of its blocks holds; 0 where they are not stated.

    FFmpeg writes the byte rate of another codec, which is a quarter of the seconds.
    """
    if tag not in _BLOCKS or len(fmt) < 20:
        return 0
    rate, _, block, _, _, samples = struct.unpack_from(f"{order}IIHHHH", fmt, 4)
    return block * rate / samples if samples else 0


def _with_frames(data: bytes, whole: bool, seen: _Seen, audio: Audio) -> Audio:
    """MP3 in WAV: writers put anything into the byte rate, the frames know better."""
    if audio.codec not in ("mp2", "mp3") or not whole or seen.data_start is None:
        return audio
    end = len(data) if seen.data_size is None else seen.data_start + seen.data_size
    frames = mpeg_audio.walk(data[seen.data_start : end], True, None).audio
    if frames is None or not frames.duration_s:
        return audio
    return replace(audio, duration_s=frames.duration_s, bitrate=frames.bitrate)


def _duration(seen: _Seen, tag: int, rate: int, byte_rate: float, total: int) -> float | None:
    if seen.data_start is None or not byte_rate or not rate:
        return None
    there = max(0, total - seen.data_start)
    size = there if seen.data_size is None else min(seen.data_size, there)
    seconds = size / byte_rate
    if tag in (0x0001, 0x0003) or not seen.samples or size != seen.data_size:
        return seconds
    # The fact chunk is exact for block codecs, but some writers put nonsense there.
    exact = seen.samples / rate
    return exact if 0.5 * seconds <= exact <= 2 * seconds else seconds
