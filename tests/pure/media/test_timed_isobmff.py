"""MP4, 3GP and QuickTime: brands, tracks, tables, cuts, and bombs of boxes."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import pytest
from helpers import memory

from preflight.media import signature, timed
from preflight.media.walk import Walk

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"
MOVIES = ["late.mp4", "early.mp4", "fragmented.mp4", "hevc.mp4", "soundonly.mp4", "h263.3gp", "part2.3gp",
          "h264.3g2", "quicktime.mov", "sound.m4a", "sound.3gp"]  # fmt: skip


def box(name: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *content: bytes) -> bytes:
    return box(name, bytes(4), *content)


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major, bytes(4), *compatible)


def sound_entry(name: bytes = b"samr", channels: int = 2, rate: int = 8_000) -> bytes:
    return box(name, bytes(16), struct.pack(">HHI", channels, 16, 0), words(rate << 16))


def picture_entry(name: bytes = b"s263", width: int = 176, height: int = 144) -> bytes:
    return box(name, bytes(24), struct.pack(">HH", width, height), bytes(50))


def track(kind: bytes, entry: bytes, *tables: bytes) -> bytes:
    header = full(b"mdhd", words(0, 0, 1_000, 2_000, 0))
    handler = full(b"hdlr", bytes(4), kind, bytes(13))
    stbl = box(b"stbl", full(b"stsd", words(1), entry), *tables)
    return box(b"trak", box(b"mdia", header, handler, box(b"minf", stbl)))


def moov(*tracks: bytes, seconds: int = 2) -> bytes:
    return box(b"moov", full(b"mvhd", words(0, 0, 1_000, seconds * 1_000), bytes(80)), *tracks)


def read(data: bytes, whole: bool = True) -> Walk:
    return timed.WALKERS["video/mp4"](data, whole, len(data))


VIDEO, SOUND = track(b"vide", picture_entry()), track(b"soun", sound_entry())


@pytest.mark.parametrize(
    ("brands", "tracks", "media_type"),
    [
        ((b"isom", b"mp41"), (VIDEO, SOUND), "video/mp4"),
        ((b"isom", b"mp41"), (SOUND,), "audio/mp4"),
        ((b"mp42",), (SOUND,), "audio/mp4"),
        ((b"M4A ",), (SOUND,), "audio/mp4"),
        ((b"M4A ",), (SOUND, track(b"vide", picture_entry(b"jpeg"))), "audio/mp4"),
        ((b"M4A ",), (SOUND, VIDEO), "video/mp4"),
        ((b"MSNV", b"isom"), (VIDEO,), "video/mp4"),
        ((b"3gp4", b"isom"), (VIDEO,), "video/3gpp"),
        ((b"3gf9",), (VIDEO,), "video/3gpp"),
        ((b"3gp5",), (SOUND,), "audio/3gpp"),
        ((b"3g2a",), (VIDEO, SOUND), "video/3gpp2"),
        ((b"kddi", b"3g2a"), (SOUND,), "audio/3gpp2"),
        ((b"qt  ",), (VIDEO,), "video/quicktime"),
        ((b"zzzz", b"none", b"3gp6"), (VIDEO,), "video/3gpp"),
        ((b"zzzz",), (VIDEO,), "video/mp4"),
        ((b"zzzz",), (SOUND,), "audio/mp4"),
    ],
)
def test_brands_and_tracks_settle_the_type(
    brands: tuple[bytes, ...], tracks: tuple[bytes, ...], media_type: str
) -> None:
    walk = read(ftyp(*brands) + moov(*tracks))
    assert walk.media_type == media_type
    assert (walk.audio is None) == media_type.startswith("video/")
    assert (walk.video is None) == media_type.startswith("audio/")


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (ftyp(b"3gp4"), "video/3gpp"),
        (box(b"free", bytes(8)) + ftyp(b"mp42"), "video/mp4"),
        (ftyp(b"mif1", b"heic"), "image/heic"),
        (ftyp(b"mif1", b"avif"), "image/avif"),
        (ftyp(b"M4A "), "audio/mp4"),
        (box(b"wide") + box(b"mdat", bytes(20)) + moov(VIDEO), "video/quicktime"),
        (box(b"wide") + box(b"mdat", bytes(20)), None),
        (moov(VIDEO), "video/quicktime"),
        (ftyp(b"zzzz"), None),
        (b"GIF89a" + bytes(20), None),
        (b"RIFF\x10\0\0\0WAVE", None),
        (bytes(40), None),
        (b"", None),
    ],
)
def test_the_first_boxes_tell_the_family(data: bytes, media_type: str | None) -> None:
    assert signature.iso_type(data) == media_type


def test_old_quicktime_has_no_brand() -> None:
    walk = read(box(b"wide") + box(b"mdat", bytes(100)) + moov(VIDEO))
    assert walk.media_type == "video/quicktime"
    assert walk.video is not None
    assert (walk.video.brand, walk.video.late_header) == (None, True)


@pytest.mark.parametrize(("name", "rate"), [(b"samr", 8_000), (b"sawb", 16_000)])
def test_amr_in_3gp_is_mono_whatever_its_entry_says(name: bytes, rate: int) -> None:
    walk = read(ftyp(b"3gp4") + moov(track(b"soun", sound_entry(name, 2, 16_000))))
    assert walk.audio is not None
    assert (walk.audio.channels, walk.audio.sample_rate) == (1, rate)


def esds(object_type: int, specific: bytes) -> bytes:
    inner = bytes([5, len(specific)]) + specific
    configuration = bytes([object_type, 0x15]) + bytes(11) + inner
    content = bytes(3) + bytes([4, len(configuration)]) + configuration
    return full(b"esds", bytes([3, 0x80, len(content)]) + content)


@pytest.mark.parametrize(
    ("object_type", "specific", "expected"),
    [
        (0x40, b"\x12\x10", ("aac", 44_100, 2)),
        (0x40, b"\x2b\x92\x08\x00", ("aac", 44_100, 2)),  # HE-AAC: 22,050 doubled
        (0x40, b"\xeb\x09\x88\x00", ("aac", 48_000, 2)),  # HE-AAC v2: mono in, stereo out
        (0x6B, b"", ("mp3", 8_000, 1)),
        (0xE1, b"", ("qcelp", 8_000, 1)),
    ],
)
def test_esds_says_what_mp4a_holds(
    object_type: int, specific: bytes, expected: tuple[str, int, int]
) -> None:
    entry = sound_entry(b"mp4a", 1)
    entry = box(b"mp4a", entry[8:], esds(object_type, specific))
    audio = read(ftyp(b"M4A ") + moov(track(b"soun", entry))).audio
    assert audio is not None
    assert (audio.codec, audio.sample_rate, audio.channels) == expected


@pytest.mark.parametrize(
    ("entry", "configuration", "expected"),
    [
        (b"avc1", box(b"avcC", b"\x01\x42\xc0\x1e"), ("h264", "Constrained Baseline", "3.0")),
        (b"avc1", box(b"avcC", b"\x01\x42\x10\x0b"), ("h264", "Baseline", "1b")),
        (b"avc1", box(b"avcC", b"\x01\x4d\x00\x29"), ("h264", "Main", "4.1")),
        (b"hvc1", box(b"hvcC", b"\x01\x02" + bytes(10) + b"\x5d"), ("h265", "Main 10", "3.1")),
        (b"s263", box(b"d263", b"FFMP\x00\x0a\x00"), ("h263", "Baseline", "10")),
        (b"mp4v", esds(0x20, b"\x00\x00\x01\xb0\x03"), ("mpeg4", "Simple", "3")),
        (b"av01", box(b"av1C", b"\x81\x05\x00\x00"), ("av1", "Main", "3.1")),
        (b"encv", box(b"sinf", box(b"frma", b"avc1")), ("h264", None, None)),
        (b"zz  ", b"", ("zz", None, None)),
    ],
)
def test_codec_profile_and_level(
    entry: bytes, configuration: bytes, expected: tuple[str, str | None, str | None]
) -> None:
    sample = box(entry, picture_entry()[8:], configuration)
    video = read(ftyp(b"isom") + moov(track(b"vide", sample))).video
    assert video is not None
    assert (video.codec, video.profile, video.level) == expected
    assert (video.width, video.height) == (176, 144)


@pytest.mark.parametrize("name", MOVIES)
def test_cuts_of_real_files_are_found(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    assert read(data).truncated is None
    for end in (len(data) // 2, len(data) * 99 // 100, len(data) - 1):
        assert read(data[:end]).truncated is not None
        assert read(data[:end], whole=False).truncated is None


def test_one_odd_byte_at_the_end_is_trailing() -> None:
    data = (FIXTURES / "early.mp4").read_bytes()
    walk = read(data + b"\n")
    assert (walk.truncated, walk.trailing) == (None, 1)


@pytest.mark.parametrize("name", ["early.mp4", "late.mp4", "fragmented.mp4", "quicktime.mov"])
@pytest.mark.parametrize("surplus", [b"junk" * 4, b"TAG" + bytes(125), b"\r\n--boundary--\r\n"])
def test_letters_after_the_end_are_no_box(name: str, surplus: bytes) -> None:
    data = (FIXTURES / name).read_bytes()
    walk = read(data + surplus)
    assert (walk.truncated, walk.trailing) == (None, len(surplus))


@pytest.mark.parametrize("name", [b"moof", b"mdat", b"uuid", b"free"])
def test_a_known_box_that_ends_after_the_file_is_cut(name: bytes) -> None:
    data = (FIXTURES / "early.mp4").read_bytes() + box(name, bytes(40))
    assert read(data).truncated is None
    assert (
        read(data[:-1]).truncated == f"its {name.decode()} box should be 48 bytes, and 47 are there"
    )


def test_an_unknown_box_is_cut_where_the_movie_is_not_whole() -> None:
    movie = ftyp(b"isom") + moov(VIDEO) + box(b"zzzz", bytes(40))
    assert read(movie[:-1]).truncated == "its zzzz box should be 48 bytes, and 47 are there"


def test_media_data_to_the_end_of_the_file_is_no_cut_until_a_sample_is_missing() -> None:
    header = ftyp(b"isom")
    tables = full(b"stsz", words(10, 5)), full(b"stsc", words(1, 1, 5, 1))
    video = track(b"vide", picture_entry(), *tables, full(b"stco", words(1, 0)))
    start = len(header) + len(moov(video)) + 8
    video = track(b"vide", picture_entry(), *tables, full(b"stco", words(1, start)))
    data = header + moov(video) + struct.pack(">I4s", 0, b"mdat") + bytes(50)
    assert read(data).truncated is None
    assert read(data[:-1]).truncated is not None


def test_a_table_longer_than_its_box_is_corrupt() -> None:
    video = track(b"vide", picture_entry(), full(b"stco", words(9, 100)))
    assert read(ftyp(b"isom") + moov(video)).corrupt is not None


def test_a_prefix_with_the_movie_header_gives_all_facts() -> None:
    data = (FIXTURES / "early.mp4").read_bytes()
    walk, complete = read(data[:3_000], whole=False), read(data)
    assert walk.video is not None and complete.video is not None
    assert (walk.video.width, walk.video.duration_s) == (176, complete.video.duration_s)


@pytest.mark.parametrize(
    "data", [ftyp(b"isom"), ftyp(b"isom") + box(b"mdat", bytes(9)), ftyp(b"isom") + moov()]
)
def test_a_file_without_movie_header_or_tracks_has_a_problem(data: bytes) -> None:
    video = read(data).video
    assert video is not None
    assert video.problem is not None


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(b"moov", data)
    return data


def liar(name: bytes, *numbers: int) -> bytes:
    return ftyp(b"isom") + moov(track(b"vide", picture_entry(), full(name, words(*numbers))))


@pytest.mark.parametrize(
    "data",
    [
        ftyp(b"isom") + box(b"free") * 1_000_000,
        ftyp(b"isom") + box(b"moov", box(b"free") * 1_000_000),
        ftyp(b"isom") + box(b"moov", box(b"trak") * 1_000_000),
        ftyp(b"isom") + moov(*[VIDEO] * 2_000),
        ftyp(b"isom") + nested(900),
        liar(b"stts", 1 << 30, 1, 1),
        liar(b"stsz", 0, 0xFFFFFFFF, 1),
        liar(b"stsz", 0xFFFFFFFF, 0xFFFFFFFF),
        liar(b"stco", 500_000, *range(500_000)),
        ftyp(b"isom") + moov(VIDEO) + box(b"moof", box(b"traf") * 200_000),
        ftyp(b"isom") + moov(VIDEO) + box(b"moof") * 200_000,
    ],
)
def test_bombs_of_boxes_and_tables_are_bounded(data: bytes) -> None:
    before = memory.mark()
    begin = time.process_time()
    walk = read(data)
    assert walk.video is not None
    assert time.process_time() - begin < 2
    assert memory.growth_since(before) < 20_000_000


def test_a_million_boxes_are_an_overrun() -> None:
    assert read(ftyp(b"isom") + box(b"free") * 1_000_000).overrun is not None
