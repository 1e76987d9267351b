"""Every image walker on the fixtures: header facts, whole files, each cut, and beginnings; and Pillow beside them."""

from __future__ import annotations

import pytest
from helpers.pictures import DATA, END, PNG, SMALL, header, image, read, walk

from preflight.media import signature
from preflight.media.image import pillow_header

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
