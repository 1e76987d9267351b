"""MPEG program streams (.mpg), packet by packet, and bare MPEG video (ISO/IEC 11172-1, 13818-1)."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from ..observation import Video
from . import mpeg_video
from .walk import MAX_ITEMS, Walk, mean_bitrate

_START = re.compile(rb"\x00\x00\x01[\xb9-\xff]", re.DOTALL)
_PREFIX, _END = b"\x00\x00\x01", b"\xb9"
_FILL = b"\x00\xff"
"""What is put between packets to fill a sector."""
_CLOCK = 90_000
_WRAP = 1 << 33
_SEARCH = 1 << 18
_STAMPED_WITHIN = 1_000
"""Packets in which the first time stamp is looked for."""


@dataclass(slots=True)
class _Packets:
    """``media`` is whether one of them holds pictures or sound, of whatever codec: 13818-1 leaves that open."""

    media: bool = False
    audio_codec: str | None = None
    first: int | None = None
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=64))
    end: int = 0
    count: int = 0
    truncated: str | None = None
    corrupt: str | None = None
    overrun: bool = False


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an MPEG program stream or elementary video stream; see ``timed.Walker`` for the arguments."""
    packets = _Packets(end=len(data))
    if data[:4] == b"\x00\x00\x01\xba":
        packets = _read_packets(data, whole)
    elif whole and data.startswith(mpeg_video.SEQUENCE):
        packets.truncated = mpeg_video.truncation(data)
    at = data.find(mpeg_video.SEQUENCE, 0, _SEARCH)
    facts = mpeg_video.sequence(data, at) if at >= 0 else Video(format="mpeg")
    problem = None
    if whole and at < 0 and not packets.media and not packets.truncated and not packets.overrun:
        problem = "it has no pictures and no sound"
    seconds = _seconds(data, packets, facts.fps) if whole and not packets.overrun else None
    total = length if length is not None else len(data)
    return Walk(
        video=Video(
            format="mpeg",
            codec=facts.codec,
            profile=facts.profile,
            level=facts.level,
            width=facts.width,
            height=facts.height,
            fps=facts.fps,
            duration_s=seconds,
            bitrate=mean_bitrate(total, seconds),
            audio_codec=packets.audio_codec,
            problem=problem,
        ),
        truncated=packets.truncated,
        corrupt=None if packets.truncated else packets.corrupt,
        overrun=f"it has more than {MAX_ITEMS:,} packets" if packets.overrun else None,
    )


def _read_packets(data: bytes, whole: bool) -> _Packets:
    packets, position, total = _Packets(), 0, len(data)
    while position + 6 <= total:
        if data[position : position + 3] != _PREFIX or data[position + 3] < 0xB9:
            match = _START.search(data, position, min(total, position + _SEARCH))
            if match is None:
                break
            if data[position : match.start()].strip(_FILL) and not packets.corrupt:
                packets.corrupt = f"its packets do not follow each other (at byte {position:,})"
            position = match.start()
        packets.count += 1
        if packets.count >= MAX_ITEMS:
            packets.overrun = True
            break
        size = _packet_bytes(data, position, packets)
        if position + size > total:
            if whole:
                packets.truncated = (
                    f"the last packet lacks {position + size - total:,} of its bytes"
                )
            break
        position += size
    else:
        left = data[position:]
        if whole and left[:3] == _PREFIX and left[3:4] != _END:
            packets.truncated = f"it ends {len(left)} bytes into a packet header"
    packets.end = min(position, total)
    return packets


def _packet_bytes(data: bytes, position: int, packets: _Packets) -> int:
    kind = data[position + 3]
    if kind == 0xB9:
        return 4
    if kind == 0xBA:
        if data[position + 4] & 0xC0 != 0x40:
            return 12
        return 14 + (data[position + 13] & 7) if position + 14 <= len(data) else 14
    if 0xC0 <= kind <= 0xEF:
        packets.media = True
        packets.recent.append(position)
        if packets.first is None and packets.count < _STAMPED_WITHIN:
            packets.first = _time(data, position)
    if packets.audio_codec is None and (0xC0 <= kind <= 0xDF or kind == 0xBD):
        packets.audio_codec = _sound(data, position, kind)
        packets.media = packets.media or packets.audio_codec is not None
    return 6 + int.from_bytes(data[position + 4 : position + 6], "big")


def _payload_head(data: bytes, position: int) -> tuple[int, int]:
    """The offsets of a packet's time stamp (0: none) and of its payload."""
    at = position + 6
    if at < len(data) and data[at] & 0xC0 == 0x80:
        stamped = at + 2 < len(data) and data[at + 1] & 0x80
        return (at + 3 if stamped else 0), at + 3 + (data[at + 2] if at + 2 < len(data) else 0)
    for _ in range(16):
        if at >= len(data) or data[at] != 0xFF:
            break
        at += 1
    if at < len(data) and data[at] & 0xC0 == 0x40:
        at += 2
    mark = data[at] >> 4 if at < len(data) else 0
    return (at if mark in (2, 3) else 0), at + {2: 5, 3: 10}.get(mark, 1)


def _time(data: bytes, position: int) -> int | None:
    """A packet's presentation time, in units of 1/90,000 s."""
    at, _ = _payload_head(data, position)
    stamp = data[at : at + 5] if at else b""
    if len(stamp) < 5:
        return None
    high, middle, low = (
        stamp[0] >> 1 & 7,
        stamp[1] << 7 | stamp[2] >> 1,
        stamp[3] << 7 | stamp[4] >> 1,
    )
    return high << 30 | middle << 15 | low


def _sound(data: bytes, position: int, kind: int) -> str | None:
    _, at = _payload_head(data, position)
    if kind == 0xBD:
        number = data[at] if at < len(data) else 0
        return {0x80: "ac3", 0x88: "dts", 0xA0: "pcm"}.get(number & 0xF8)
    sync = re.compile(rb"\xff[\xe2-\xff]", re.DOTALL).search(data, at, at + 2_048)
    layer = data[sync.start() + 1] >> 1 & 3 if sync else 2
    return {3: "mp1", 2: "mp2", 1: "mp3", 0: "aac"}[layer]


def _seconds(data: bytes, packets: _Packets, fps: float | None) -> float | None:
    """From the first time stamp to the latest of the last few, for pictures are not sent in the order shown."""
    first = packets.first
    if first is None:
        return None
    times = [time for at in packets.recent if (time := _time(data, at)) is not None]
    # Sound may begin just before the first picture.
    since = [(time - first) % _WRAP for time in times if (time - first) % _WRAP < _WRAP // 2]
    last = max(since, default=0)
    return round(last / _CLOCK + (1 / fps if fps else 0), 6) if last else None
