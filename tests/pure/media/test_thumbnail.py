"""Thumbnails: small, bounded, and nothing but a picture or None, whatever the bytes."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from preflight.media.thumbnail import LIMIT, SIDE, draw

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"
PICTURES = ("photo.jpg", "photo.png", "photo.webp", "photo.bmp", "still.gif", "animated.gif", "cmyk.jpg", "gray16.png",
            "alpha.png", "palette.bmp", "progressive.jpg", "animated.webp")  # fmt: skip


def _picture(uri: str | None) -> Image.Image:
    assert uri is not None
    assert len(uri) <= LIMIT
    head, _, data = uri.partition(",")
    assert head in ("data:image/webp;base64", "data:image/jpeg;base64")
    picture = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    picture.load()
    return picture


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture(name: str) -> None:
    data = (MEDIA / name).read_bytes()
    drawn, whole = _picture(draw(data)), Image.open(io.BytesIO(data))
    assert max(drawn.size) == min(SIDE, max(whole.size))
    assert getattr(drawn, "n_frames", 1) == 1


@pytest.mark.parametrize(
    "name", ["photo.tiff", "photo.avif", "drawing.svg", "note.txt", "bitmap.wbmp", "not-found.html"]
)
def test_other_formats_have_none(name: str) -> None:
    assert draw((MEDIA / name).read_bytes()) is None


@pytest.mark.parametrize("size", [(640, 3), (3, 640), (1, 1), (5000, 1), (96, 96), (1200, 900)])
def test_noise_fits_and_keeps_its_shape(size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.effect_noise(size, 120).convert("RGB").save(out, "PNG")
    drawn = _picture(draw(out.getvalue()))
    wide, high = drawn.size
    assert max(wide, high) <= SIDE
    assert abs(wide / high - size[0] / size[1]) <= 1 or min(wide, high) == 1


def test_transparency_stays() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (200, 100), (255, 0, 0, 0)).save(out, "PNG")
    assert _picture(draw(out.getvalue())).mode == "RGBA"


@pytest.mark.parametrize("name", PICTURES)
def test_broken_bytes_never_raise(name: str) -> None:
    data = (MEDIA / name).read_bytes()
    for end in range(0, len(data), max(1, len(data) // 40)):
        uri = draw(data[:end])
        assert uri is None or len(uri) <= LIMIT
        damaged = bytearray(data)
        damaged[end] ^= 0xFF
        uri = draw(bytes(damaged))
        assert uri is None or len(uri) <= LIMIT


def _png(width: int, height: int, rows: int | None = None) -> bytes:
    """Black; with fewer ``rows`` than its header says, cut short."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    row = b"\0" + bytes((width + 7) // 8)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * (height if rows is None else rows), 9))
        + chunk(b"IEND", b"")
    )


def test_the_size_is_bounded_before_anything_is_decoded() -> None:
    assert draw(_png(5000, 5000)) is not None
    assert draw(_png(5001, 5000)) is None
    assert draw(_png(60_000, 60_000, rows=6_000)[:200]) is None


def test_a_gif_frame_larger_than_its_screen_is_bounded() -> None:
    screen = b"GIF89a" + struct.pack("<HHBBB", 10, 10, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 9000, 9000, 0) + b"\x02\x02\x4c\x01\x00;"
    assert draw(screen + frame) is None


def test_without_webp_there_is_jpeg_on_white(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import features

    monkeypatch.setattr(features, "check", lambda name: False)
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(out, "PNG")
    drawn = _picture(draw(out.getvalue()))
    assert drawn.format == "JPEG"
    assert drawn.getpixel((5, 5)) == (255, 255, 255)
