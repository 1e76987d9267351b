"""The sandbox's files are what they say: real libraries read the good ones and fail on the broken ones."""

from __future__ import annotations

import io
import re
import wave

import mutagen
import pytest
from PIL import Image

from preflight.sandbox import media


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


@pytest.mark.parametrize(
    ("name", "form", "size", "mode"),
    [
        ("photo.jpg", "JPEG", (320, 240), "RGB"),
        ("progressive.jpg", "JPEG", (320, 240), "RGB"),
        ("cmyk.jpg", "JPEG", (160, 120), "CMYK"),
        ("gps.jpg", "JPEG", (160, 120), "RGB"),
        ("rotated.jpg", "JPEG", (160, 120), "RGB"),
        ("picture.png", "PNG", (160, 120), "P"),
        ("still.gif", "GIF", (160, 120), "P"),
        ("picture.webp", "WEBP", (160, 120), "RGB"),
    ],
)
def test_good_pictures_decode(name: str, form: str, size: tuple[int, int], mode: str) -> None:
    image = opened(media.data(name))
    assert (image.format, image.size, image.mode) == (form, size, mode)


def test_pictures_have_what_they_are_named_for() -> None:
    assert "progression" in opened(media.data("progressive.jpg")).info
    assert "progression" not in opened(media.data("photo.jpg")).info
    assert opened(media.data("gps.jpg")).getexif().get_ifd(0x8825)[1] == "N"
    assert opened(media.data("rotated.jpg")).getexif()[0x0112] == 6
    assert opened(media.data("transparent.png")).has_transparency_data
    assert getattr(opened(media.data("animated.gif")), "n_frames", 1) == 4
    assert getattr(opened(media.data("still.gif")), "n_frames", 1) == 1


def test_the_photo_is_of_a_size_worth_sending() -> None:
    assert 6_000 < len(media.data("photo.jpg")) < 10_000


@pytest.mark.parametrize("extra", [4, 5, 65_536, 65_537, 65_538, 65_540, 65_541, 65_542, 700_000])
def test_a_padded_jpeg_is_valid_and_exactly_as_long(extra: int) -> None:
    length = len(media.data("photo.jpg")) + extra
    body = media.padded_jpeg(length)
    assert len(body) == length
    assert opened(body).tobytes() == opened(media.data("photo.jpg")).tobytes()
    assert body[6:10] == b"JFIF"


@pytest.mark.parametrize("name", ["photo.jpg", "picture.png"])
def test_a_truncated_picture_does_not_decode(name: str) -> None:
    with pytest.raises((OSError, SyntaxError)):
        opened(media.truncated(media.data(name)))


def test_a_corrupt_png_fails_its_checksum() -> None:
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(media.corrupt_png())).verify()


def test_a_jpeg_without_width_does_not_decode() -> None:
    with pytest.raises((OSError, SyntaxError, ValueError)):
        opened(media.widthless_jpeg())
    assert len(media.widthless_jpeg()) == len(media.data("photo.jpg"))


def test_pngs_made_here_are_valid() -> None:
    assert opened(media.png(31, 7)).size == (31, 7)
    small = media.bomb_png(3_001)
    assert opened(small).size == (3_001, 3_001)
    assert len(media.bomb_png(6_000)) < 20_000


def test_the_wav_made_here_has_its_length() -> None:
    with wave.open(io.BytesIO(media.wav(1.5, rate=4_000))) as sound:
        assert (sound.getframerate(), sound.getnframes(), sound.getnchannels()) == (4_000, 6_000, 1)


def test_an_odd_number_of_samples_is_padded() -> None:
    body = media.wav(0.001, rate=5_000)
    assert len(body) % 2 == 0
    with wave.open(io.BytesIO(body)) as sound:
        assert sound.getnframes() == 5


def seconds(name: str) -> float:
    return float(mutagen.File(io.BytesIO(media.data(name))).info.length)


def test_packaged_sounds_and_films_are_read() -> None:
    with wave.open(io.BytesIO(media.data("tone.wav"))) as sound:
        assert sound.getnframes() == 8_000
    assert 1.4 < seconds("tone.mp3") < 1.7
    for name in ("clip.mp4", "late-moov.mp4", "clip.3gp"):
        assert 0.9 < seconds(name) < 1.2


def test_amr_frames_end_where_the_file_ends() -> None:
    body = media.data("tone.amr")
    assert body.startswith(b"#!AMR\n")
    sizes = (12, 13, 15, 17, 19, 20, 26, 31, 5)  # speech bytes a frame, RFC 4867 table 1
    place, frames = 6, 0
    while place < len(body):
        place += 1 + sizes[body[place] >> 3 & 15]
        frames += 1
    assert place == len(body)
    assert frames == 76


def test_the_movie_header_is_where_the_name_says() -> None:
    early, late = media.data("clip.mp4"), media.data("late-moov.mp4")
    assert early.index(b"moov") < early.index(b"mdat")
    assert late.index(b"moov") > late.index(b"mdat")


def test_the_pdf_points_at_its_own_objects() -> None:
    body = media.pdf()
    table = int(body.split(b"startxref\n")[1].split(b"\n")[0])
    assert body[table:].startswith(b"xref\n0 6\n")
    places = [int(found) for found in re.findall(rb"(\d{10}) 00000 n", body)]
    for number, place in enumerate(places, 1):
        assert body[place:].startswith(b"%d 0 obj" % number)


def test_everything_is_the_same_every_time() -> None:
    assert media.noise() == media.noise()
    assert media.pdf() == media.pdf()
    assert media.padded_jpeg(100_000) == media.padded_jpeg(100_000)
