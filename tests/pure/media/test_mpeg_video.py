"""MPEG: program streams of any codec, and bare video, whose end only its last picture shows."""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from pathlib import Path

import pytest
from helpers.bodies import errors

from preflight.media import timed
from preflight.media.mpeg_video import truncation
from preflight.media.walk import Walk
from preflight.observation import Video

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"
BARE_1, BARE_2, PROGRAM = ((FIXTURES / name).read_bytes() for name in ("bare1.m1v", "bare2.m2v", "mpeg1.mpg"))  # fmt: skip
STARTS = re.compile(rb"\x00\x00\x01([\x00-\xff])", re.DOTALL)


def walk(data: bytes) -> Walk:
    return timed.WALKERS["video/mpeg"](data, True, len(data))


def seen(data: bytes) -> Video:
    video = walk(data).video
    assert video is not None
    return video


def between_pictures(data: bytes) -> list[int]:
    """Where the headers of another picture begin: what is before is a shorter stream, and whole."""
    codes = [(found.start(), found[1][0]) for found in STARTS.finditer(data)]
    return [
        at for (_, before), (at, code) in pairwise(codes)
        if 1 <= before <= 0xAF and not 1 <= code <= 0xAF
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "codec", "audio_codec", "width"),
    [
        ("h264.mpg", None, "mp2", None),  # ISO/IEC 13818-1 leaves the codec open
        ("sound.mpg", None, "mp2", None),
        ("bare1.m1v", "mpeg1video", None, 176),
        ("bare2.m2v", "mpeg2video", None, 176),
    ],
)
def test_streams_are_read_whatever_they_hold(
    name: str, codec: str | None, audio_codec: str | None, width: int | None
) -> None:
    data = (FIXTURES / name).read_bytes()
    video = seen(data)
    assert (video.codec, video.audio_codec, video.width) == (codec, audio_codec, width)
    assert (video.problem, walk(data).truncated) == (None, None)
    assert errors(data, "video/mpeg") == []


def test_a_program_stream_without_pictures_and_sound_is_unreadable() -> None:
    padding = b"\x00\x00\x01\xbe" + struct.pack(">H", 40) + b"\xff" * 40
    assert errors(PROGRAM[:12] + padding * 3 + b"\0\0\x01\xb9", "video/mpeg") == [
        "unreadable-video"
    ]
    ac3 = b"\x00\x00\x01\xbd" + struct.pack(">H", 8) + b"\x80\x00\x00\x80" + bytes(4)
    assert errors(PROGRAM[:12] + padding + ac3 + b"\0\0\x01\xb9", "video/mpeg") == []


def test_too_many_packets_before_the_first_picture_are_not_checked() -> None:
    data = PROGRAM[:12] + b"\x00\x00\x01\xbe\x00\x00" * 100_001 + PROGRAM[12:]
    assert errors(data, "video/mpeg") == ["not-checked"]
    assert seen(data).problem is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\x01\xb3",
        BARE_1[:7],
        BARE_1[:20],
        BARE_2[:36],
        BARE_2 + BARE_2[:12],
        BARE_2 + BARE_2[:40],
    ],
)
def test_headers_without_their_slices_are_cut(data: bytes) -> None:
    assert walk(data).truncated == "it ends before the slices of its last picture"
    assert errors(data, "video/mpeg") == ["truncated-media"]


def test_mpeg_2_is_cut_where_rows_of_its_last_picture_are_missing() -> None:
    ends = between_pictures(BARE_2)
    assert len(ends) == 24
    for end in (*ends, len(BARE_2)):
        assert truncation(BARE_2[:end]) is None
        assert truncation(BARE_2[:end] + b"\0\0\x01\xb7") is None
    for end in (ends[1] - 200, ends[-1] - 200):
        assert re.fullmatch(
            r"its last picture ends in row [1-8] of 9", truncation(BARE_2[:end]) or ""
        )
    missed = [end for end in range(40, len(BARE_2)) if truncation(BARE_2[:end]) is None]
    assert len(missed) / len(BARE_2) < 0.2  # those within the last of nine rows


def test_mpeg_1_may_end_after_any_slice() -> None:
    """FFmpeg makes one slice of a picture, or slices of so many bytes: that the last one lacks its end, no header says."""
    assert truncation(BARE_1) is None
    assert all(truncation(BARE_1[:end]) is None for end in between_pictures(BARE_1))


def test_a_field_has_half_the_rows_of_a_frame() -> None:
    def picture(structure: int, rows: int) -> bytes:
        head = b"\0\0\x01\0\0\x10\xff\xf8" + b"\0\0\x01\xb5\x8f\xff" + bytes([0xF0 | structure, 0])
        return head + b"".join(b"\0\0\x01" + bytes([row, 0x55]) for row in range(1, rows + 1))

    sequence = (
        b"\0\0\x01\xb3\x0b\x00\x91\x13\xff\xff\xe0\x18"  # 176 x 145: ten rows, the last of one line
    )
    assert truncation(sequence + picture(3, 10) + picture(1, 5) + picture(2, 5)) is None
    assert truncation(sequence + picture(3, 5)) == "its last picture ends in row 5 of 10"
    assert truncation(sequence + picture(3, 10) + picture(1, 4)) == "its last picture ends in row 4 of 5"  # fmt: skip
    smaller = sequence.replace(b"\x91\x13", b"\x50\x13")
    assert truncation(sequence + picture(3, 10) + smaller + picture(3, 5)) is None
    taller = sequence.replace(
        b"\x00\x91\x13", b"\x0b\x00\x13"
    )  # 2,816 lines: rows are numbered anew
    assert truncation(taller + picture(3, 48)) is None
