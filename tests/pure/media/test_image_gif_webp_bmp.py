"""GIF, WebP and BMP: blocks, lengths, rows and headers."""

from __future__ import annotations

import struct

import pytest
from helpers.pictures import SMALL, image, read, walk


def test_gif_blocks() -> None:
    data = read("still.gif")
    assert walk(data[:-1] + b"\x00\x00;").truncated is None
    assert "0x47" in (walk(data[:-1] + b"G;").corrupt or "")
    table = 3 << (data[10] & 7) + 1
    assert walk(data[: 13 + table] + b";").corrupt == "the GIF holds no picture"


@pytest.mark.parametrize("full", [1, 63, 64, 65, 200])
@pytest.mark.parametrize("last", [b"", b"\x01a", b"\xfe" + bytes(254)])
def test_gif_picture_of_any_number_of_full_blocks_ends_where_it_ends(
    full: int, last: bytes
) -> None:
    screen = b"GIF89a\x01\x00\x01\x00\x00\x00\x00"
    picture = screen + b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02" + (b"\xff" * 256) * full + last
    found = walk(picture + b"\x00;" + b"\xff" * 700)
    assert (found.truncated, found.trailing, found.image and found.image.frames) == (None, 700, 1)
    assert walk(picture).truncated == "the GIF data end inside a picture or an extension"
    assert walk(picture[:-1]).truncated == "the GIF data end inside a picture or an extension"


def test_gif_screen_grows_to_its_first_picture() -> None:
    data = read("still.gif")
    found = image(data[:6] + b"\x00\x00\x00\x00" + data[10:])
    assert (found.width, found.height) == SMALL


def test_webp_that_lies_about_its_length() -> None:
    data = read("photo.webp")
    longer = data[:4] + struct.pack("<I", len(data) + 92) + data[8:]
    assert "100 of them are missing" in (walk(longer).truncated or "")
    assert walk(data + bytes(9)).trailing == 9


def test_bmp_rows_and_heights() -> None:
    bottom_up = read("photo.bmp")
    top_down = bottom_up[:22] + struct.pack("<i", -9) + bottom_up[26:]
    assert image(top_down).height == 9
    lying = bottom_up[:2] + struct.pack("<I", 7) + bottom_up[6:]
    assert walk(lying).truncated is None
    assert walk(lying[:-3]).truncated is None, "the padding of the last row"
    assert walk(lying[:-4]).truncated
    core = b"BM" + struct.pack("<IHHIIHHHH", 0, 0, 0, 26, 12, 3, 2, 1, 24) + bytes(24)
    assert (image(core).width, image(core).height, walk(core).truncated) == (3, 2, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [((0, 5, 1, 24, 0), "0 x 5"), ((5, 5, 1, 7, 0), "7 bits"), ((5, 5, 1, 24, 9), "compression 9")],
)
def test_bmp_headers_that_break_the_rules(fields: tuple[int, ...], said: str) -> None:
    data = b"BM" + struct.pack("<IHHIIiiHHI", 0, 0, 0, 54, 40, *fields) + bytes(200)
    assert said in (image(data).problem or "")


def test_packed_bmp_is_judged_where_its_lengths_agree() -> None:
    fields = struct.pack("<IiiHHIIiiII", 40, 9, 9, 1, 8, 1, 40, 0, 0, 0, 0)
    honest = b"BM" + struct.pack("<IHHI", 94, 0, 0, 54) + fields + bytes(40)
    assert walk(honest).truncated is None
    assert walk(honest[:-1]).truncated
    lying = b"BM" + struct.pack("<IHHI", 7, 0, 0, 54) + fields + bytes(40)
    assert walk(lying[:-1]).truncated is None
    assert walk(lying[:54]).truncated == "the BMP data end before the pixels begin"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"VP8 \x0a\x00\x00\x00\x01\x00\x00\x9d\x01\x2a\x05\x00\x05\x00", "key frame"),
        (b"VP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a\x00\x00\x05\x00", "0 x 5"),
        (b"VP8L\x06\x00\x00\x00\x2e\x00\x00\x00\x00\x00", "signature"),
        (b"ICCP\x02\x00\x00\x00ab", "tells its size"),
    ],
)
def test_webp_headers_that_break_the_rules(body: bytes, said: str) -> None:
    data = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    assert said in (image(data).problem or "")
