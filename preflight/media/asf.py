"""ASF, the container of WMV and WMA: its header objects, and whether the top-level objects are whole.

Layout: Microsoft's Advanced Systems Format Specification 01.20.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from uuid import UUID

from ..observation import Audio, Video
from .microsoft import picture_codec, sound_codec
from .walk import MAX_ITEMS, Walk, mean_bitrate, rounded


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


HEADER = _guid("75B22630-668E-11CF-A6D9-00AA0062CE6C")
"""The 16 bytes that every ASF file begins with."""

_PROPERTIES = _guid("8CABDCA1-A947-11CF-8EE4-00C00C205365")
_STREAM = _guid("B7DC0791-A9B7-11CF-8EE6-00C00C205365")
_EXTENSION = _guid("5FBF03B5-A92E-11CF-8EE3-00C00C205365")
_EXTENDED_STREAM = _guid("14E6A5CB-C672-4332-8399-A96952065B5A")
_DATA = _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
_TOP = {
    HEADER,
    _DATA,
    _guid("33000890-E5B1-11CF-89F4-00A0C90349CB"),  # simple index
    _guid("D6E229D3-35DA-11D1-9034-00A0C90349BE"),  # index
    _guid("FEB103F8-12AD-4C64-840F-2A1D2F7AD48C"),  # media object index
    _guid("3CB73FD0-0C4A-4803-953D-EDF7B6228F0C"),  # timecode index
}
_SOUND = _guid("F8699E40-5B4D-11CF-A8FD-00805F5C442B")
_PICTURE = _guid("BC19EFC0-5B4D-11CF-A8FD-00805F5C442B")


@dataclass(slots=True)
class _Headers:
    seconds: float | None = None
    file_size: int = 0
    broadcast: bool = False
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    audio_codec: str | None = None
    rate: int | None = None
    channels: int | None = None
    pictures: bool = False
    seen: bool = False
    left: int = MAX_ITEMS


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an ASF file; see ``timed.Walker`` for the arguments."""
    headers = _Headers()
    header_end = min(int.from_bytes(data[16:24], "little"), len(data))
    if data[:16] == HEADER:
        _read_objects(data, 30, header_end, headers, depth=0)
    end, truncated = _top_objects(data, headers) if whole else (len(data), None)
    problem = None
    if whole and not truncated and headers.left > 0 and not headers.seen:
        problem = "it has no file properties object"
    total = length if length is not None else len(data)
    sound_only = bool(headers.audio_codec) and not headers.pictures
    return Walk(
        media_type="audio/x-ms-wma" if sound_only else "video/x-ms-wmv",
        audio=_audio(headers, total, problem) if sound_only else None,
        video=None if sound_only else _video(headers, total, problem),
        truncated=truncated,
        corrupt=None if truncated or not whole else _misplaced_data(data),
        overrun=f"it has more than {MAX_ITEMS:,} objects" if headers.left <= 0 else None,
        trailing=max(0, len(data) - end),
    )


def _read_objects(data: bytes, position: int, end: int, headers: _Headers, depth: int) -> None:
    while position + 24 <= end and headers.left > 0:
        headers.left -= 1
        size = int.from_bytes(data[position + 16 : position + 24], "little")
        if size < 24:
            return
        name, stop = data[position : position + 16], min(position + size, end)
        if name == _PROPERTIES and stop - position >= 92:
            _read_properties(data, position, headers)
        elif name == _STREAM and stop - position >= 78:
            _read_stream(data[position : min(stop, position + 200)], headers)
        elif name == _EXTENSION and depth == 0:
            _read_objects(data, position + 46, stop, headers, depth + 1)
        elif name == _EXTENDED_STREAM and stop - position >= 88:
            ticks = int.from_bytes(data[position + 76 : position + 84], "little")
            # Between 1 ms and 100 s a frame; some writers put nonsense there.
            sane = 10_000 <= ticks <= 1_000_000_000
            headers.fps = headers.fps or (10_000_000 / ticks if sane else None)
        position += size


def _read_properties(data: bytes, position: int, headers: _Headers) -> None:
    headers.file_size = int.from_bytes(data[position + 40 : position + 48], "little")
    play, _, preroll, flags = struct.unpack_from("<QQQI", data, position + 64)
    headers.seen, headers.broadcast = True, bool(flags & 1)
    seconds = play / 10_000_000 - preroll / 1_000
    headers.seconds = seconds if seconds > 0 and not headers.broadcast else None


def _read_stream(item: bytes, headers: _Headers) -> None:
    kind, specific = item[24:40], item[78:]
    if kind == _SOUND and headers.audio_codec is None and len(specific) >= 8:
        tag, headers.channels, headers.rate = struct.unpack_from("<HHI", specific)
        headers.audio_codec = sound_codec(tag)
    elif kind == _PICTURE and not headers.pictures and len(specific) >= 31:
        headers.pictures = True
        headers.width, headers.height = struct.unpack_from("<II", specific)
        headers.codec = picture_codec(specific[27:31])


def _top_objects(data: bytes, headers: _Headers) -> tuple[int, str | None]:
    """Where the last whole object ends, and what is cut off. A live stream states no sizes.

    The size of the file that the header states is wrong once tags were edited; it only confirms that what nobody knows is an object.
    """
    position = 0
    while position + 24 <= len(data) and headers.left > 0:
        headers.left -= 1
        size = int.from_bytes(data[position + 16 : position + 24], "little")
        if size < 24 or headers.broadcast:
            return len(data), None
        known = data[position : position + 16] in _TOP
        if not known and position + size > headers.file_size:
            return position, None
        if position + size > len(data):
            there = len(data) - position
            return len(data), f"an object should be {size:,} bytes, and {there:,} are there"
        position += size
    return position, None


def _misplaced_data(data: bytes) -> str | None:
    """The data object comes right after the header: a player that believes the header's size must find it there."""
    size = int.from_bytes(data[16:24], "little")
    if data[:16] != HEADER or data[size : size + 16] == _DATA[: max(0, len(data) - size)]:
        return None
    return f"no data object follows its header of {size:,} bytes"


def _audio(headers: _Headers, total: int, problem: str | None) -> Audio:
    seconds = headers.seconds
    return Audio(
        format="asf",
        codec=headers.audio_codec,
        sample_rate=headers.rate or None,
        channels=headers.channels or None,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        problem=problem,
    )


def _video(headers: _Headers, total: int, problem: str | None) -> Video:
    seconds = headers.seconds
    return Video(
        format="asf",
        codec=headers.codec,
        width=headers.width or None,
        height=headers.height or None,
        fps=round(headers.fps, 3) if headers.fps else None,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        audio_codec=headers.audio_codec,
        problem=problem,
    )
