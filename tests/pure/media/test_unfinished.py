"""A header that the walk did not come to is cut off, or not checked; it is not unreadable. One fault, one finding."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
from helpers.bodies import errors, judged

from preflight.media import image, timed
from preflight.media.examine import examine
from preflight.verdict import Outcome

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"
FILES = sorted(path for path in MEDIA.rglob("*") if path.is_file())
PHOTO = (MEDIA / "photo.jpg").read_bytes()
PNG = (MEDIA / "photo.png").read_bytes()
WEBP = (MEDIA / "photo.webp").read_bytes()
MP3 = (MEDIA / "timed" / "noheader.mp3").read_bytes()
EXIF = b"\xff\xe1" + (60_008).to_bytes(2) + b"Exif\0\0MM\0*\0\0\0\x08" + bytes(59_992)
COVER = b"ID3\x03\x00\x00\x00\x12\x27\x60" + bytes(0x12 << 14 | 0x27 << 7 | 0x60)


def with_late_height(jpeg: bytes) -> bytes:
    """The JPEG with its height behind the scan, in a DNL segment (T.81 section B.2.5)."""
    at = jpeg.index(b"\xff\xc0") + 5
    height = jpeg[at : at + 2]
    return jpeg[:at] + b"\0\0" + jpeg[at + 2 : -2] + b"\xff\xdc\0\x04" + height + b"\xff\xd9"


LATE_HEIGHT = with_late_height(PHOTO)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_cut_is_both_unreadable_and_cut(path: Path) -> None:
    data = path.read_bytes()
    whole = examine(data, whole=True, length=len(data), declared=None, extension=None).content
    walker = image.WALKERS.get(whole.detected_type or "") or timed.WALKERS.get(
        whole.detected_type or ""
    )
    if walker is None:
        return
    for end in {*range(12, min(len(data), 600)), *range(600, len(data), len(data) // 50 + 1)}:
        cut = data[:end]
        found = examine(cut, whole=True, length=end, declared=whole.detected_type, extension=None)
        media = found.image or found.audio or found.video
        assert media is None or not (media.problem and found.content.truncated), end


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        ((PHOTO[:2] + EXIF + PHOTO[2:])[:30_000], "image/jpeg"),
        (PHOTO[:2] + EXIF[:-1], "image/jpeg"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (LATE_HEIGHT[: len(LATE_HEIGHT) // 2], "image/jpeg"),
        (LATE_HEIGHT[:-6], "image/jpeg"),
        (PNG[:20], "image/png"),
        ((MEDIA / "still.gif").read_bytes()[:12], "image/gif"),
        (b"GIF89a" + bytes(7), "image/gif"),  # a screen of 0 x 0, and no picture yet
        ((COVER + MP3)[:270_000], "audio/mpeg"),
        (b"RIFF\x24\0\0\0WAV", "audio/wav"),
    ],
)
def test_a_cut_before_the_header_is_a_cut(data: bytes, media_type: str) -> None:
    walker = image.WALKERS.get(media_type)
    if walker is None:
        audio = timed.WALKERS[media_type](data, True, len(data))
        assert audio.truncated is not None and audio.audio is not None
        assert audio.audio.problem is None
        return
    walk = walker(data, True)
    assert walk.truncated is not None and walk.image is not None
    assert walk.image.problem is None
    assert errors(data, media_type) == ["truncated-media"]


def test_the_whole_ones_are_accepted() -> None:
    assert errors(PHOTO[:2] + EXIF + PHOTO[2:], "image/jpeg") == []
    assert errors(LATE_HEIGHT, "image/jpeg") == []
    assert errors(COVER + MP3, "audio/mpeg") == []
    assert errors((COVER + MP3)[:270_000], "audio/mpeg") == ["truncated-media"]


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\xff\xd8\xff\xd9", "image/jpeg"),
        (PNG[:8] + PNG[-12:], "image/png"),
        (b"GIF89a" + bytes(7) + b"\x3b", "image/gif"),
    ],
)
def test_an_end_without_a_header_is_unreadable(data: bytes, media_type: str) -> None:
    assert errors(data, media_type) == ["unreadable-image"]


@pytest.mark.parametrize(
    ("data", "media_type", "name"),
    [
        (PNG[:8] + b"\xff" + PNG[9:], "image/png", "corrupt-media"),  # no chunk follows, so there is no header
        (PNG[:17] + b"\x0f" + PNG[18:], "image/png", "corrupt-media"),  # the width became a million
        (PNG[:33] + b"\0\1" + PNG[35:], "image/png", "truncated-media"),  # a length beyond the end is all there is to see
        (PNG[:20] + b"\x0f" + PNG[21:-20], "image/png", "corrupt-media"),  # a wrong checksum, and no end behind it
        (WEBP[:4] + bytes(4) + WEBP[8:], "image/webp", "unreadable-image"),
        (WEBP[:12] + b"abcd" + WEBP[16:], "image/webp", "unreadable-image"),
        (b"GIF89a" + bytes(7) + b"\x99", "image/gif", "corrupt-media"),
        (PHOTO[:2] + b"\xff\xe0\0\1" + PHOTO[2:], "image/jpeg", "corrupt-media"),
    ],
)  # fmt: skip
def test_one_fault_at_the_beginning_is_one_finding(data: bytes, media_type: str, name: str) -> None:
    assert [one for one in errors(data, media_type) if one != "unaccepted-media-type"] == [name]


def test_a_size_of_nothing_is_unreadable_even_in_a_part() -> None:
    at = PHOTO.index(b"\xff\xc0") + 7
    data = PHOTO[:at] + b"\0\0" + PHOTO[at + 2 : -20]
    assert errors(data, "image/jpeg") == ["unreadable-image"]


@pytest.mark.parametrize(
    ("data", "media_type", "said"),
    [
        (PHOTO[:2] + b"\xff\xfe\0\x02" * 100_001 + PHOTO[2:], "image/jpeg", "The JPEG has over 100,000 segments."),
        (b"GIF89a" + bytes(7) + b"\x21\xfe\x00" * 100_001, "image/gif", "The GIF has over 100,000 blocks."),
    ],
)  # fmt: skip
def test_too_many_parts_before_the_header_are_not_checked(
    data: bytes, media_type: str, said: str
) -> None:
    verdict = judged(data, media_type)
    assert verdict.outcome is Outcome.UNKNOWN
    [finding] = [one for one in verdict.findings if one.severity.value == "error"]
    assert (finding.rule, finding.message) == ("not-checked", said)


def test_too_many_chunks_of_any_picture_are_no_unreadable_header() -> None:
    chunk = PNG[-12:-8] + b"teXt" + zlib.crc32(b"teXt").to_bytes(4)
    walk = image.WALKERS["image/png"](PNG[:8] + chunk * 100_001, True)
    assert (walk.overrun, walk.corrupt) == ("the PNG has over 100,000 chunks", None)
    assert walk.image is not None and walk.image.problem is None
    riff = b"RIFF" + (4 + 8 * 100_001).to_bytes(4, "little") + b"WEBP"
    walk = image.WALKERS["image/webp"](riff + b"JUNK\0\0\0\0" * 100_001, True)
    assert walk.overrun == "the WebP has over 100,000 chunks"
    assert walk.image is not None and walk.image.problem is None
