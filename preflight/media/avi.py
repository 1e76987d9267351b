"""AVI: the header list, and whether the RIFF chunks are whole (Microsoft's AVI RIFF File Reference, OpenDML 1.02)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..observation import Video
from .microsoft import picture_codec, sound_codec
from .walk import MAX_ITEMS, Walk, mean_bitrate, rounded

_HEAD = struct.Struct("<4sI")
_MAX_PARTS = 1_000
_OPEN = (0, 0xFFFF_FFFF)
"""Sizes that a recorder leaves when it is switched off."""
_LEAST = 8
"""Bytes of a frame that is left out: it has a chunk of no content, or an entry in the index."""


@dataclass(slots=True)
class _Headers:
    """``frames`` is what the main header says, ``pictures`` what the first video stream's does."""

    frame_us: int = 0
    frames: int = 0
    pictures: int = 0
    width: int = 0
    height: int = 0
    codec: str | None = None
    audio_codec: str | None = None
    fps: float | None = None
    kind: bytes = b""
    seen: bool = False


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an AVI file; see ``timed.Walker`` for the arguments."""
    headers = _Headers()
    overrun = _read_list(data, 12, len(data), headers, MAX_ITEMS) <= 0
    end, truncated = _riff_parts(data) if whole else (len(data), None)
    problem = None
    if whole and not truncated and not overrun and not headers.seen:
        problem = "it has no avih header"
    total = length if length is not None else len(data)
    room = total // _LEAST if whole or length is not None else None
    return Walk(
        video=_facts(headers, total, room, problem),
        truncated=truncated,
        overrun=f"it has more than {MAX_ITEMS:,} chunks" if overrun else None,
        trailing=max(0, len(data) - end),
    )


def _read_list(
    data: bytes, position: int, end: int, headers: _Headers, left: int, depth: int = 0
) -> int:
    """Read the chunks of a list, and the header lists inside; returns how many chunks may still be read."""
    while position + 8 <= end and left > 0:
        left -= 1
        name, size = _HEAD.unpack_from(data, position)
        start = position + 8
        if name == b"LIST":
            kind = data[start : start + 4]
            if kind == b"movi":
                return left
            if kind in (b"hdrl", b"strl") and depth < 2:
                left = _read_list(data, start + 4, min(start + size, end), headers, left, depth + 1)
        elif name in (b"avih", b"strh", b"strf"):
            _note(name, data[start : start + min(size, 64)], headers)
        position = start + size + size % 2
    return left


def _note(name: bytes, content: bytes, headers: _Headers) -> None:
    if name == b"avih" and len(content) >= 40:
        fields = struct.unpack_from("<10I", content)
        headers.seen = True
        headers.frame_us, headers.frames = fields[0], fields[4]
        headers.width, headers.height = fields[8], fields[9]
    elif name == b"strh" and len(content) >= 36:
        headers.kind = content[:4]
        scale, rate, _, count = struct.unpack_from("<4I", content, 20)
        if headers.kind == b"vids" and headers.fps is None and scale and rate:
            headers.fps = rate / scale
            headers.pictures = count
    elif name == b"strf":
        if headers.kind == b"vids" and headers.codec is None and len(content) >= 20:
            headers.codec = picture_codec(content[16:20])
            width, height = struct.unpack_from("<ii", content, 4)
            headers.width, headers.height = width or headers.width, abs(height) or headers.height
        elif headers.kind == b"auds" and headers.audio_codec is None and len(content) >= 2:
            headers.audio_codec = sound_codec(int.from_bytes(content[:2], "little"))


def _riff_parts(data: bytes) -> tuple[int, str | None]:
    """The end of the last RIFF chunk (long files have several), and what is cut off."""
    position = 0
    for _ in range(_MAX_PARTS):
        if position + 8 > len(data) or data[position : position + 4] != b"RIFF":
            break
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if size in _OPEN:
            return len(data), None
        end = position + 8 + size
        if end > len(data):
            there = len(data) - position - 8
            return len(data), f"its RIFF chunk should be {size:,} bytes, and {there:,} are there"
        position = end + size % 2
    return min(position, len(data)), None


def _facts(headers: _Headers, total: int, room: int | None, problem: str | None) -> Video:
    fps = headers.fps or (1_000_000 / headers.frame_us if headers.frame_us else None)
    # A writer to a pipe cannot go back to its headers, and leaves a number that no file has room for (ffmpeg: 2 to the 30th).
    counts = (headers.pictures, headers.frames)
    count = next((one for one in counts if one and (room is None or one <= room)), 0)
    seconds = count / fps if fps else None
    return Video(
        format="avi",
        codec=headers.codec,
        width=headers.width or None,
        height=headers.height or None,
        fps=round(fps, 3) if fps else None,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        audio_codec=headers.audio_codec,
        problem=problem,
    )
