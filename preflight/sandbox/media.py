"""Small real media files and broken ones, as bytes: what the sandbox serves, and what tests can borrow.

The good pictures, sounds and films are package data, once drawn by a script and encoded by Pillow and FFmpeg; the
rest is made here. Everything is deterministic and nothing here needs a C library.
"""

from __future__ import annotations

import struct
import zlib
from functools import cache
from importlib.resources import files
from random import Random

TOO_LARGE = 1_100_000  # bytes; the vendor's published limit without transcoding is 1,000 KB
HEAVY = 700_000  # bytes; over the 600 KB that the smallest carrier takes, below the vendor's limit

HTML = b"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The requested object is not on this server.</p></body>
</html>
"""

LOGIN = b"""<html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input name="password" type="password"></form></body></html>
"""

CHALLENGE = b"""<!DOCTYPE html>
<html lang="en-US"><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>
"""

XML_ERROR = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>photo.jpg</Key></Error>"""

JSON_ERROR = b'{"error": {"code": 404, "message": "No such object: media/photo.jpg"}}\n'

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48" viewBox="0 0 64 48">
<rect width="64" height="48" fill="#356078"/><circle cx="48" cy="12" r="7" fill="#ffec96"/></svg>
"""

VCARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Example;Ann;;;\r\nFN:Ann Example\r\nORG:Example Ltd\r\n"
    b"TEL;TYPE=CELL:+15555550100\r\nEMAIL:ann@example.com\r\nEND:VCARD\r\n"
)

CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//sandbox//EN\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\n"
    b"DTSTAMP:20260101T090000Z\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\nSUMMARY:Opening day\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)

TEXT = b"The spring sale starts on Monday. Show this message at the till for 20% off.\n"


@cache
def data(name: str) -> bytes:
    """A file of the package's data folder, for example ``photo.jpg``."""
    return (files(__package__) / "data" / name).read_bytes()


def truncated(whole: bytes, share: float = 0.5) -> bytes:
    """The first part of a file, cut inside its content."""
    return whole[: int(len(whole) * share)]


def padded_jpeg(length: int) -> bytes:
    """A valid JPEG of exactly ``length`` bytes: the photo with comment segments behind its JFIF segment."""
    photo = data("photo.jpg")
    missing = length - len(photo)
    segments = []
    while missing:
        # A segment takes 4 to 65,537 bytes; never leave fewer than 4 for the last one.
        size = missing if missing <= 65_537 else min(65_537, missing - 4)
        segments.append(b"\xff\xfe" + struct.pack(">H", size - 2) + bytes(size - 4))
        missing -= size
    place = 4 + struct.unpack(">H", photo[4:6])[0]
    return photo[:place] + b"".join(segments) + photo[place:]


def widthless_jpeg() -> bytes:
    """The photo with a width of 0 in its frame header."""
    photo = data("photo.jpg")
    place = photo.index(b"\xff\xc0") + 7  # marker, length, precision, height
    return photo[:place] + b"\0\0" + photo[place + 2 :]


def noise(length: int = 4_096) -> bytes:
    """Bytes that are no known type: fixed noise whose beginning is no known signature."""
    return b"\x8f\x01\xf3\x9c" + Random(3).randbytes(length - 4)  # noqa: S311 - fixed on purpose


def png(width: int = 160, height: int = 120) -> bytes:
    """A valid PNG with a plain gradient, of any size."""
    shades = bytes(x * 255 // width for x in range(width))
    return _gray_png(width, height, 8, (b"\0" + shades) * height)


def _gray_png(width: int, height: int, bits: int, rows: bytes) -> bytes:
    """A PNG in shades of grey, of rows that each begin with their filter byte."""
    header = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(name, body) for name, body in parts)


def _png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def corrupt_png() -> bytes:
    """A PNG whose picture data no longer has its checksum: one byte in the middle is turned over."""
    whole = bytearray(data("picture.png"))
    whole[len(whole) // 2] ^= 0xFF
    return bytes(whole)


def bomb_png(side: int = 12_000) -> bytes:
    """A small valid PNG of ``side`` x ``side`` pixels in one bit each."""
    row = b"\0" * (1 + (side + 7) // 8)
    return _gray_png(side, side, 1, row * side)


def wav(seconds: float, rate: int = 8_000) -> bytes:
    """A valid 8-bit mono PCM WAV file: a 400 Hz square wave."""
    period = rate // 400
    cycle = b"\x60" * (period // 2) + b"\xa0" * (period - period // 2)
    count = int(seconds * rate)
    samples = (cycle * (count // period + 1))[:count]
    form = struct.pack("<HHIIHH", 1, 1, rate, rate, 1, 8)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", count) + samples + b"\0" * (count % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def pdf() -> bytes:
    """A valid one-page PDF with its cross-reference table."""
    content = b"BT /F1 24 Tf 72 700 Td (20% off on Monday) Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    return out + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(out)
