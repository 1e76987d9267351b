"""What the sandbox gateway takes a file to be: its own few signatures, apart from what preflight itself knows.

"May be rejected if the MIME type cannot be determined by other means" says the vendor of octet-stream; the other means here are
the first bytes.
"""

from __future__ import annotations

import io
import re

from PIL import Image

_SAME = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png",
    "audio/mp3": "audio/mpeg", "audio/x-mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav", "audio/x-amr": "audio/amr", "video/3gp": "video/3gpp", "video/mpg": "video/mpeg",
    "video/avi": "video/x-msvideo", "text/x-vcard": "text/vcard", "text/directory": "text/vcard",
    "text/x-vcalendar": "text/calendar",
}  # fmt: skip
_GENERIC = ("application/octet-stream", "binary/octet-stream")
_TAKEN = {
    "image": ("image/jpeg", "image/png", "image/gif"),
    "audio": ("audio/mpeg", "audio/wav", "audio/amr"),
    "video": ("video/mp4", "video/3gpp", "video/mpeg", "video/x-msvideo", "video/x-ms-wmv"),
    "vcard": ("text/vcard",),
    "ical": ("text/calendar",),
    "pdf": ("application/pdf",),
    "passbook": ("application/vnd.apple.pkpass",),
}
_SIGNATURES = (
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb"RIFF.{4}WAVE", "audio/wav"),
    (rb"RIFF.{4}AVI ", "video/x-msvideo"),
    (rb"#!AMR\n", "audio/amr"),
    (rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),
    (rb".{4}ftyp3g", "video/3gpp"),
    (rb".{4}ftyp", "video/mp4"),
    (rb"\x00\x00\x01[\xba\xb3]", "video/mpeg"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
    (rb"%PDF-", "application/pdf"),
    (rb"PK\x03\x04", "application/vnd.apple.pkpass"),
    (rb"\s*BEGIN:VCARD", "text/vcard"),
    (rb"\s*BEGIN:VCALENDAR", "text/calendar"),
    (rb"\s*<", "text/html"),
    (rb"\s*\{", "application/json"),
)
_TYPE = re.compile(r"([\w!#$&^.+-]+/[\w!#$&^.+-]+)\s*(?:;.*)?")


def media_type_of(declared: list[str], body: bytes) -> str | None:
    """The one media type on which header and bytes agree, or None: missing, malformed, two, unknown, or untrue."""
    matches = [_TYPE.fullmatch(value.strip()) for value in declared]
    named = {match.group(1).lower() if match else "" for match in matches}
    if len(named) != 1 or "" in named:
        return None
    said = named.pop()
    seen = signature(body)
    if said in _GENERIC:
        return seen
    said = _SAME.get(said, said)
    return said if seen in (said, None) else None


def signature(body: bytes) -> str | None:
    """The media type that the first bytes show, or None."""
    for pattern, media_type in _SIGNATURES:
        if re.match(pattern, body[:64], re.DOTALL):
            return media_type
    return None


def fits(kind: str, media_type: str) -> bool:
    """Whether a slide element takes this type."""
    return media_type in _TAKEN[kind]


def image_opens(body: bytes) -> bool:
    """Whether Pillow decodes the picture to its end."""
    try:
        with Image.open(io.BytesIO(body), formats=("JPEG", "PNG", "GIF")) as image:
            image.load()
    except Exception:  # Pillow raises half a dozen kinds for broken pictures
        return False
    return True


def plays(media_type: str, body: bytes) -> bool:
    """Whether sound or film would survive encoding, by the sizes that its container gives."""
    if media_type in ("audio/wav", "video/x-msvideo"):
        return int.from_bytes(body[4:8], "little") + 8 <= len(body)
    if media_type in ("video/mp4", "video/3gpp"):
        return _boxes_close(body)
    return True


def _boxes_close(body: bytes) -> bool:
    """Whether the top boxes of an MP4 end with the file, and a movie header is among them."""
    place, names = 0, []
    while place + 8 <= len(body):
        size, name = int.from_bytes(body[place : place + 4], "big"), body[place + 4 : place + 8]
        names.append(name)
        if size == 1:
            size = int.from_bytes(body[place + 8 : place + 16], "big")
        place = len(body) if size == 0 else place + max(size, 8)
    return place == len(body) and b"moov" in names
