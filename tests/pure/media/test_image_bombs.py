"""Files made to cost time or memory: every one is read within 10 MB, and in a time that only a loop without a bound would pass."""

from __future__ import annotations

import struct
import time
import zlib

import pytest
from helpers import memory

from preflight.media.examine import examine

PNG = b"\x89PNG\r\n\x1a\n"
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + bytes(6)
SECONDS = (
    2.0  # on an idle machine each takes under 0.1 s; the rest is for noisy neighbours and coverage
)
MEMORY = 10_000_000


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def webp(body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


HEADER = PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 65_500, 65_500, 8, 2, 0, 0, 0))
RAW = b"Raw profile type exif\x00\x00"
BOMBS: dict[str, tuple[str, bytes]] = {
    "png of a million chunks": ("image/png", HEADER + chunk(b"tEXt") * 1_000_000),
    "png of EXIF chunks": ("image/png", HEADER + chunk(b"eXIf") * 160_000),
    "png of packed texts": ("image/png", HEADER + chunk(b"zTXt", RAW + zlib.compress(bytes(50_000_000), 9)) * 30),
    "png of packed digits": ("image/png", HEADER + chunk(b"zTXt", RAW + zlib.compress(b"\nexif\n 9\n" + b"00" * 130_000)) * 3000),
    "jpeg of fill bytes": ("image/jpeg", b"\xff\xd8" + b"\xff" * 10_000_000),
    "jpeg of fill bytes in a scan": ("image/jpeg", b"\xff\xd8\xff\xda\x00\x02" + b"\xff" * 10_000_000),
    "sync bytes alone": ("audio/mpeg", b"\xff" * 20_000_000),
    "text of 20 MB": ("text/plain", "a\u00e9".encode() * 7_000_000),
    "jpeg of a million comments": ("image/jpeg", b"\xff\xd8" + b"\xff\xfe\x00\x02" * 1_000_000),
    "jpeg of empty scans": ("image/jpeg", b"\xff\xd8" + b"\xff\xda\x00\x02" * 500_000),
    "jpeg of EXIF": ("image/jpeg", b"\xff\xd8" + (b"\xff\xe1\x00\x1eExif\x00\x00II*\x00\x08\x00\x00\x00" + bytes(14)) * 60_000),
    "gif of 200,000 frames": ("image/gif", GIF + (b"," + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00") * 200_000),
    "gif of one-byte blocks": ("image/gif", GIF + b"," + bytes(4) + b"\x01\x00\x01\x00\x00\x02" + b"\x01a" * 1_000_000),
    "gif of zeros": ("image/gif", GIF + bytes(2_000_000)),
    "webp of empty chunks": ("image/webp", webp(b"abcd\x00\x00\x00\x00" * 250_000)),
    "webp of frames": ("image/webp", webp(b"VP8X\x0a\x00\x00\x00\x02" + bytes(9) + (b"ANMF\x10\x00\x00\x00" + bytes(16)) * 83_000)),
    "heic of boxes": ("image/heic", b"\x00\x00\x00\x10ftypheic\x00\x00\x00\x00" + b"\x00\x00\x00\x08free" * 250_000),
    "tiff that points at itself": ("image/tiff", b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x25\x88\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00" * 60_000),
    "bmp of 2^31 pixels a side": ("image/bmp", b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, 2**31 - 1, -(2**31), 1, 24, 0) + bytes(24)),
    "zip of 400,000 entries": ("application/octet-stream", b"PK\x03\x04" * 400_000),
    "nested JSON": ("application/octet-stream", b"[" * 200_000),
    "svg of entities": ("image/svg+xml", b"<!DOCTYPE svg [" + b"<!ENTITY b '&a;'>" * 100_000 + b"]><svg/>"),
    "markup of comments": ("text/html", b"<!---->" * 280_000),
    "tags of tags": ("audio/mpeg", b"ID3\x04\x00\x00\x00\x00\x00\x00" * 200_000),
    "movie of handlers": ("video/mp4", b"\x00\x00\x00\x10ftypzzzz\x00\x00\x00\x00" + struct.pack(">I", 1_900_008) + b"moov" + b"hdlr" * 475_000),
    "frames that are none": ("application/octet-stream", b"a" + b"\xff\xfb\x01\x04" * 500_000),
}  # fmt: skip
OVER = [
    "png of a million chunks", "png of EXIF chunks", "jpeg of a million comments", "jpeg of empty scans", "gif of 200,000 frames",
    "webp of empty chunks", "heic of boxes",
]  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_stay_within_time_and_memory(name: str) -> None:
    declared, data = BOMBS[name]
    examine(b"a", whole=True, length=1, declared=None, extension=None)  # libraries are loaded once
    before = memory.mark()
    started = time.process_time()
    examine(data, whole=True, length=len(data), declared=declared, extension=None)
    assert time.process_time() - started < SECONDS
    assert memory.growth_since(before) < MEMORY


@pytest.mark.parametrize("name", OVER)
def test_too_many_items_are_said_to_be_so(name: str) -> None:
    declared, data = BOMBS[name]
    found = examine(data, whole=True, length=len(data), declared=declared, extension=None)
    assert "over 100,000" in (found.content.overrun or "")


@pytest.mark.parametrize(
    "data",
    [
        b"<html>" + b"<title>" * 9000,
        b"<html><title>" + b" " * 65_000,
        b"<?xml?><Error><code>" + b"\n" * 65_000,
        b"<!DOCTYPE a [" + (b"]" + b" " * 100) * 640 + b">",
        b"<" + b"a:" * 32_000,
        b'{"a":' * 50_000,
        b"begin" + b"\t" * 65_000,
    ],
)
def test_markup_that_would_catch_a_backtracking_pattern(data: bytes) -> None:
    started = time.process_time()
    examine(data, whole=True, length=len(data), declared="text/html", extension=None)
    assert time.process_time() - started < SECONDS / 4
