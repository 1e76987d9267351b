"""FLAC: metadata blocks, and the last frame, which shows whether all samples are there (RFC 9639)."""

from __future__ import annotations

from ..observation import Audio
from .id3 import end_of_audio, skip_tags
from .walk import MAX_ITEMS, Walk, mean_bitrate, rounded

_TAIL = 1 << 17
_TRIES = 64
_CHECKED_BYTES = 1 << 15
"""How far from the end the last frame is looked for, how often, and how long one may be for its checksum to be taken."""

_BLOCK_SAMPLES = (
    0,
    192,
    576,
    1152,
    2304,
    4608,
    0,
    0,
    256,
    512,
    1024,
    2048,
    4096,
    8192,
    16384,
    32768,
)


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read a FLAC file; see ``timed.Walker`` for the arguments."""
    start, too_many = skip_tags(data)
    if too_many:
        return Walk(audio=Audio(format="flac"), overrun="it begins with more than 1,000 ID3 tags")
    info = data[start + 8 : start + 42]
    if data[start : start + 4] != b"fLaC" or len(info) < 18 or data[start + 4] & 127:
        if start + 42 > len(data):
            cut = "it ends before its STREAMINFO block does" if whole else None
            return Walk(audio=Audio(format="flac"), truncated=cut)
        return Walk(audio=Audio(format="flac", problem="it has no STREAMINFO block"))
    bits = int.from_bytes(info[10:18], "big")
    samples, rate = bits & ((1 << 36) - 1), bits >> 44
    frames, count = _first_frame(data, start + 4)
    total = length if length is not None else len(data)
    seconds = samples / rate if rate else 0.0
    return Walk(
        audio=Audio(
            format="flac",
            codec="flac",
            sample_rate=rate or None,
            channels=(bits >> 41 & 7) + 1,
            duration_s=rounded(seconds),
            bitrate=mean_bitrate(total, seconds),
            problem=None if rate else "its STREAMINFO says no sample rate",
        ),
        truncated=_truncation(data, info, frames, samples) if whole and count < MAX_ITEMS else None,
        overrun=f"it has more than {MAX_ITEMS:,} metadata blocks" if count >= MAX_ITEMS else None,
    )


def _first_frame(data: bytes, position: int) -> tuple[int, int]:
    """The offset after the metadata, which may be beyond the data, and the number of blocks."""
    for count in range(MAX_ITEMS):
        head = data[position : position + 4]
        if len(head) < 4:
            return max(position, len(data) + 1), count
        position += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            return position, count
    return position, MAX_ITEMS


def _truncation(data: bytes, info: bytes, frames: int, samples: int) -> str | None:
    if frames > len(data):
        return "it ends inside its metadata"
    end = end_of_audio(data)
    if frames >= end:
        return "it has no frames after its metadata" if samples else None
    if not samples:
        return None
    last = _last_frame(data, max(frames, end - _TAIL), end, info)
    if last is None:
        return None
    at, finish = last
    if finish < samples:
        return f"it should have {samples:,} samples, and ends after {finish:,}"
    complete = end - at > _CHECKED_BYTES or end < len(data) or _ends_near(data, at)
    return None if complete else "its last frame is incomplete"


def _last_frame(data: bytes, start: int, end: int, info: bytes) -> tuple[int, int] | None:
    """Where the last frame begins, and the number of the sample after it."""
    block = int.from_bytes(info[2:4], "big")
    at = end
    for _ in range(_TRIES):
        at = data.rfind(b"\xff", start, at)
        if at < 0:
            return None
        if at + 6 <= end and data[at + 1] & 0xFE == 0xF8 and (finish := _finish(data, at, block)):
            return at, finish
    return None


def _finish(data: bytes, at: int, block: int) -> int | None:
    """The number of the sample after the frame at ``at``, None where there is no valid frame header."""
    code, first = data[at + 2] >> 4, data[at + 4]
    extra = 0 if first < 0x80 else max(0, 8 - (first ^ 0xFF).bit_length() - 1)
    number = first if first < 0x80 else first & (0x3F >> extra)
    for byte in data[at + 5 : at + 5 + extra]:
        number = number << 6 | byte & 0x3F
    after = at + 5 + extra
    count = _BLOCK_SAMPLES[code]
    if code in (6, 7):
        count = int.from_bytes(data[after : after + code - 5], "big") + 1
        after += code - 5
    after += {12: 1, 13: 2, 14: 2}.get(data[at + 2] & 15, 0)
    if not count or data[at + 3] & 1 or after >= len(data) or _crc8(data[at:after]) != data[after]:
        return None
    return number + count if data[at + 1] & 1 else number * block + count


def _crc8(header: bytes) -> int:
    crc = 0
    for byte in header:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _crc16_of(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1 ^ 0x8005) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc


_CRC16 = [_crc16_of(byte) for byte in range(256)]


def _ends_near(data: bytes, start: int) -> bool:
    """Whether the frame at ``start`` ends, by its own CRC-16, with the file or up to 4 odd bytes before."""
    crc, table = 0, _CRC16
    for byte in data[start:-4]:
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ byte]
    found = crc == 0
    for byte in data[-4:]:
        crc = (crc << 8 & 0xFFFF) ^ table[crc >> 8 ^ byte]
        found = found or crc == 0
    return found
