"""Types that no first bytes settle: sound that begins with a tag or junk, WBMP, transport streams, unbranded movies. Pure.

These are asked where the signature table is silent, and confirm by structure: several frames that follow each other, an exact
length, a track's handler.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from . import textual

_PDF = re.compile(rb"(?:^|[\r\n\x00])%PDF-[12]\.\d")
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_Length = Callable[[bytes, int, bytes], int | None]
_SEARCH = 65_536
_CANDIDATES = 2_000
_MAX_TAGS = 1_000
_MAX_TRACKS = 1_000
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_KBITS_1 = {
    3: (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_KBITS_2 = {
    3: (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    1: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def tagged(data: bytes) -> str | None:
    """What an ID3v2 tag stands before: audio/mpeg, audio/aac, audio/flac and the like.

    Padding after the tag and a wrong tag size are passed over. A tag with nothing behind it in hand is taken for an MP3's.
    """
    start = 0
    for _ in range(_MAX_TAGS):
        if data[start : start + 3] != b"ID3":
            break
        start += tag_size(data, start)
    if start >= len(data):
        return "audio/mpeg"
    start += len(data[start : start + _SEARCH]) - len(data[start : start + _SEARCH].lstrip(b"\x00"))
    return (
        _stream_at(data, start)
        or audio_frames(data, start, 2)
        or audio_frames(data, 10, 3)
        or ("audio/mpeg" if start >= len(data) else None)
    )


def tag_size(data: bytes, at: int = 0) -> int:
    """Bytes of the ID3v2 tag at a position, header and footer included; at least 10."""
    size = 0
    for octet in data[at + 6 : at + 10]:
        size = size << 7 | octet & 0x7F
    return 10 + size + (10 if data[at + 5 : at + 6] and data[at + 5] & 0x10 else 0)


def _stream_at(data: bytes, at: int) -> str | None:
    """The sound that begins at a position: two frames in a row, or one that the data end with or inside.

    One alone must be of layer III or ADTS: a layer I header is the byte order mark of UTF-16 as well.
    """
    if data.startswith(b"fLaC", at):
        return "audio/flac"
    if data.startswith(b"OggS", at):
        return "audio/ogg"
    if data.startswith(b"ADIF", at):
        return "audio/aac"
    for kind, length in _LENGTHS.items():
        frames, end = _run(data, at, length, 3)
        if frames >= 2:
            return kind
        if frames == 1 and end >= len(data) - 3 and data[at + 1] & 6 in (0, 2):
            return kind
    return None


def _run(data: bytes, at: int, length: _Length, limit: int) -> tuple[int, int]:
    """How many frames follow each other from a position, at most ``limit``, and where the last of them ends."""
    first = data[at : at + 4]
    for count in range(limit):
        size = length(data, at, first)
        if size is None:
            return count, at
        at += size
    return limit, at


def _mpeg_length(data: bytes, at: int, first: bytes) -> int | None:
    """Bytes of the MPEG audio frame at a position, of the same stream as ``first``; None where there is none."""
    head = data[at : at + 4]
    if (
        len(head) < 4
        or head[0] != 0xFF
        or head[1] & 0xE0 != 0xE0
        or head[1] & 0xFE != first[1] & 0xFE
    ):
        return None
    version, layer, index, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if (
        version == 1
        or layer == 0
        or index == 15
        or rate == 3
        or head[2] & 0x0C != first[2] & 0x0C
        or head[3] & 3 == 2
    ):
        return None
    if index == 0:
        return _free_length(data, at, head)
    kbits = (_KBITS_1 if version == 3 else _KBITS_2)[layer][index - 1]
    hertz, padding = _RATES[version][rate], head[2] >> 1 & 1
    if layer == 3:
        return (12_000 * kbits // hertz + padding) * 4
    return (72_000 if layer == 1 and version != 3 else 144_000) * kbits // hertz + padding


def _free_length(data: bytes, at: int, head: bytes) -> int | None:
    """Free format states no length: the next header that differs in nothing but padding is the next frame."""
    nearest = data.find(head[:2], at + 24, at + 8192)
    while nearest >= 0:
        if data[nearest + 2] & 0xFC == head[2] & 0xFC if nearest + 2 < len(data) else False:
            return nearest - at
        nearest = data.find(head[:2], nearest + 1, at + 8192)
    return None


def _adts_length(data: bytes, at: int, first: bytes) -> int | None:
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[1:2] != first[1:2]:
        return None
    if head[2] >> 2 & 15 > 12 or head[2] & 0xFC != first[2] & 0xFC:
        return None
    size = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return size if size >= 7 else None


_LENGTHS: dict[str, _Length] = {"audio/mpeg": _mpeg_length, "audio/aac": _adts_length}


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
        for kind, length in _LENGTHS.items():
            if _run(data, at, length, frames)[0] >= frames:
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


def late_pdf(data: bytes) -> str | None:
    """application/pdf where its header begins a line within the first 1,024 bytes (ISO 32000-1, annex H.3.4.1) and an object follows."""
    found = _PDF.search(data[:1032])
    return "application/pdf" if found and data.find(b" obj", found.end()) >= 0 else None
