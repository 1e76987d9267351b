"""Tags around audio frames: their lengths only. What is inside a tag is never read."""

from __future__ import annotations

MAX_TAGS = 1_000
"""Leading ID3v2 tags that are skipped, one after another, before a walker gives up (``overrun``)."""


def tag_length(data: bytes, position: int) -> int | None:
    """The full length of the ID3v2 tag at ``position`` (header and footer included), or None where there is none.

    ID3v2.4 section 3.1: version bytes are never FF, and the four size bytes have no top bit. Versions go up to 4 so far; one
    that is a letter means a text about tags.
    """
    head = data[position : position + 10]
    if len(head) < 10 or head[:3] != b"ID3" or head[3] >= 0x20 or head[4] == 0xFF:
        return None
    if any(byte & 0x80 for byte in head[6:10]):
        return None
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + (20 if head[5] & 0x10 else 10)


def skip_tags(data: bytes) -> tuple[int, bool]:
    """The offset after all leading ID3v2 tags (it may lie beyond the data), and whether there were too many."""
    position = 0
    for _ in range(MAX_TAGS):
        size = tag_length(data, position)
        if size is None:
            return position, False
        position += size
    return position, True


def end_of_audio(data: bytes) -> int:
    """Where the audio ends: before ID3v1, Lyrics3 and APE tags at the end of the file, in any order."""
    end = len(data)
    for _ in range(8):
        before = _one_tag(data, end)
        if before == end:
            break
        end = before
    return end


def is_cut_tag(data: bytes, position: int) -> bool:
    """Whether an ID3 or APE tag begins at ``position`` and is longer than what is left."""
    left = len(data) - position
    if data[position : position + 3] == b"TAG":
        return left < (355 if data[position + 3 : position + 4] == b"+" else 128)
    if data[position : position + 8] == b"APETAGEX":
        return left < 32 + int.from_bytes(data[position + 12 : position + 16], "little")
    return (tag_length(data, position) or 0) > left


def _one_tag(data: bytes, end: int) -> int:
    if end >= 128 and data[end - 128 : end - 125] == b"TAG":
        extended = end - 128 - 227
        return extended if extended >= 0 and data[extended : extended + 4] == b"TAG+" else end - 128
    if end >= 32 and data[end - 32 : end - 24] == b"APETAGEX":
        size = int.from_bytes(data[end - 20 : end - 16], "little")
        header = 32 if data[end - 9] & 0x80 else 0
        return end - size - header if 32 <= size <= end - header else end
    if data[end - 9 : end] == b"LYRICS200" and data[end - 15 : end - 9].isdigit():
        return max(0, end - 15 - int(data[end - 15 : end - 9]))
    if data[end - 9 : end] == b"LYRICSEND":
        begin = data.rfind(b"LYRICSBEGIN", max(0, end - 5_120), end)
        return begin if begin >= 0 else end
    return end
