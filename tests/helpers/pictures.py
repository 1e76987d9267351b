"""Pictures of the fixtures, whole or in pieces, and the walk through them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from preflight.media import signature
from preflight.media.image import WALKERS
from preflight.media.walk import Walk
from preflight.observation import Image

MEDIA = Path(__file__).parents[2] / "fixtures" / "media"


SMALL = (48, 36)


def read(name: str) -> bytes:
    return (MEDIA / name).read_bytes()


def walk(data: bytes, whole: bool = True) -> Walk:
    media_type = signature.match(data) or "image/vnd.wap.wbmp"
    return WALKERS[media_type](data, whole)


def image(data: bytes) -> Image:
    found = walk(data).image
    assert found is not None
    return found


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(
    width: int = 4, height: int = 4, depth: int = 8, colour: int = 2, interlace: int = 0
) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


PNG = b"\x89PNG\r\n\x1a\n"


END = chunk(b"IEND")


DATA = chunk(b"IDAT", zlib.compress(bytes(52)))
