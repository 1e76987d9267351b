"""JPEG and Exif: what readers take, and what breaks the rules."""

from __future__ import annotations

import struct

import pytest
from helpers.pictures import image, read, walk

from preflight.media.exif import read_exif


def test_second_picture_of_a_jpeg_is_no_surplus() -> None:
    assert walk(read("two-pictures.mpo")).trailing == 0


def test_jpeg_oddities_are_taken_as_readers_take_them() -> None:
    data = read("photo.jpg")
    filled = data[:2] + b"\xff\xff\xff" + data[2:]
    assert walk(filled) == walk(data)
    commented = data[:2] + b"\xff\xfe\x00\x06a\xff\xd9b" + data[2:]
    assert walk(commented) == walk(data)


@pytest.mark.parametrize("fill", [65_534, 65_535, 65_536, 65_537, 131_070, 131_072, 200_000])
def test_jpeg_fill_of_any_length_changes_nothing(fill: int) -> None:
    data = read("photo.jpg")
    assert walk(data[:2] + b"\xff" * fill + data[2:]) == walk(data)
    assert walk(data[:-2] + b"\xff" * fill + data[-2:]) == walk(data)
    assert walk(data[:-2] + b"\x55" * fill + data[-2:]) == walk(data)


def test_jpeg_without_frame_header_cannot_be_read() -> None:
    assert image(b"\xff\xd8\xff\xd9").problem == "it has no frame header (SOF marker)"
    assert walk(b"\xff\xd8\xff\xd9").corrupt is None  # it is unreadable, and that is one fault


def test_jpeg_without_a_scan_is_corrupt() -> None:
    data = read("photo.jpg")
    bare = data[: data.index(b"\xff\xda")] + b"\xff\xd9"
    assert walk(bare).corrupt == "the JPEG holds no image data (no scan)"


@pytest.mark.parametrize(
    ("marker", "offset", "value", "said"),
    [
        (b"\xff\xc0", 4, 0, "the JPEG's frame header (SOF) says 0 bits a sample"),
        (b"\xff\xc0", 4, 9, "the JPEG's frame header (SOF) says 9 bits a sample"),
        (b"\xff\xc0", 3, 16, "the length of the JPEG's frame header (SOF) does not fit its components"),
        (b"\xff\xc0", 9, 2, "the length of the JPEG's frame header (SOF) does not fit its components"),
        (b"\xff\xc0", 11, 0x00, "the JPEG's frame header (SOF) has a sampling factor that is not 1 to 4"),
        (b"\xff\xc0", 14, 0x15, "the JPEG's frame header (SOF) has a sampling factor that is not 1 to 4"),
        (b"\xff\xda", 3, 13, "the length of a JPEG scan header (SOS) does not fit its components"),
        (b"\xff\xda", 4, 0, "the length of a JPEG scan header (SOS) does not fit its components"),
        (b"\xff\xda", 4, 255, "the length of a JPEG scan header (SOS) does not fit its components"),
        (b"\xff\xda", 5, 77, "a JPEG scan header (SOS) names a component that the frame does not have"),
        (b"\xff\xc4", 5, 255, "a Huffman table of the JPEG (DHT) is longer than its segment"),
    ],
)  # fmt: skip
def test_jpeg_headers_that_no_decoder_takes_are_corrupt(
    marker: bytes, offset: int, value: int, said: str
) -> None:
    data = bytearray(read("photo.jpg"))
    data[data.index(marker) + offset] = value
    found = walk(bytes(data))
    assert (found.corrupt, found.truncated) == (said, None)
    assert found.image is not None and found.image.problem is None


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_scan_header_at_the_very_end_is_read_no_further_than_it_goes(length: int) -> None:
    data = read("photo.jpg")
    ended = data[: data.index(b"\xff\xda")] + b"\xff\xda\x00" + bytes([length]) + bytes(length - 2)
    assert "scan header (SOS)" in (walk(ended).corrupt or "")


def test_jpeg_in_lossless_form_may_have_other_bits() -> None:
    data = bytearray(read("photo.jpg"))
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = 0xC3, 16
    assert walk(bytes(data)).corrupt is None
    data[frame + 4] = 17
    assert walk(bytes(data)).corrupt == "the JPEG's frame header (SOF) says 17 bits a sample"


def test_jpeg_height_may_follow_the_scan() -> None:
    data = read("photo.jpg")
    at = data.index(b"\xff\xc0") + 5
    unknown = (
        data[:at] + b"\x00\x00" + data[at + 2 : -2] + b"\xff\xdc\x00\x04\x00\x24" + b"\xff\xd9"
    )
    assert image(unknown).height == 36


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_in_both_byte_orders(order: str) -> None:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    tiff = mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, 5, 0, 0)
    block = b"Exif\x00\x00" + tiff
    data = read("photo.jpg")
    inside = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    assert image(inside).orientation == 5


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "form", "value", "orientation"),
    [
        (1, "B3x", 6, 6),  # BYTE
        (3, "H2x", 6, 6),  # SHORT, which EXIF asks for
        (4, "I", 6, 6),  # LONG
        (6, "b3x", 6, 6),
        (8, "h2x", 6, 6),
        (9, "i", 6, 6),
        (4, "I", 6 << 16, None),
        (2, "B3x", 6, None),  # text
        (5, "I", 8, None),  # the place of a fraction
    ],
)
def test_an_orientation_is_read_in_the_type_it_has(
    order: str, kind: int, form: str, value: int, orientation: int | None
) -> None:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entry = struct.pack(f"{order}HHI{form}", 0x0112, kind, 1, value)
    assert read_exif(mark + struct.pack(f"{order}IH", 8, 1) + entry).orientation == orientation


@pytest.mark.parametrize("offset", [0, 8, 9, 26, 2**32 - 1])
def test_broken_exif_says_nothing(offset: int) -> None:
    block = b"Exif\x00\x00II*\x00" + struct.pack("<IHHHII", offset, 0xFFFF, 0x8825, 4, 1, offset)
    data = read("photo.jpg")
    inside = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    assert (image(inside).orientation, image(inside).gps) == (None, False)


def test_jpeg_segments_that_break_the_rules() -> None:
    data = read("photo.jpg")
    assert (
        walk(data[:2] + b"\xff\xfe\x00\x01" + data[2:]).corrupt
        == "a JPEG segment states a length below 2"
    )
    scan = data.index(b"\xff\xda")
    assert walk(data[: scan + 14] + b"\xff\xd9").truncated == "the JPEG's first scan holds no data"
    at = data.index(b"\xff\xc0") + 7
    assert "0 x 36" in (image(data[:at] + b"\x00\x00" + data[at + 2 :]).problem or "")
