"""WebM and Matroska: DocType, duration and tracks from the first EBML elements (RFC 8794, RFC 9559)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ..observation import Audio, Video
from .walk import MAX_ITEMS, Walk, mean_bitrate

_EBML, _DOCTYPE, _SEGMENT, _INFO, _SCALE, _DURATION = (
    0x1A45DFA3,
    0x4282,
    0x18538067,
    0x1549A966,
    0x2AD7B1,
    0x4489,
)
_TRACKS, _ENTRY, _TYPE, _CODEC, _CLUSTER = 0x1654AE6B, 0xAE, 0x83, 0x86, 0x1F43B675
_VIDEO, _WIDTH, _HEIGHT, _FRAME_NS = 0xE0, 0xB0, 0xBA, 0x23E383
_AUDIO, _RATE, _CHANNELS = 0xE1, 0xB5, 0x9F

_CODECS = {
    "V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1", "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "h265", "V_MPEG1": "mpeg1video",
    "V_MPEG2": "mpeg2video", "V_THEORA": "theora", "V_MJPEG": "mjpeg", "V_MPEG4/ISO/SP": "mpeg4", "V_MPEG4/ISO/ASP": "mpeg4",
    "V_MPEG4/ISO/AP": "mpeg4", "V_MPEG4/MS/V3": "msmpeg4", "A_VORBIS": "vorbis", "A_OPUS": "opus", "A_AAC": "aac", "A_FLAC": "flac",
    "A_MPEG/L3": "mp3", "A_MPEG/L2": "mp2", "A_MPEG/L1": "mp1", "A_AC3": "ac3", "A_EAC3": "eac3", "A_DTS": "dts", "A_ALAC": "alac",
    "A_PCM/INT/LIT": "pcm", "A_PCM/INT/BIG": "pcm", "A_PCM/FLOAT/IEEE": "pcm",
}  # fmt: skip


@dataclass(slots=True)
class _Facts:
    doctype: str = ""
    scale: int = 1_000_000
    duration: float = 0.0
    codec: str | None = None
    width: int = 0
    height: int = 0
    frame_ns: int = 0
    audio_codec: str | None = None
    rate: float = 8_000.0
    channels: int = 1
    pictures: bool = False
    tracks: int = 0
    left: int = MAX_ITEMS


@dataclass(slots=True)
class _Entry:
    kind: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0
    frame_ns: int = 0
    rate: float = 8_000.0
    channels: int = 1


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read a WebM or Matroska file; see ``timed.Walker`` for the arguments."""
    facts, truncated, end = _Facts(), None, 0
    for name, start, size in _elements(data, 0, len(data), facts):
        stop = len(data) if size is None else start + size
        if name == _EBML:
            _read_head(data, start, min(stop, len(data)), facts)
        elif name == _SEGMENT:
            _read_segment(data, start, min(stop, len(data)), facts)
        if whole and stop > len(data):
            truncated = (
                f"an element should be {size or 0:,} bytes, and {len(data) - start:,} are there"
            )
        end = min(stop, len(data))
    overrun = facts.left <= 0
    problem = None
    if whole and not truncated and not overrun and not facts.tracks:
        problem = "it has no tracks"
    sound_only = facts.audio_codec is not None and not facts.pictures
    return Walk(
        media_type=_media_type(facts, sound_only),
        audio=_audio(facts, length or len(data), problem) if sound_only else None,
        video=None if sound_only else _video(facts, length or len(data), problem),
        truncated=truncated,
        overrun=f"it has more than {MAX_ITEMS:,} elements" if overrun else None,
        trailing=0 if truncated or overrun or not whole else len(data) - end,
    )


def _elements(
    data: bytes, position: int, end: int, facts: _Facts
) -> Iterator[tuple[int, int, int | None]]:
    """Identifier, content offset and size (None: unknown, to the end) of the elements one after another."""
    while position + 2 <= end and facts.left > 0:
        facts.left -= 1
        name_bytes = 9 - data[position].bit_length()
        at = position + name_bytes
        if name_bytes > 4 or at >= end:
            return
        size_bytes = 9 - data[at].bit_length()
        if size_bytes > 8 or at + size_bytes > end:
            return
        mask = (1 << 7 * size_bytes) - 1
        value = int.from_bytes(data[at : at + size_bytes], "big") & mask
        size = None if value == mask else value
        start = at + size_bytes
        yield int.from_bytes(data[position:at], "big"), start, size
        if size is None:
            return
        position = start + size


