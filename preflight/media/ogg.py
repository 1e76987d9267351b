"""Ogg: pages with their checksums, the codec in the first packet, the duration in the last granule position (RFC 3533).

Codecs: Vorbis I section 4.2, RFC 7845 (Opus), RFC 9639 section 10.1 (FLAC), the Speex and Theora specifications.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import field

from ..observation import Audio, Video
from ..values import dataclass
from .walk import MAX_ITEMS, Walk, mean_bitrate, rounded

_PAGE = struct.Struct("<4sBBqIIIB")
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_CHECKED_PAGES, _CHECKED_BYTES = 5_000, 10_000_000
"""Checksums are computed for so much of a file: 20 ms at most."""


@dataclass(slots=True)
class _Stream:
    """One logical bitstream: its first packet, and its last granule position."""

    head: bytes
    granule: int = 0


@dataclass(slots=True)
class _Pages:
    streams: dict[int, _Stream] = field(default_factory=dict)
    end: int = 0
    count: int = 0
    truncated: str | None = None
    corrupt: str | None = None
    overrun: bool = False


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an Ogg file; see ``timed.Walker`` for the arguments."""
    pages = _read_pages(data, whole)
    total = length if length is not None else len(data)
    picture = next((s for s in pages.streams.values() if s.head[:7] == b"\x80theora"), None)
    sounds = [(s, facts) for s in pages.streams.values() if (facts := _sound(s))]
    audio = _audio(pages, sounds, whole, total)
    return Walk(
        media_type="video/ogg" if picture else "audio/ogg",
        audio=None if picture else audio,
        video=_video(picture, audio, sounds) if picture else None,
        truncated=pages.truncated,
        corrupt=pages.corrupt,
        overrun=f"it has more than {MAX_ITEMS:,} pages" if pages.overrun else None,
        trailing=len(data) - pages.end if whole and not (pages.truncated or pages.overrun) else 0,
    )


def _read_pages(data: bytes, whole: bool) -> _Pages:
    pages, position, total, checked = _Pages(), 0, len(data), 0
    while position + 27 <= total and not pages.overrun:
        mark, _, flags, granule, serial, _, checksum, segments = _PAGE.unpack_from(data, position)
        if mark != b"OggS":
            break
        content = position + 27 + segments
        size = 27 + segments + sum(data[position + 27 : content])
        if content > total or position + size > total:
            break
        if pages.count < _CHECKED_PAGES and checked < _CHECKED_BYTES and not pages.corrupt:
            checked += size
            if _checksum(data, position, size) != checksum:
                pages.corrupt = f"page {pages.count + 1} does not match its checksum"
        if flags & 2 and len(pages.streams) < 64:
            pages.streams[serial] = _Stream(data[content : content + 80])
        if granule > 0 and (stream := pages.streams.get(serial)):
            stream.granule = granule
        position += size
        pages.count += 1
        pages.overrun = pages.count >= MAX_ITEMS and position < total
    pages.end = position
    left = data[position : position + 4]
    if whole and left and not pages.overrun and b"OggS".startswith(left):
        pages.truncated = f"it ends {total - position:,} bytes into page {pages.count + 1}"
    return pages


def _checksum(data: bytes, position: int, size: int) -> int:
    """The page's CRC-32, whose bits run the other way round than zlib's, and which starts from 0."""
    page = b"".join(
        (data[position : position + 22], bytes(4), data[position + 26 : position + size])
    )
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")


@dataclass(frozen=True, slots=True)
class _Sound:
    codec: str
    rate: int
    channels: int
    lead: int = 0  # samples at the start that are not played


def _sound(stream: _Stream) -> _Sound | None:
    head = stream.head
    if head[:7] == b"\x01vorbis" and len(head) >= 16:
        return _Sound("vorbis", int.from_bytes(head[12:16], "little"), head[11])
    if head[:8] == b"OpusHead" and len(head) >= 12:
        return _Sound("opus", 48_000, head[9], int.from_bytes(head[10:12], "little"))
    if head[:5] == b"\x7fFLAC" and len(head) >= 30:
        bits = int.from_bytes(head[27:31], "big")
        return _Sound("flac", bits >> 12, (bits >> 9 & 7) + 1)
    if head[:8] == b"Speex   " and len(head) >= 52:
        rate, _, _, channels = struct.unpack_from("<IIII", head, 36)
        return _Sound("speex", rate, channels)
    return None


def _audio(pages: _Pages, sounds: list[tuple[_Stream, _Sound]], whole: bool, total: int) -> Audio:
    if not sounds:
        known = pages.truncated or pages.overrun or not whole
        return Audio(
            format="ogg", problem=None if known else "it has no sound stream that is known"
        )
    first = sounds[0][1]
    # Chained files hold one stream after the other.
    alike = [(s, f) for s, f in sounds if (f.codec, f.rate) == (first.codec, first.rate)]
    ticks = sum(max(0, s.granule - f.lead) for s, f in alike)
    seconds = ticks / first.rate if first.rate and whole else 0.0
    problem = (
        None if first.rate and first.channels else "its header says no channels or no sample rate"
    )
    return Audio(
        format="ogg",
        codec=first.codec,
        sample_rate=first.rate or None,
        channels=first.channels or None,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        problem=problem,
    )


def _video(stream: _Stream, audio: Audio, sounds: list[tuple[_Stream, _Sound]]) -> Video:
    head = stream.head
    if len(head) < 42:
        return Video(format="ogg", codec="theora", problem="its Theora header is cut off")
    over, under = struct.unpack_from(">II", head, 22)
    fps = over / under if under and over else None
    shift = int.from_bytes(head[40:42], "big") >> 5 & 31
    frames = (stream.granule >> shift) + (stream.granule & ((1 << shift) - 1))
    return Video(
        format="ogg",
        codec="theora",
        width=int.from_bytes(head[14:17], "big") or None,
        height=int.from_bytes(head[17:20], "big") or None,
        fps=round(fps, 3) if fps else None,
        duration_s=round(frames / fps, 6) if fps and frames else audio.duration_s,
        audio_codec=sounds[0][1].codec if sounds else None,
    )
