"""MPEG video: the first sequence header, and where a bare stream of it ends early (ISO/IEC 11172-2, 13818-2)."""

from __future__ import annotations

from ..observation import Video

SEQUENCE = b"\x00\x00\x01\xb3"
_PICTURE = b"\x00\x00\x01\x00"
_EXTENSION = b"\x00\x00\x01\xb5"
_SEQUENCE_END = 0xB7
_BEFORE_SLICES = frozenset({0x00, 0xB2, 0xB3, 0xB5, 0xB8})
"""Pictures, user data, sequences, extensions and groups: the headers that slices follow."""
_SLICES = range(0x01, 0xB0)
_FRAME = 3
_NUMBERED = 2_800
"""Lines of a picture up to which a slice's code is the number of its row."""

_FPS = (None, 24_000 / 1_001, 24.0, 25.0, 30_000 / 1_001, 30.0, 50.0, 60_000 / 1_001, 60.0)
_PROFILES = {1: "High", 2: "Spatially Scalable", 3: "SNR Scalable", 4: "Main", 5: "Simple"}
_LEVELS = {4: "High", 6: "High 1440", 8: "Main", 10: "Low"}


def sequence(data: bytes, at: int) -> Video:
    """The facts of the sequence header at an offset."""
    head = data[at + 4 : at + 12]
    if len(head) < 4:
        return Video(format="mpeg", codec="mpeg1video")
    width, height = head[0] << 4 | head[1] >> 4, (head[1] & 15) << 8 | head[2]
    index = head[3] & 15
    fps = _FPS[index] if index < len(_FPS) else None
    # MPEG-2 has a sequence extension after the header, whose two matrices take up to 128 bytes.
    extension = data.find(_EXTENSION, at + 12, at + 12 + 140)
    codec, profile, level = "mpeg1video", None, None
    if extension >= 0 and data[extension + 4 : extension + 6] and data[extension + 4] >> 4 == 1:
        codec = "mpeg2video"
        both = int.from_bytes(data[extension + 4 : extension + 6], "big")
        profile, level = _PROFILES.get(both >> 8 & 7), _LEVELS.get(both >> 4 & 15)
    return Video(
        format="mpeg",
        codec=codec,
        profile=profile,
        level=level,
        width=width or None,
        height=height or None,
        fps=round(fps, 3) if fps else None,
    )


def truncation(data: bytes) -> str | None:
    """Whether a bare stream ends early.

    A sequence ends with a code of its own, but FFmpeg writes none, and what was shortened on purpose has none either. So the last
    picture tells: it lacks its slices, or the lower ones. A cut within its last row is not seen, nor one within the slices of
    MPEG-1, which may go over many rows.
    """
    last = data.rfind(b"\x00\x00\x01")
    code = data[last + 3] if last + 3 < len(data) else _SEQUENCE_END
    if code in _BEFORE_SLICES:
        return "it ends before the slices of its last picture"
    picture = data.rfind(_PICTURE, 0, last)
    if picture < 0 or code not in _SLICES:
        return None
    rows = _rows(data, picture)
    return f"its last picture ends in row {code} of {rows}" if code < rows else None


def _rows(data: bytes, picture: int) -> int:
    """The rows of macroblocks in an MPEG-2 picture, each of which begins a slice that is numbered like it (13818-2 section 6.1.2.2).

    0 where that does not hold: for MPEG-1, which has no picture coding extension, and where rows are over 175.
    """
    extension = data.find(_EXTENSION, picture, picture + 16)
    size = data.rfind(SEQUENCE, 0, picture) + 4
    if extension < 0 or extension + 6 >= len(data) or size < 4:
        return 0
    height = (data[size + 1] & 15) << 8 | data[size + 2]
    lines = 16 if data[extension + 6] & 3 == _FRAME else 32  # a field has every other line
    return (height + lines - 1) // lines if height <= _NUMBERED else 0