def _read_head(data: bytes, start: int, end: int, facts: _Facts) -> None:
    for name, at, size in _elements(data, start, end, facts):
        if name == _DOCTYPE and size is not None:
            facts.doctype = data[at : at + min(size, 16)].rstrip(b"\x00").decode("latin-1")


def _read_segment(data: bytes, start: int, end: int, facts: _Facts) -> None:
    for name, at, size in _elements(data, start, end, facts):
        stop = end if size is None else min(at + size, end)
        if name == _INFO:
            for inner, where, length in _elements(data, at, stop, facts):
                if inner == _SCALE:
                    facts.scale = _unsigned(data, where, length) or 1_000_000
                elif inner == _DURATION:
                    facts.duration = _real(data, where, length)
        elif name == _TRACKS:
            for inner, where, length in _elements(data, at, stop, facts):
                if inner == _ENTRY and length is not None:
                    _read_entry(data, where, min(where + length, stop), facts)
        elif name == _CLUSTER and facts.tracks:
            return


def _read_entry(data: bytes, start: int, end: int, facts: _Facts) -> None:
    entry = _Entry()
    _read_fields(data, start, end, facts, entry, depth=0)
    facts.tracks += 1
    codec = (
        _CODECS.get(entry.codec)
        or _CODECS.get(entry.codec.partition("/")[0])
        or entry.codec[2:].lower()
        or None
    )
    if entry.kind == 1 and not facts.pictures:
        facts.pictures, facts.codec, facts.frame_ns = True, codec, entry.frame_ns
        facts.width, facts.height = entry.width, entry.height
    elif entry.kind == 2 and facts.audio_codec is None:
        facts.audio_codec, facts.rate, facts.channels = codec, entry.rate, entry.channels


def _read_fields(
    data: bytes, start: int, end: int, facts: _Facts, entry: _Entry, depth: int
) -> None:
    for name, at, size in _elements(data, start, end, facts):
        if name in (_VIDEO, _AUDIO) and size is not None and depth == 0:
            _read_fields(data, at, min(at + size, end), facts, entry, depth + 1)
        elif name == _TYPE:
            entry.kind = _unsigned(data, at, size)
        elif name == _CODEC:
            entry.codec = data[at : at + min(size or 0, 32)].rstrip(b"\x00").decode("latin-1")
        elif name == _WIDTH:
            entry.width = _unsigned(data, at, size)
        elif name == _HEIGHT:
            entry.height = _unsigned(data, at, size)
        elif name == _FRAME_NS:
            entry.frame_ns = _unsigned(data, at, size)
        elif name == _RATE:
            entry.rate = _real(data, at, size)
        elif name == _CHANNELS:
            entry.channels = _unsigned(data, at, size)


def _unsigned(data: bytes, at: int, size: int | None) -> int:
    return int.from_bytes(data[at : at + min(size or 0, 8)], "big")


def _real(data: bytes, at: int, size: int | None) -> float:
    """A float of 4 or 8 bytes; anything that is not a positive number counts as 0."""
    form = {4: ">f", 8: ">d"}.get(size or 0)
    if form is None or at + (size or 0) > len(data):
        return 0.0
    (value,) = struct.unpack_from(form, data, at)
    return value if 0 < value < 1e15 else 0.0


def _media_type(facts: _Facts, sound_only: bool) -> str:
    kind = "audio" if sound_only else "video"
    return f"{kind}/webm" if facts.doctype == "webm" else f"{kind}/x-matroska"


def _seconds(facts: _Facts) -> float | None:
    return round(facts.duration * facts.scale / 1_000_000_000, 6) or None


def _audio(facts: _Facts, total: int, problem: str | None) -> Audio:
    seconds = _seconds(facts)
    return Audio(
        format=facts.doctype or "matroska",
        codec=facts.audio_codec,
        sample_rate=round(facts.rate) or None,
        channels=facts.channels or None,
        duration_s=seconds,
        bitrate=mean_bitrate(total, seconds),
        problem=problem,
    )


def _video(facts: _Facts, total: int, problem: str | None) -> Video:
    seconds = _seconds(facts)
    return Video(
        format=facts.doctype or "matroska",
        codec=facts.codec,
        width=facts.width or None,
        height=facts.height or None,
        fps=round(1_000_000_000 / facts.frame_ns, 3) if facts.frame_ns else None,
        duration_s=seconds,
        bitrate=mean_bitrate(total, seconds),
        audio_codec=facts.audio_codec,
        problem=problem,
    )
