"""PNG: what its chunks may and may not do."""

from __future__ import annotations

import zlib

import pytest
from helpers.pictures import DATA, END, PNG, chunk, header, image, read, walk


@pytest.mark.parametrize("name", ["photo.png", "palette.png", "animated.png"])
def test_every_flipped_bit_of_a_png_is_seen(name: str) -> None:
    data = read(name)
    for at in range(33, len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        found = walk(bytes(damaged))
        assert found.corrupt or found.truncated, f"byte {at}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (header(width=0) + DATA + END, "0 x 4 pixels"),
        (header(depth=3) + DATA + END, "colour type 2 with 3 bits"),
        (header(colour=5) + DATA + END, "colour type 5"),
        (header(interlace=2) + DATA + END, "interlace"),
        (chunk(b"IHDR", bytes(12)) + DATA + END, "12 bytes"),
        (DATA + END, "IHDR"),
    ],
)
def test_png_headers_that_break_the_rules(body: bytes, said: str) -> None:
    assert said in (image(PNG + body).problem or "")


def piped(data: bytes, count: int) -> bytes:
    """The APNG with another number of frames in its acTL chunk."""
    at = data.index(b"acTL")
    body = b"acTL" + count.to_bytes(4) + data[at + 8 : at + 12]
    return data[:at] + body + zlib.crc32(body).to_bytes(4) + data[at + 16 :]


@pytest.mark.parametrize("count", [0xFFFF_FFFF, 1, 2, 3, 4])
def test_frames_are_those_that_are_there(count: int) -> None:
    data = piped(read("animated.png"), count)  # ffmpeg leaves FFFFFFFF where it cannot go back
    assert (image(data).frames, image(data).duration_s, walk(data).corrupt) == (3, 0.75, None)


def test_of_a_part_the_header_says_how_many_frames_there_are() -> None:
    data = read("animated.png")
    end = data.index(b"fcTL") + 40
    for part, frames in ((data, 3), (piped(data, 0xFFFF_FFFF), 1)):
        found = walk(part[:end], whole=False).image
        assert found is not None and found.frames == frames


def test_png_without_data_or_palette_is_corrupt() -> None:
    assert "IDAT" in (walk(PNG + header() + END).corrupt or "")
    assert "PLTE" in (walk(PNG + header(colour=3) + DATA + END).corrupt or "")
    assert walk(PNG + header(colour=3) + chunk(b"PLTE", bytes(3)) + DATA + END).corrupt is None


HEADER, PALETTE = header(), chunk(b"PLTE", bytes(6))
STREAM = zlib.compress(bytes(52))
FIRST, SECOND = chunk(b"IDAT", STREAM[:5]), chunk(b"IDAT", STREAM[5:])
GAMMA = chunk(b"gAMA", bytes(4))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (chunk(b"CgBI", bytes(4)) + HEADER + DATA + END, "CgBI"),
        (GAMMA + HEADER + DATA + END, "a header (IHDR) is not the PNG's first chunk"),
        (HEADER + HEADER + DATA + END, "a header (IHDR) is not the PNG's first chunk"),
        (HEADER + FIRST + GAMMA + SECOND + END, "another chunk stands between the PNG's data chunks (IDAT)"),
        (HEADER + chunk(b"ABCD") + DATA + END, "a critical chunk that the format does not know (ABCD)"),
        (HEADER + chunk(b"PLTE", bytes(5)) + DATA + END, "the PNG's palette (PLTE) has 5 bytes, not three a colour"),
        (HEADER + chunk(b"PLTE") + DATA + END, "the PNG's palette (PLTE) has 0 bytes"),
        (HEADER + chunk(b"PLTE", bytes(771)) + DATA + END, "the PNG's palette (PLTE) has 771 bytes"),
        (HEADER + DATA + PALETTE + END, "the PNG's palette (PLTE) stands behind its data"),
        (HEADER + DATA + chunk(b"IEND", b"abc"), "the PNG's end chunk (IEND) is not empty"),
        (HEADER + chunk(b"IDAT", b"garbage!") + END, "do not begin as compressed data do"),
        (HEADER + chunk(b"IDAT", b"\x78\x9d" + STREAM[2:]) + END, "do not begin as compressed data do"),
        (HEADER + chunk(b"IDAT", b"\x98\x0f" + STREAM[2:]) + END, "do not begin as compressed data do"),
        (HEADER + chunk(b"IDAT", b"\x78") + END, "the PNG holds no image data (IDAT)"),
    ],
)  # fmt: skip
def test_png_of_wrong_structure_is_corrupt_whatever_its_checksums(body: bytes, said: str) -> None:
    found = walk(PNG + body)
    assert said in (found.corrupt or "")
    assert found.image is not None and found.image.problem is None


@pytest.mark.parametrize(
    "body",
    [
        HEADER + FIRST + SECOND + END,
        HEADER + chunk(b"IDAT") + chunk(b"IDAT", STREAM[:1]) + chunk(b"IDAT", STREAM[1:]) + END,
        HEADER + GAMMA + PALETTE + DATA + GAMMA + END,
        HEADER + chunk(b"prVt", b"x") + DATA + END,
        HEADER + chunk(b"IDAT", b"\x08\x1d" + STREAM[2:]) + END,  # the smallest window
    ],
)
def test_png_of_whatever_right_structure_is_not(body: bytes) -> None:
    found = walk(PNG + body)
    assert (found.corrupt, found.truncated) == (None, None)
    assert found.image is not None and (found.image.width, found.image.height) == (4, 4)


def test_a_chunk_whose_checksum_is_wrong_says_nothing_of_the_picture() -> None:
    large = bytearray(PNG + header(width=60_000, height=60_000) + DATA + END)
    at = len(PNG) + 8
    large[at] ^= 1
    found = walk(bytes(large))
    assert found.corrupt == "the checksum of a PNG chunk (IHDR) is wrong"
    assert found.image is not None
    assert (found.image.width, found.image.height, found.image.problem) == (None, None, None)


def test_png_keeps_a_position_in_compressed_xmp_and_in_raw_profiles() -> None:
    packet = b'<x exif:GPSLatitude="48,51N"/>'
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(packet))
    raw = zlib.compress(b"\nxmp\n      30\n" + packet.hex().encode() + b"\n")
    profile = chunk(b"zTXt", b"Raw profile type xmp\x00\x00" + raw)
    assert image(PNG + header() + xmp + DATA + END).gps
    assert image(PNG + header() + profile + DATA + END).gps
    assert not image(PNG + header() + chunk(b"tEXt", b"Comment\x00GPSLatitude") + DATA + END).gps
