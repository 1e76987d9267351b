"""Types that no first bytes settle: sound that begins with a tag or junk, WBMP, transport streams, unbranded movies. Pure.

These are asked where the signature table is silent, and confirm by structure: several frames that follow each other, an exact
length, a track's handler.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import adts, charset, mpeg_frames, textual
from .id3 import skip_tags

_PDF = re.compile(rb"(?:^|[\r\n\x00])%PDF-[12]\.\d")
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_SEARCH = 65_536
_CANDIDATES = 2_000
_MAX_TRACKS = 1_000
_FRAMES: dict[str, Callable[[bytes, int, int, int], tuple[int, int]]] = {
    "audio/mpeg": mpeg_frames.frames_at,
    "audio/aac": adts.frames_at,
}


def tagged(data: bytes) -> str | None:
    """What an ID3v2 tag stands before: audio/mpeg, audio/aac, audio/flac and the like; None where it is no tag after all.

    Padding after the tag and a wrong tag size are passed over. A tag with nothing behind it in hand is taken for an MP3's.
    """
    start = mpeg_frames.past_zeros(data, skip_tags(data)[0], len(data))
    if start >= len(data):
        return "audio/mpeg"
    return _stream_at(data, start) or audio_frames(data, start, 2) or audio_frames(data, 10, 3)


def _stream_at(data: bytes, at: int) -> str | None:
    """The sound that begins at a position: two frames in a row, or one of layer III or ADTS that the data end with or inside.

    A layer I header is the byte order mark of UTF-16 as well, and in free format any equal header makes a second frame: of
    these it must be three.
    """
    if data.startswith(b"fLaC", at):
        return "audio/flac"
    if data.startswith(b"OggS", at):
        return "audio/ogg"
    if data.startswith(b"ADIF", at):
        return "audio/aac"
    for kind, frames_at in _FRAMES.items():
        frames, end = frames_at(data, at, len(data), 3)
        if not frames:
            continue
        layer = data[at + 1] & 6
        wanted = 3 if layer == 6 or (layer and data[at + 2] < 0x10) else 2
        if frames >= wanted or (wanted == 2 and layer in (0, 2) and end >= len(data) - 3):
            return kind
    return None


def audio_frames(data: bytes, start: int, frames: int) -> str | None:
    """audio/mpeg or audio/aac where so many frames in a row begin within 64 KiB after ``start``, whatever stands before.

    Free-format frames have no length of their own and are not looked for behind junk.
    """
    for count, sync in enumerate(_SYNC.finditer(data, start, start + _SEARCH)):
        if count >= _CANDIDATES:
            return None
        at = sync.start()
        if data[at + 2 : at + 3] < b"\x10":
            continue
        for kind, frames_at in _FRAMES.items():
            if frames_at(data, at, len(data), frames)[0] == frames:
                return kind
    return None


def wbmp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a wireless bitmap (WAP-237, type 0) whose length is exactly right, or None."""
    if data[:2] != b"\x00\x00":
        return None
    at, sizes = 2, []
    for _ in range(2):
        value, octets = 0, data[at : at + 4]
        for octet in octets:
            value, at = value << 7 | octet & 0x7F, at + 1
            if octet < 0x80:
                break
        sizes.append(value)
    width, height = sizes
    exact = width > 0 and height > 0 and len(data) - at == (width + 7) // 8 * height
    return (width, height) if exact else None


def movie_tracks(data: bytes) -> str | None:
    """video/mp4 or audio/mp4 for a file of boxes with unknown brands, by the handlers of its tracks; None where no box tells."""
    at, boxes = 0, 0
    while at + 8 <= len(data) and boxes < 1000:
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        if kind == b"moov":
            return _handlers(data[at + 8 : at + max(size, 8)])
        if size < 8 or not kind.isalnum():
            return None
        at, boxes = at + size, boxes + 1
    return None


def _handlers(movie: bytes) -> str | None:
    kinds: set[bytes] = set()
    at = movie.find(b"hdlr")
    for _ in range(_MAX_TRACKS):
        if at < 0:
            break
        kinds.add(movie[at + 12 : at + 16])
        at = movie.find(b"hdlr", at + 4)
    if b"vide" in kinds:
        return "video/mp4"
    return "audio/mp4" if b"soun" in kinds else None


def resolve(data: bytes, hint: str | None = None) -> str | None:
    """The type of media that neither signature nor rule base names; ``hint`` (what it is said to be) lowers what is asked."""
    if data[4:8] == b"ftyp" and (found := movie_tracks(data)) is not None:
        return found
    if wbmp_size(data) is not None:
        return "image/vnd.wap.wbmp"
    if data[:1] == b"G" and len(data) > 376 and data[188:189] == b"G" == data[376:377]:
        return "video/mp2t"
    flac = data[:_SEARCH].find(b"fLaC\x00\x00\x00\x22")
    if flac >= 0:
        return "audio/flac"
    return audio_frames(data, 0, 3 if hint in ("audio/mpeg", "audio/aac") else 5)


def sound(data: bytes) -> str | None:
    """Sound that begins with its first frame or an ID3v2 tag: certain enough to stand beside the signatures."""
    if data[:3] == b"ID3":
        return tagged(data)
    if data[:1] == b"\xff":
        return _stream_at(data, 0)
    return None


def text_or_sound(data: bytes, *, whole: bool = True) -> str | None:
    """The second half of the table: sound by its frames, PDF behind up to 1,024 bytes of junk, text by its characters."""
    return sound(data) or late_pdf(data) or textual.match(data, whole=whole)


def declared_text(data: bytes, *, whole: bool = True) -> str | None:
    """text/plain where the bytes may be that, in whichever charset."""
    return "text/plain" if charset.declared_characters(data, whole=whole) is not None else None


def late_pdf(data: bytes) -> str | None:
    """application/pdf where its header begins a line within the first 1,024 bytes (ISO 32000-1, annex H.3.4.1) and an object follows."""
    found = _PDF.search(data[:1032])
    return "application/pdf" if found and data.find(b" obj", found.end()) >= 0 else None
