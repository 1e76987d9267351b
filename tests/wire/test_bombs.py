"""Files made to cost time or memory: headers are read within bounds, decoding is stopped, and the next file works."""

from __future__ import annotations

import asyncio
import runpy
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from preflight.media.decode import Decoder
from preflight.media.examine import Examined, examine
from preflight.observation import Content, Decode

ROOT = Path(__file__).parents[2]
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = runpy.run_path(
    str(ROOT / "fixtures" / "bombs")
)["BOMBS"]
PHOTO = (ROOT / "fixtures" / "media" / "photo.jpg").read_bytes()
SECONDS = 0.5
PATIENCE = 30.0
CAP = 5_000_000  # what Twilio takes; only sinch-transcoding lets more through


def of(media_type: str, data: bytes) -> Examined:
    return Examined(content=Content(length=len(data), detected_type=media_type))


Decoding = Callable[[str, bytes], Decode | None]


@pytest.fixture(scope="module")
def decoders() -> Iterator[dict[bool, Decoding]]:
    """One that stops soon, and one with time for what is stopped by another limit, or not at all, however busy the machine."""

    def decoding(decoder: Decoder) -> Decoding:
        return lambda media_type, data: runner.run(decoder.decode(data, of(media_type, data)))

    with asyncio.Runner() as runner:
        hasty, patient = Decoder(seconds=SECONDS), Decoder(seconds=PATIENCE)
        yield {True: decoding(hasty), False: decoding(patient)}
        runner.run(hasty.close())
        runner.run(patient.close())


STOPPED = {
    "MP3 of two hours of silence": "the decoder used more than 0.5 seconds and was stopped",
    "JPEG of 2,000 scans": "the decoder used more than 0.5 seconds and was stopped",
    "PNG of 60 full frames": "the decoder used more than 0.5 seconds and was stopped",
    "MP4 of 2^30 times": "the decoder used more than 256 MB and was stopped",
    "ID3v2.4 frame of 1 GB": "the decoder used more than 256 MB and was stopped",
    "PNG of 13000 x 13000": "the decoder was stopped: it has over 25 megapixels",
    "JPEG that says 65500 x 65500": "the decoder was stopped: it has over 25 megapixels",
    "GIF that says 65500 x 65500": "the decoder was stopped: it has over 25 megapixels",
    "BMP that says 65500 x 65500": "the decoder was stopped: it has over 25 megapixels",
    "WebP that says 16383 x 16383": "the decoder was stopped: it has over 25 megapixels",
    "GIF of 200,000 frames": "the decoder was stopped: it has 10,000 frames or more",
}


REFUSED = [name for name in BOMBS if " named " in name]
HARMLESS = ["PNG of packed texts of 500 MB", "PNG of a million chunks"]  # metadata are not unpacked


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_within_its_limits_and_the_next_file_works(
    name: str, decoders: dict[bool, Decoding]
) -> None:
    media_type, build = BOMBS[name]
    data = build()
    by_time = name not in REFUSED + HARMLESS and "seconds" in STOPPED.get(name, "seconds")
    decode = decoders[by_time]
    decode("image/jpeg", PHOTO)  # a child is there
    started = time.perf_counter()
    seen = decode(media_type, data)
    assert (
        not by_time or time.perf_counter() - started < SECONDS + 10
    )  # the rest is for noisy neighbours
    if seen is not None:
        assert [seen.errors, seen.skipped, seen.stopped].count(None) >= 2
    if name in STOPPED:
        assert seen is not None and seen.stopped == STOPPED[name]
    if name in REFUSED:
        assert seen is not None and seen.errors is not None
    if name in HARMLESS:
        assert seen is not None and seen.errors is None
    assert decode("image/jpeg", PHOTO) == Decode(decoder="Pillow")


@pytest.mark.parametrize("name", BOMBS)
def test_the_header_of_a_bomb_is_read_in_time(name: str) -> None:
    declared, build = BOMBS[name]
    data = build()[:CAP]
    examine(b"a", whole=True, length=1, declared=None, extension=None)  # libraries are loaded once
    started = time.process_time()
    examine(data, whole=True, length=len(data), declared=declared, extension=None)
    # Each takes under 0.1 s alone; the rest is for noisy neighbours and coverage.
    assert time.process_time() - started < 1
