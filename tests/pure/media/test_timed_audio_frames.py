"""MP3, ADTS and AMR: frames counted one by one, cuts found, lies and bombs survived."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from preflight.media import timed
from preflight.media.walk import MAX_ITEMS, Walk
from preflight.observation import Audio

MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes
ADTS_FRAME = b"\xff\xf1\x50\x80\x0c\x9f\xfc" + bytes(93)  # 44.1 kHz, 2 channels, 100 bytes
AMR_FRAME = b"\x3c" + bytes(31)  # 12.2 kbit/s


def read(media_type: str, data: bytes, whole: bool = True, length: int | None = None) -> Walk:
    return timed.WALKERS[media_type](data, whole, len(data) if whole else length)


def heard(walk: Walk) -> Audio:
    assert walk.audio is not None
    return walk.audio


def id3(size: int, flags: int = 0) -> bytes:
    parts = [size >> shift & 0x7F for shift in (21, 14, 7, 0)]
    return b"ID3\x04\x00" + bytes([flags, *parts])


def xing(frames: int, size: int) -> bytes:
    numbers = (3).to_bytes(4, "big") + frames.to_bytes(4, "big") + size.to_bytes(4, "big")
    head = b"\xff\xfb\x90\x00" + bytes(32) + b"Info" + numbers
    return head + bytes(417 - len(head))


def ape_tag(items: bytes) -> bytes:
    size = (len(items) + 32).to_bytes(4, "little")
    return items + b"APETAGEX" + (2000).to_bytes(4, "little") + size + bytes(16)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (id3(300) + bytes(300), b""),
        (id3(10) + b"x" * 10 + id3(20) + b"y" * 20, b""),
        (id3(10, 0x10) + bytes(10) + b"3DI\x04\x00\x10\x00\x00\x00\x0a", b""),
        (id3(10) + bytes(1_000), b""),
        (b"junk!" * 9, b""),
        (b"", b"TAG" + bytes(125)),
        (b"", b"TAG+" + bytes(223) + b"TAG" + bytes(125)),
        (b"", ape_tag(b"item") + b"TAG" + bytes(125)),
        (
            b"",
            b"LYRICSBEGIN" + b"IND00002" + b"10" + b"000021" + b"LYRICS200" + b"TAG" + bytes(125),
        ),
        (b"", id3(30) + bytes(30)),
    ],
)
def test_mp3_is_exact_whatever_tags_surround_it(before: bytes, after: bytes) -> None:
    walk = read("audio/mpeg", before + MP3_FRAME * 100 + after)
    audio = heard(walk)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("mp3", 44_100, 2)
    assert audio.duration_s == pytest.approx(100 * 1152 / 44_100, abs=1e-5)
    assert audio.bitrate == pytest.approx(128_000, rel=0.01)
    assert (walk.truncated, walk.corrupt, walk.overrun, walk.trailing) == (None, None, None, 0)


@pytest.mark.parametrize("missing", [1, 100, 414, 416])
def test_mp3_last_frame_in_part_is_truncation(missing: int) -> None:
    walk = read("audio/mpeg", (MP3_FRAME * 20)[:-missing])
    assert walk.truncated is not None
    assert heard(walk).duration_s == pytest.approx(19 * 1152 / 44_100, abs=1e-5)


@pytest.mark.parametrize("before", [b"", id3(300) + bytes(300), id3(10) + bytes(90)])
@pytest.mark.parametrize("there", [50, 416, 417, 500])
def test_mp3_cut_inside_its_first_frames_lasts_no_longer_than_what_is_there(
    before: bytes, there: int
) -> None:
    walk = read("audio/mpeg", before + (xing(7_228, 3_000_000) + MP3_FRAME * 3)[:there])
    assert walk.truncated is not None
    assert heard(walk).problem is None
    assert heard(walk).duration_s is None


def test_mp3_tag_after_a_partial_frame_means_a_careless_encoder() -> None:
    walk = read("audio/mpeg", (MP3_FRAME * 20)[:-9] + b"TAG" + bytes(125))
    assert walk.truncated is None


@pytest.mark.parametrize(
    "tag", [b"TAG" + bytes(125), b"TAG+" + bytes(223) + b"TAG" + bytes(125), id3(90) + bytes(90)]
)
def test_mp3_cut_inside_a_tag_after_the_sound(tag: bytes) -> None:
    data = MP3_FRAME * 20 + tag
    assert read("audio/mpeg", data).truncated is None
    assert read("audio/mpeg", data[:-1]).truncated is not None


def test_mp3_cut_between_frames_is_seen_where_the_header_counts_them() -> None:
    complete = xing(50, 51 * 417) + MP3_FRAME * 50
    assert read("audio/mpeg", complete).truncated is None
    assert heard(read("audio/mpeg", complete)).duration_s == pytest.approx(
        50 * 1152 / 44_100, abs=1e-5
    )
    assert read("audio/mpeg", complete[: 30 * 417]).truncated is not None


def test_mp3_prefix_takes_the_duration_from_header_or_length() -> None:
    frames = MP3_FRAME * 1_000
    counted = read("audio/mpeg", (xing(1_000, 417_417) + frames)[:8_000], False, 417_417)
    steady = read("audio/mpeg", frames[:8_000], False, 417_000)
    for walk in (counted, steady):
        assert heard(walk).duration_s == pytest.approx(1_000 * 1152 / 44_100, rel=0.01)
        assert walk.truncated is None


def test_mp3_free_format_is_measured_by_its_headers() -> None:
    walk = read("audio/mpeg", (b"\xff\xfb\x00\x00" + bytes(596)) * 10)
    assert heard(walk).duration_s == pytest.approx(10 * 1152 / 44_100, abs=1e-5)
    assert walk.truncated is None


def test_mp3_tag_with_a_size_beyond_the_file_does_not_hide_the_frames() -> None:
    walk = read("audio/mpeg", id3(0xFFFFFFF) + bytes(100) + MP3_FRAME * 10)
    assert heard(walk).problem is None
    assert heard(walk).duration_s == pytest.approx(10 * 1152 / 44_100, abs=1e-5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        id3(0),
        b"\xff",
        b"\xff\xfb\x90",
        bytes(5_000),
        b"text " * 500,
        b"\xff\xfb\x00" + bytes(90) + b"\xff\xfb",
    ],
)
def test_mp3_without_frames_has_a_problem(data: bytes) -> None:
    assert heard(read("audio/mpeg", data)).problem is not None


def test_adts_frames_give_the_duration() -> None:
    walk = read("audio/aac", ADTS_FRAME * 50)
    audio = heard(walk)
    assert (audio.codec, audio.sample_rate, audio.channels) == ("aac", 44_100, 2)
    assert audio.duration_s == pytest.approx(50 * 1024 / 44_100, abs=1e-5)
    assert walk.truncated is None


@pytest.mark.parametrize("missing", [1, 50, 95, 99])
def test_adts_last_frame_in_part_is_truncation(missing: int) -> None:
    assert read("audio/aac", (ADTS_FRAME * 20)[:-missing]).truncated is not None


@pytest.mark.parametrize(
    ("magic", "frame", "codec", "rate"),
    [
        (b"#!AMR\n", AMR_FRAME, "amr", 8_000),
        (b"#!AMR-WB\n", b"\x44" + bytes(60), "amr-wb", 16_000),
    ],
)
def test_amr_is_mono_and_each_frame_is_20_ms(
    magic: bytes, frame: bytes, codec: str, rate: int
) -> None:
    walk = read("audio/amr", magic + frame * 50)
    audio = heard(walk)
    assert (audio.codec, audio.sample_rate, audio.channels, audio.duration_s) == (
        codec,
        rate,
        1,
        1.0,
    )
    assert (walk.truncated, walk.corrupt) == (None, None)
    assert walk.media_type == f"audio/{codec}"
    for cut in (1, 20, len(frame) - 1):
        assert read("audio/amr", (magic + frame * 50)[:-cut]).truncated is not None


def test_amr_silence_and_lost_frames_count() -> None:
    walk = read("audio/amr", b"#!AMR\n" + AMR_FRAME + (b"\x44" + bytes(5)) + b"\x7c" * 3)
    assert heard(walk).duration_s == 0.1
    assert walk.corrupt is None


def test_amr_reserved_frame_type_is_corrupt() -> None:
    assert read("audio/amr", b"#!AMR\n" + AMR_FRAME * 3 + b"\x54" + bytes(40)).corrupt is not None


def test_amr_cut_anywhere_inside_a_frame_is_truncated() -> None:
    data = (Path(__file__).parents[3] / "fixtures/media/timed/narrow.amr").read_bytes()
    taken = [
        end for end in range(6, len(data) + 1) if read("audio/amr", data[:end]).truncated is None
    ]
    assert taken == list(range(38, 1_639, 32))  # 51 frames of 32 bytes
    # A last byte that would begin a frame of the length that is missing, but does not begin one.
    walk = read("audio/amr", b"#!AMR\n\x3c" + bytes(11) + b"\x20")
    assert (walk.truncated, walk.trailing) == ("the last frame lacks 19 of its bytes", 0)


@pytest.mark.parametrize("odd", [b"\n", b"\0", b"\x1a", b"\x80"])
def test_amr_with_one_odd_byte_after_its_last_frame_is_whole(odd: bytes) -> None:
    walk = read("audio/amr", b"#!AMR\n" + AMR_FRAME * 3 + odd)
    assert (walk.truncated, walk.trailing, heard(walk).duration_s) == (None, 1, 0.06)
    assert read("audio/amr", b"#!AMR\n" + AMR_FRAME * 3 + b"\x3c").truncated is not None


def test_amr_without_frames_is_truncated() -> None:
    assert read("audio/amr", b"#!AMR\n").truncated is not None


def test_amr_prefix_is_stretched_to_the_length() -> None:
    walk = read("audio/amr", b"#!AMR\n" + AMR_FRAME * 10 + b"\x3c", False, 6 + 32 * 500)
    assert heard(walk).duration_s == pytest.approx(10.0, rel=0.01)
    assert walk.truncated is None


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("audio/mpeg", b"\xff" * 20_000_000),
        ("audio/mpeg", id3(0) * 100_000),
        ("audio/mpeg", b"\xff\xfb\x90\x00" * 250_000),
        ("audio/mpeg", (MP3_FRAME * 3 + b"?" * 50) * 2_000),
        ("audio/mpeg", b"\xff\xe3\x18\xc0" * 500_000),
        ("audio/mpeg", bytes(20_000_000)),
        ("audio/mpeg", (MP3_FRAME * 3 + b"\xff\xfb\x90\x00" * 5_000) * 90),
        (
            "audio/mpeg",
            b"".join(b"\xff\xfb" + bytes([n % 4 << 2]) + b"\xff\x00" * 900 for n in range(1_000)),
        ),
        ("audio/mpeg", b"\xff\xfb\x00\xff\xfa\x04\xff\xf3\x08" * 200_000),
        ("audio/aac", b"\xff" * 20_000_000),
        ("audio/aac", b"\xff\xf1\x50\x80\x00\xff\xfc" * 300_000),
        ("audio/amr", b"#!AMR\n" + b"\x7c" * 2_000_000),
    ],
)
def test_bombs_of_frames_and_tags_are_bounded(media_type: str, data: bytes) -> None:
    begin = time.process_time()
    walk = read(media_type, data)
    assert time.process_time() - begin < 1
    assert walk.audio is not None


def test_more_frames_than_a_walker_looks_at_is_an_overrun() -> None:
    walk = read("audio/amr", b"#!AMR\n" + b"\x7c" * (MAX_ITEMS + 1))
    assert walk.overrun is not None
    assert read("audio/amr", b"#!AMR\n" + b"\x7c" * MAX_ITEMS).overrun is None
