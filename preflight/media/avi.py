"""AVI: the header list, whether the RIFF chunks are whole, and whether those of the movie follow each other.

Layout: Microsoft's AVI RIFF File Reference, OpenDML 1.02.
"""

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
_NO_NAME = bytes(4)
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
    left = _read_list(data, 12, len(data), headers, MAX_ITEMS)
    parts, end, truncated = _riff_parts(data) if whole else ([], len(data), None)
    problem = corrupt = None
    if whole and not truncated and left > 0 and not headers.seen:
        problem = "it has no avih header"
    elif not truncated:
        left, corrupt = _damage(data, parts, left)
    overrun = left <= 0
    total = length if length is not None else len(data)
    room = total // _LEAST if whole or length is not None else None
    return Walk(
        video=_facts(headers, total, room, problem),
        truncated=truncated,
        corrupt=corrupt,
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


def _riff_parts(data: bytes) -> tuple[list[int], int, str | None]:
    """Where the RIFF chunks begin (long files have several), where the last one ends, and what is cut off."""
    position, parts = 0, []
    for _ in range(_MAX_PARTS):
        if position + 8 > len(data) or data[position : position + 4] != b"RIFF":
            break
        parts.append(position)
        size = int.from_bytes(data[position + 4 : position + 8], "little")
        if size in _OPEN:
            return parts, len(data), None
        end = position + 8 + size
        if end > len(data):
            there = len(data) - position - 8
            cut = f"its RIFF chunk should be {size:,} bytes, and {there:,} are there"
            return parts, len(data), cut
        position = end + size % 2
    return parts, min(position, len(data)), None


def _damage(data: bytes, parts: list[int], left: int) -> tuple[int, str | None]:
    """How many more chunks may be looked at behind the movies of all parts, and what is wrong with one of them."""
    for part in parts:
        at = part + 12
        while at + 12 <= len(data) and left > 0:
            left -= 1
            name, size = _HEAD.unpack_from(data, at)
            if name == b"LIST" and data.startswith(b"movi", at + 8):
                # How long the movie is, a recorder that was switched off did not write, nor one that writes to a pipe.
                if size not in _OPEN:
                    left, clause = _movie(data, at + 12, min(at + 8 + size, len(data)), left)
                    if clause:
                        return left, clause
                break
            at += 8 + size + size % 2
        else:
            if left > 0 and part == 0:
                return left, "its chunks do not lead to the movie (movi)"
    return left, None


def _movie(data: bytes, at: int, end: int, left: int) -> tuple[int, str | None]:
    """Walk the chunks of a movie, those of its records (rec lists) among them."""
    known: set[bytes] = set()
    unpack = _HEAD.unpack_from
    while at + 8 <= end and left > 0:
        left -= 1
        name, size = unpack(data, at)
        if name == b"LIST" and data.startswith(b"rec ", at + 8):
            at += 12
            continue
        if name not in known and name.isascii() and name != _NO_NAME:
            known.add(name)
        stop = at + 8 + size
        if name in known and stop <= end:
            at = _behind_odd(data, stop, end, known) if size & 1 else stop
        elif name in known and size == 0xFFFF_FFFF:
            break
        else:
            return left, f"the chunks of its movie do not follow each other (at byte {at:,})"
    return left, None


def _behind_odd(data: bytes, stop: int, end: int, known: set[bytes]) -> int:
    """Where the next chunk begins: on an even offset, unless the writer forgot the pad byte, and a chunk begins where it should be."""
    if stop + 8 > end or data[stop] == 0 or data[stop + 1 : stop + 5] in known:
        return stop + 1
    name, size = _HEAD.unpack_from(data, stop)
    return stop if name.isalnum() and stop + 8 + size <= end else stop + 1


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
