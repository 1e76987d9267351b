"""Deep decoding: what is found in damaged files, and what is not found in whole ones."""

from __future__ import annotations

import asyncio
import io
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest

from preflight.media.decode import Decoder
from preflight.media.decode_answer import FAULT
from preflight.media.decode_pyav import decode_stream
from preflight.media.examine import Examined, examine
from preflight.observation import Audio, Content, Decode, Image

ROOT = Path(__file__).parents[2]
MEDIA = ROOT / "fixtures" / "media"
PHOTO = (MEDIA / "photo.jpg").read_bytes()


def of(media_type: str, data: bytes) -> Examined:
    return Examined(content=Content(length=len(data), detected_type=media_type))


def look(data: bytes) -> Examined:
    return examine(data, whole=True, length=len(data), declared=None, extension=None)


class Shared:
    """One decoder for many files, as a run has it."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.decoder = Decoder(seconds=30)

    def decode(self, data: bytes, examined: Examined | None = None) -> Decode | None:
        return self.runner.run(self.decoder.decode(data, examined or look(data)))


@pytest.fixture(scope="module")
def shared() -> Iterator[Shared]:
    found = Shared()
    yield found
    found.runner.run(found.decoder.close())
    found.runner.close()


DECODED = sorted(
    path.relative_to(MEDIA)
    for pattern in ("*.jpg", "*.png", "*.gif", "*.webp", "*.bmp", "*.mpo", "timed/*")
    for path in MEDIA.glob(pattern)
)


@pytest.mark.parametrize("name", DECODED, ids=str)
def test_whole_files_are_clean(shared: Shared, name: Path) -> None:
    data = (MEDIA / name).read_bytes()
    decoder = "PyAV" if name.parent.name == "timed" else "Pillow"
    assert shared.decode(data) == Decode(decoder=decoder)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def noise(data: bytes) -> bytes:
    """A tenth of the file, behind its middle, replaced, without making markers."""
    size = len(data) // 10
    start = len(data) // 2
    return (
        data[:start]
        + random.Random(1).randbytes(size).replace(b"\xff", b"\x7f")
        + data[start + size :]
    )


def zeros(data: bytes) -> bytes:
    """Some bytes behind the middle of the file set to zero."""
    start = len(data) // 2
    return data[:start] + bytes(64) + data[start + 64 :]


@pytest.mark.parametrize(
    ("name", "damage", "decoder"),
    [
        ("photo.jpg", cut, "Pillow"),
        ("cmyk.jpg", zeros, "PyAV"),
        ("progressive.jpg", zeros, "PyAV"),
        ("progressive.jpg", cut, "Pillow"),
        ("photo.png", cut, "Pillow"),
        ("photo.png", noise, "Pillow"),
        ("animated.gif", noise, "Pillow"),
        ("photo.webp", cut, "Pillow"),
        ("photo.bmp", cut, "Pillow"),
        ("timed/layer2.mp3", noise, "PyAV"),
        ("timed/early.mp4", cut, "PyAV"),
        ("timed/early.mp4", noise, "PyAV"),
        ("timed/part2.3gp", noise, "PyAV"),
        ("timed/sound.m4a", noise, "PyAV"),
        ("timed/narrow.amr", noise, "PyAV"),
        ("timed/mpeg1.mpg", noise, "PyAV"),
        ("timed/part2.avi", noise, "PyAV"),
        ("timed/video.wmv", noise, "PyAV"),
    ],
)
def test_damage_is_found(
    shared: Shared, name: str, damage: Callable[[bytes], bytes], decoder: str
) -> None:
    whole = (MEDIA / name).read_bytes()
    data = damage(whole)
    seen = shared.decode(data, of(str(look(whole).content.detected_type), data))
    assert seen is not None
    assert seen.decoder == decoder
    assert seen.errors is not None and seen.errors.startswith('it says "')
    assert "0x" not in seen.errors and "Errno" not in seen.errors
    assert seen.skipped is None and seen.stopped is None


def test_a_film_of_which_nothing_comes_out_is_an_error(shared: Shared) -> None:
    whole = (MEDIA / "timed" / "fragmented.mp4").read_bytes()
    header = whole[: whole.index(b"moof") - 4]
    seen = shared.decode(header, of("video/mp4", header))
    assert seen is not None
    assert seen.errors == 'it says "no picture and no sound comes out of it"'


@pytest.mark.parametrize(
    "name", ["photo.jpg", "photo.png", "still.gif", "photo.webp", "timed/pcm.wav", "timed/cbr.mp3", "timed/late.mp4"]
)  # fmt: skip
def test_half_a_file_is_found_by_the_walk_or_the_decoder(shared: Shared, name: str) -> None:
    data = cut((MEDIA / name).read_bytes())
    examined = look(data)
    seen = shared.decode(data, examined)
    assert examined.content.truncated or (seen is not None and seen.errors)


def pictures() -> Iterator[tuple[str, bytes]]:
    """JPEGs of every common form, in sizes around the block boundaries."""
    for side in (1, 7, 8, 9, 16, 17, 100):
        for mode in ("L", "RGB", "CMYK"):
            pixels = random.Random(side).randbytes(side * side * len(mode))
            picture = PIL.Image.frombytes(mode, (side, side), pixels)
            for options in FORMS if mode == "RGB" else FORMS[:5]:
                out = io.BytesIO()
                picture.save(out, "JPEG", **options)
                yield f"{side} {mode} {options}", out.getvalue()


FORMS: list[dict[str, int | bool]] = [
    {"quality": 1}, {"quality": 75}, {"quality": 100}, {"progressive": True}, {"restart_marker_blocks": 1},
    {"subsampling": 0}, {"subsampling": 1}, {"keep_rgb": True}, {"optimize": True, "progressive": True},
]  # fmt: skip


def test_whole_jpegs_of_every_form_are_clean(shared: Shared) -> None:
    flagged = [
        (name, seen)
        for name, data in pictures()
        if (seen := shared.decode(data, of("image/jpeg", data))) != Decode(decoder="Pillow")
    ]
    assert flagged == []


MP3 = (MEDIA / "timed" / "cbr.mp3").read_bytes()
WAV = (MEDIA / "timed" / "pcm.wav").read_bytes()


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("audio/mpeg", random.Random(2).randbytes(999) + MP3),
        ("audio/mpeg", MP3 + bytes(3000)),
        ("audio/mpeg", MP3 + b"TAG" + bytes(125)),
        ("audio/mpeg", MP3 + b"LYRICSBEGIN" + b"IND0000210" * 30 + b"LYRICS200"),
        ("audio/mpeg", MP3 + b"ID3\x03\0\0\0\0\x07v" + bytes(1014) + MP3),
        ("audio/wav", WAV[:-1]),
        ("audio/wav", WAV + b"x" * 33),
        ("audio/wav", WAV[:4] + b"\xff" * 4 + WAV[8:40] + b"\xff" * 4 + WAV[44:]),
        ("image/jpeg", PHOTO + bytes(500)),
        ("image/jpeg", PHOTO[:2] + b"\xff\xe1\x00\x10Exif\0\0nothing." + PHOTO[2:]),
        ("image/png", (MEDIA / "photo.png").read_bytes() + b"behind the end"),
    ],
)
def test_what_players_take_is_no_error(shared: Shared, media_type: str, data: bytes) -> None:
    seen = shared.decode(data, of(media_type, data))
    assert seen is not None
    assert (seen.errors, seen.skipped, seen.stopped) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["note.txt", "card.vcf", "wallet.pkpass", "error.json", "drawing.svg", "bitmap.wbmp", "photo.tiff", "photo.avif"]
)  # fmt: skip
def test_nobody_decodes_other_types(shared: Shared, name: str) -> None:
    assert shared.decode((MEDIA / name).read_bytes()) is None


def test_what_is_not_decoded_is_said_with_its_reason(shared: Shared) -> None:
    whole = of("image/jpeg", PHOTO)
    part = replace(whole, content=replace(whole.content, whole=False))
    assert shared.decode(PHOTO, part) is None
    assert shared.decode(PHOTO, of("image/jpeg", PHOTO + b"x")) == Decode(
        decoder="Pillow", skipped="it was not decoded: these are not the bytes that were examined"
    )
    overrun = replace(whole, content=replace(whole.content, overrun="it has more than 100,000"))
    assert shared.decode(PHOTO, overrun) == Decode(
        decoder="Pillow", skipped="it was not decoded: its structure has too many parts"
    )
    unread = replace(whole, image=Image(format="jpeg", problem="no size"))
    assert shared.decode(PHOTO, unread) == Decode(
        decoder="Pillow", skipped="it was not decoded: its header cannot be read"
    )
    short = replace(of("audio/mpeg", MP3), audio=Audio(format="mp3", duration_s=0.026))
    assert shared.decode(MP3, short) == Decode(
        decoder="PyAV",
        skipped="it was not decoded: it is too short for FFmpeg to recognise its frames",
    )


def test_forms_that_the_libraries_do_not_read_are_skipped(shared: Shared) -> None:
    bitmap = (MEDIA / "photo.bmp").read_bytes()
    odd = bitmap[:28] + b"\x02\x00" + bitmap[30:]  # two bits a pixel
    assert shared.decode(odd, of("image/bmp", odd)) == Decode(
        decoder="Pillow", skipped="it was not decoded: Pillow has no decoder for it"
    )
    adif = b"ADIF" + bytes(500)
    assert shared.decode(adif, of("audio/aac", adif)) == Decode(
        decoder="PyAV", skipped="it was not decoded: PyAV has no decoder for it"
    )


def test_legal_files_that_the_libraries_do_not_read_are_no_damage(shared: Shared) -> None:
    free = (
        b"\xff\xfb\x00\x00" + bytes(396)
    ) * 20  # MP3 of no stated bit rate: the frames are counted
    for data in (free, b"ID3\x03\x00\x00\x00\x00\x00\x14" + bytes(20) + free):
        assert look(data).content.detected_type == "audio/mpeg"
        assert shared.decode(data) == Decode(
            decoder="PyAV", skipped="it was not decoded: PyAV has no decoder for it"
        )
    at = PHOTO.index(b"\xff\xc0") + 5
    late = PHOTO[:at] + b"\0\0" + PHOTO[at + 2 : -2] + b"\xff\xdc\0\x04" + PHOTO[at : at + 2] + b"\xff\xd9"  # fmt: skip
    seen = look(late).image
    assert seen is not None and (seen.height, seen.problem) == (36, None)
    assert shared.decode(late) == Decode(
        decoder="Pillow", skipped="it was not decoded: Pillow has no decoder for it"
    )
    never = PHOTO[:at] + b"\0\0" + PHOTO[at + 2 :]  # no height at all
    found = shared.decode(never, of("image/jpeg", never))
    assert found is not None and found.errors is not None


def test_the_way_to_the_child_and_back_is_short(shared: Shared) -> None:
    data = (MEDIA / "palette.bmp").read_bytes()
    shared.decode(data)
    times = []
    for _ in range(50):
        started = time.perf_counter()
        shared.decode(data, of("image/bmp", data))
        times.append(time.perf_counter() - started)
    # 0.2 ms on an idle machine; a process a file would be over 100 ms.
    assert statistics.median(times) < 0.02


@pytest.mark.parametrize(
    "error", [TypeError("an unexpected keyword"), AttributeError("no such thing")]
)
def test_a_library_that_we_call_wrongly_says_nothing_of_the_file(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """As with a version of PyAV that no longer knows an argument: every sound was called damaged."""
    import av

    def changed(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(av, "open", changed)
    data = (MEDIA / "timed" / "late.mp4").read_bytes()
    assert decode_stream(data, "mov,mp4") == (FAULT, f"{type(error).__name__}: {error}")
