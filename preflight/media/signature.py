"""Our own signature table: the first bytes of the types that MMS media come in, and the containers that need a second look.

Pure and fast (a few microseconds): it confirms what was declared. Only signatures that leave no doubt are here; what needs
guessing is in ``structure``.
"""

from __future__ import annotations

from collections.abc import Callable

from .archive import zip_type
from .isobmff_brands import family

_BOXES = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot", b"uuid", b"styp"}
)


def match(data: bytes) -> str | None:
    """The canonical type that the first bytes (and the container, where there is one) show beyond doubt, or None."""
    for prefix, media_type in _TABLE.get(data[:1], ()):
        if data.startswith(prefix):
            found = media_type if isinstance(media_type, str) else media_type(data)
            if found is not None:
                return found
    if data[4:8] in _BOXES and data[0] < 9:  # a size under 150 MB; text begins higher
        return iso_type(data)
    return None


def iso_type(data: bytes) -> str | None:
    """The type of an ISO base media file by its brands; a movie without ``ftyp`` is QuickTime's.

    ``free``, ``wide`` and ``mdat`` may come before ``ftyp``. None where the brands are unknown, or no box tells.
    """
    position = 0
    for _ in range(64):
        size, kind = (
            int.from_bytes(data[position : position + 4]),
            data[position + 4 : position + 8],
        )
        if kind == b"ftyp":
            end = position + size if size >= 16 else position + 16
            others = data[position + 16 : min(end, position + 144)]
            brands = [others[at : at + 4] for at in range(0, len(others) - 3, 4)]
            return family((data[position + 8 : position + 12], *brands))
        if kind in (b"moov", b"pnot"):
            return "video/quicktime"
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16])
        if size < 8 or kind not in _BOXES:
            return None
        position += size
    return None


def _riff(data: bytes) -> str | None:
    return _RIFF.get(data[8:12])


_RIFF = {
    b"WAVE": "audio/wav", b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"AVIX": "video/x-msvideo",
    b"RMID": "audio/midi", b"QLCM": "audio/qcelp", b"CDXA": "video/mpeg",
}  # fmt: skip


def _ogg(data: bytes) -> str:
    """Ogg is sound unless one of the streams that begin on its first pages is a picture."""
    head = data[:4096]
    if any(mark in head for mark in (b"\x80theora", b"BBCD\x00", b"\x01video\x00")):
        return "video/ogg"
    return "audio/ogg"


_ASF_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
_ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")


def _asf(data: bytes) -> str:
    head = data[:262_144]
    if _ASF_VIDEO in head:
        return "video/x-ms-wmv"
    return "audio/x-ms-wma" if _ASF_AUDIO in head else "video/x-ms-asf"


def _ebml(data: bytes) -> str:
    """WebM or Matroska by DocType; a header that leaves it out is Matroska's default."""
    head = data[:4096]
    at = head.find(b"\x42\x82")
    size = head[at + 2] & 0x7F if 0 <= at < len(head) - 2 else 0
    name = head[at + 3 : at + 3 + size].rstrip(b"\x00")
    return "video/webm" if name == b"webm" else "video/x-matroska"


_DIB_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def _bmp(data: bytes) -> str | None:
    """BM is two letters of text too: the size of the second header must be a known one."""
    return "image/bmp" if int.from_bytes(data[14:18], "little") in _DIB_SIZES else None


def _icon(data: bytes) -> str | None:
    """An icon directory: a count, and entries whose reserved byte is 0 and whose data begin after the directory."""
    count = int.from_bytes(data[4:6], "little")
    if count == 0 or len(data) < 22:
        return None
    start, size = int.from_bytes(data[18:22], "little"), int.from_bytes(data[14:18], "little")
    return "image/vnd.microsoft.icon" if data[9] == 0 and start >= 6 + 16 * count and size else None


def _aiff(data: bytes) -> str | None:
    return "audio/aiff" if data[8:12] in (b"AIFF", b"AIFC") else None


def _midi(data: bytes) -> str | None:
    return "audio/midi" if int.from_bytes(data[4:8]) >= 6 else None


Found = str | Callable[[bytes], str | None]

_PREFIXES: tuple[tuple[bytes, Found], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF89a", "image/gif"),
    (b"GIF87a", "image/gif"),
    (b"RIFF", _riff),
    (b"RIFX", _riff),
    (b"RF64", _riff),
    (b"BW64", _riff),
    (b"BM", _bmp),
    (b"#!AMR-WB", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR_MC1.0\n", "audio/amr"),
    (b"#!EVRC", "audio/evrc"),
    (b"#!SMV\n", "audio/smv"),
    (b"MThd", _midi),
    (b"XMF_", "audio/mobile-xmf"),
    (b"MMMD", "application/vnd.smaf"),
    (b"BEGIN:IMELODY", "audio/imelody"),
    (b"caff\x00\x01", "audio/x-caf"),
    (b"fLaC", "audio/flac"),
    (b"OggS", _ogg),
    (b"FORM", _aiff),
    (b".snd\x00\x00", "audio/basic"),
    (b"ADIF", "audio/aac"),
    (b"\x1aE\xdf\xa3", _ebml),
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), _asf),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\x00\x00\x01\x00", _icon),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00\x08\x00", "image/tiff"),
    (b"MM\x00+\x00\x08", "image/tiff"),
    (b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
    (b"FLV\x01", "video/x-flv"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", zip_type),
    (b"PK\x05\x06", zip_type),
    (b"\x1f\x8b\x08", "application/gzip"),
)

_TABLE: dict[bytes, tuple[tuple[bytes, Found], ...]] = {
    first: tuple(entry for entry in _PREFIXES if entry[0][:1] == first)
    for first in {prefix[:1] for prefix, _ in _PREFIXES}
}

PLAIN: dict[str, tuple[bytes, ...]] = {
    media_type: tuple(prefix for prefix, found in _PREFIXES if found == media_type)
    for _, media_type in _PREFIXES
    if isinstance(media_type, str)
}
"""The first bytes by type, of the types that they settle alone."""
