from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from preflight.media import signature
from preflight.media.image import WALKERS, pillow_header
from preflight.media.walk import Walk
from preflight.observation import Image

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"
SMALL = (48, 36)
JPEGS = [
    "photo.jpg",
    "progressive.jpg",
    "gray.jpg",
    "cmyk.jpg",
    "restart.jpg",
    "rotated.jpg",
    "located.jpg",
]
STRICT = [
    "photo.png", "alpha.png", "palette.png", "gray16.png", "located.png", "animated.png", "still.gif", "transparent.gif",
    "animated.gif", "photo.webp", "lossless.webp", "located.webp", "animated.webp", "photo.avif",
]  # fmt: skip


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


FACTS: dict[str, dict[str, object]] = {
    "photo.jpg": {"format": "jpeg", "mode": "rgb", "progressive": False, "orientation": None, "gps": False, "frames": None},
    "progressive.jpg": {"mode": "rgb", "progressive": True},
    "gray.jpg": {"mode": "gray"},
    "cmyk.jpg": {"mode": "cmyk"},
    "rotated.jpg": {"orientation": 6, "gps": False},
    "located.jpg": {"gps": True},
    "unlocated.jpg": {"gps": False},
    "located-xmp.jpg": {"gps": True},
    "photo.png": {"format": "png", "mode": "rgb", "transparent": False, "frames": None},
    "alpha.png": {"mode": "rgb", "transparent": True},
    "palette.png": {"mode": "palette", "transparent": True},
    "opaque-palette.png": {"mode": "palette", "transparent": False},
    "gray16.png": {"mode": "gray"},
    "located.png": {"orientation": 3, "gps": True},
    "animated.png": {"frames": 3, "duration_s": 0.75},
    "still.gif": {"format": "gif", "mode": "palette", "frames": 1, "duration_s": None, "transparent": False},
    "transparent.gif": {"transparent": True},
    "animated.gif": {"frames": 3, "duration_s": 0.6, "transparent": False},
    "photo.webp": {"format": "webp", "mode": "rgb", "frames": None, "transparent": False},
    "located.webp": {"orientation": 8, "gps": True},
    "animated.webp": {"frames": 3, "duration_s": 0.6},
    "palette.bmp": {"format": "bmp", "mode": "palette"},
    "photo.tiff": {"format": "tiff", "mode": "rgb"},
    "photo.avif": {"format": "avif"},
    "two-pictures.mpo": {"format": "jpeg"},
}  # fmt: skip


@pytest.mark.parametrize("name", FACTS)
def test_header_facts(name: str) -> None:
    found = image(read(name))
    assert (found.width, found.height) == SMALL
    assert found.problem is None
    assert {key: getattr(found, key) for key in FACTS[name]} == FACTS[name]


@pytest.mark.parametrize("name", [*FACTS, "photo.bmp", "bitmap.wbmp"])
def test_whole_files_raise_no_alarm(name: str) -> None:
    found = walk(read(name))
    assert (found.truncated, found.corrupt, found.overrun, found.trailing) == (None, None, None, 0)


@pytest.mark.parametrize("name", STRICT)
def test_every_cut_is_seen(name: str) -> None:
    data = read(name)
    for length in range(24, len(data)):
        found = walk(data[:length])
        assert found.truncated, f"cut to {length} of {len(data)} bytes"


@pytest.mark.parametrize("name", JPEGS)
def test_every_cut_of_a_plain_jpeg_is_seen(name: str) -> None:
    data = read(name)
    for length in range(3, len(data)):
        assert walk(data[:length]).truncated, f"cut to {length} of {len(data)} bytes"


@pytest.mark.parametrize("name", ["photo.bmp", "palette.bmp"])
def test_every_cut_of_a_bitmap_is_seen(name: str) -> None:
    data = read(name)
    for length in range(18, len(data)):
        assert walk(data[:length]).truncated, f"cut to {length} of {len(data)} bytes"


@pytest.mark.parametrize("name", [*STRICT, *JPEGS, "photo.bmp", "photo.tiff"])
def test_a_beginning_is_never_called_truncated(name: str) -> None:
    data = read(name)
    for length in range(18, len(data), 7):
        found = walk(data[:length], whole=False)
        assert found.truncated is None
        assert found.corrupt is None
        assert found.image is None or found.image.problem is None


@pytest.mark.parametrize("name", [*(name for name in STRICT if "avif" not in name), *JPEGS])
def test_bytes_after_the_end_are_only_counted(name: str) -> None:
    found = walk(read(name) + b"\n!!")
    assert (found.truncated, found.corrupt) == (None, None)
    assert found.trailing == 3


def test_second_picture_of_a_jpeg_is_no_surplus() -> None:
    assert walk(read("two-pictures.mpo")).trailing == 0


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


def test_png_without_data_or_palette_is_corrupt() -> None:
    assert "IDAT" in (walk(PNG + header() + END).corrupt or "")
    assert "PLTE" in (walk(PNG + header(colour=3) + DATA + END).corrupt or "")
    assert walk(PNG + header(colour=3) + chunk(b"PLTE", bytes(3)) + DATA + END).corrupt is None


def test_png_keeps_a_position_in_compressed_xmp_and_in_raw_profiles() -> None:
    packet = b'<x exif:GPSLatitude="48,51N"/>'
    xmp = chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x01\x00\x00\x00" + zlib.compress(packet))
    raw = zlib.compress(b"\nxmp\n      30\n" + packet.hex().encode() + b"\n")
    profile = chunk(b"zTXt", b"Raw profile type xmp\x00\x00" + raw)
    assert image(PNG + header() + xmp + DATA + END).gps
    assert image(PNG + header() + profile + DATA + END).gps
    assert not image(PNG + header() + chunk(b"tEXt", b"Comment\x00GPSLatitude") + DATA + END).gps


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
    assert walk(b"\xff\xd8\xff\xd9").corrupt == "the JPEG holds no image data (no scan)"


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


@pytest.mark.parametrize("offset", [0, 8, 9, 26, 2**32 - 1])
def test_broken_exif_says_nothing(offset: int) -> None:
    block = b"Exif\x00\x00II*\x00" + struct.pack("<IHHHII", offset, 0xFFFF, 0x8825, 4, 1, offset)
    data = read("photo.jpg")
    inside = data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    assert (image(inside).orientation, image(inside).gps) == (None, False)


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


def test_pillow_reads_what_its_own_reader_can() -> None:
    for name in ("photo.jpg", "photo.png", "still.gif", "photo.webp", "photo.bmp", "photo.tiff"):
        data = read(name)
        media_type = signature.match(data)
        assert media_type is not None
        found = pillow_header(data, media_type)
        assert found is not None
        assert found.height == image(data).height
        assert pillow_header(data[:12], media_type) is None
    assert pillow_header(b"%PDF-1.4", "application/pdf") is None


def test_pillow_is_not_warned_about_sizes(recwarn: pytest.WarningsRecorder) -> None:
    found = pillow_header(PNG + header(60_000, 60_000) + DATA + END, "image/png")
    assert found is not None
    assert found.width == 60_000
    assert not recwarn.list
