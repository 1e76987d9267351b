"""WAV: chunks, odd writers, cuts and bombs."""

from __future__ import annotations

import struct
import time

import pytest

from preflight.media import timed
from preflight.media.walk import Walk
from preflight.observation import Audio


def chunk(name: bytes, content: bytes, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(content)) + content + bytes(len(content) % 2)


def fmt(
    tag: int = 1, rate: int = 8_000, channels: int = 1, bits: int = 16, order: str = "<"
) -> bytes:
    block = channels * bits // 8
    return chunk(
        b"fmt ",
        struct.pack(f"{order}HHIIHH", tag, channels, rate, rate * block, block, bits),
        order,
    )


def riff(*chunks: bytes, name: bytes = b"RIFF", size: int | None = None, order: str = "<") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack(f"{order}I", len(body) if size is None else size) + body


def read(data: bytes, whole: bool = True, length: int | None = None) -> Walk:
    return timed.WALKERS["audio/wav"](data, whole, len(data) if whole else length)


def heard(walk: Walk) -> Audio:
    assert walk.audio is not None
    return walk.audio


SOUND = bytes(16_000)  # one second of 8 kHz, 16 bit, mono


def test_plain_pcm() -> None:
    walk = read(riff(fmt(), chunk(b"data", SOUND)))
    expected = Audio(
        format="wav", codec="pcm", sample_rate=8_000, channels=1, duration_s=1.0, bitrate=128_000
    )
    assert walk == Walk(audio=expected)


@pytest.mark.parametrize(
    "data",
    [
        riff(fmt(), chunk(b"data", SOUND), chunk(b"LIST", b"INFO")),
        riff(chunk(b"JUNK", bytes(28)), fmt(), chunk(b"odd ", b"x"), chunk(b"data", SOUND)),
        riff(fmt(), chunk(b"data", SOUND), size=0),
        riff(fmt(), chunk(b"data", SOUND), size=0xFFFFFFFF),
        riff(fmt(), b"data" + struct.pack("<I", 0) + SOUND, size=0),
        riff(fmt(), b"data" + struct.pack("<I", 0xFFFFFFFF) + SOUND, size=0xFFFFFFFF),
        riff(fmt(), b"data" + struct.pack("<I", 0x7FFFFFDB) + SOUND, size=0x7FFFFFFF),
        riff(fmt(order=">"), chunk(b"data", SOUND, ">"), name=b"RIFX", order=">"),
        riff(
            chunk(b"ds64", struct.pack("<QQQI", 16_072, 16_000, 8_000, 0)),
            fmt(),
            b"data" + struct.pack("<I", 0xFFFFFFFF) + SOUND,
            name=b"RF64",
            size=0xFFFFFFFF,
        ),
        riff(fmt(), b"LIST" + struct.pack("<I", 5) + b"INFOx" + chunk(b"data", SOUND)),
    ],
)
def test_odd_writers_are_whole(data: bytes) -> None:
    walk = read(data)
    assert heard(walk).duration_s == 1.0
    assert heard(walk).problem is None
    assert (walk.truncated, walk.overrun) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        riff(fmt(), chunk(b"data", SOUND)),
        riff(fmt(order=">"), chunk(b"data", SOUND, ">"), name=b"RIFX", order=">"),
        riff(fmt(), chunk(b"data", SOUND), chunk(b"LIST", b"INFOISFT" + bytes(200))),
        riff(chunk(b"ds64", struct.pack("<QQQI", 16_072, 16_000, 8_000, 0)), fmt(),
             b"data" + struct.pack("<I", 0xFFFFFFFF) + SOUND, name=b"RF64", size=0xFFFFFFFF),
    ],
)  # fmt: skip
def test_cuts_are_found(data: bytes) -> None:
    for end in (len(data) // 2, len(data) * 99 // 100, len(data) - 1):
        assert read(data[:end]).truncated is not None


def test_a_missing_pad_byte_is_no_cut() -> None:
    data = riff(fmt(bits=8), chunk(b"data", bytes(8_001)))
    assert read(data[:-1]).truncated is None
    assert read(data[:-2]).truncated is not None


NAMES = [b"JUNK", b"smpl", b"cue ", b"iXML", b"PEAK", b"inst", b"LIST", b"fact", b"zzzz"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [0, 4, 35, 36, 60, 80])
@pytest.mark.parametrize("pad", [b"", b"\0", b"x"])
def test_a_pad_byte_may_be_missing_before_any_chunk(name: bytes, size: int, pad: bytes) -> None:
    data = chunk(b"data", bytes(8_001))[:-1] + pad
    walk = read(riff(fmt(bits=8), data, chunk(name, b"1" * size)))
    assert (walk.truncated, walk.trailing, heard(walk).duration_s) == (None, 0, 1.000125)


@pytest.mark.parametrize("name", NAMES)
def test_a_chunk_after_odd_sound_is_cut_with_the_file(name: bytes) -> None:
    for pad in (b"", b"\0"):
        data = chunk(b"data", bytes(8_001))[:-1] + pad
        whole = riff(fmt(bits=8), data, chunk(name, b"1" * 36))
        assert [cut for cut in range(1, 43) if read(whole[:-cut]).truncated is None] == []


def test_bytes_after_the_end_are_trailing() -> None:
    walk = read(riff(fmt(), chunk(b"data", SOUND)) + b"TAG" + bytes(125))
    assert (walk.trailing, walk.truncated) == (128, None)


@pytest.mark.parametrize(
    ("tag", "codec"), [(1, "pcm"), (3, "pcm"), (2, "adpcm"), (0x11, "adpcm"), (0x31, "gsm"), (0x55, "mp3"),
                       (6, "alaw"), (7, "mulaw"), (0x9999, "0x9999")]
)  # fmt: skip
def test_codec_is_read_from_the_format_tag(tag: int, codec: str) -> None:
    assert heard(read(riff(fmt(tag), chunk(b"data", SOUND)))).codec == codec


def test_extensible_format_names_its_codec_in_the_guid() -> None:
    plain = struct.pack("<HHIIHH", 0xFFFE, 1, 8_000, 16_000, 2, 16)
    extended = plain + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    assert heard(read(riff(chunk(b"fmt ", extended), chunk(b"data", SOUND)))).codec == "pcm"


def test_fact_chunk_is_exact_for_block_codecs_unless_it_is_nonsense() -> None:
    body = fmt(0x11, bits=8), chunk(b"data", bytes(8_000))
    good = riff(body[0], chunk(b"fact", struct.pack("<I", 7_990)), body[1])
    bad = riff(body[0], chunk(b"fact", struct.pack("<I", 7)), body[1])
    assert heard(read(good)).duration_s == pytest.approx(7_990 / 8_000)
    assert heard(read(bad)).duration_s == pytest.approx(1.0)


@pytest.mark.parametrize(
    "data",
    [
        riff(chunk(b"data", SOUND)),
        riff(fmt()),
        riff(fmt(channels=0), chunk(b"data", SOUND)),
        riff(fmt(rate=0), chunk(b"data", SOUND)),
        riff(),
    ],
)
def test_unreadable_headers_have_a_problem(data: bytes) -> None:
    assert heard(read(data)).problem is not None


def test_prefix_gives_the_whole_duration_and_no_verdict_on_its_end() -> None:
    walk = read(riff(fmt(), chunk(b"data", SOUND * 60))[:4_096], False, 960_044)
    assert heard(walk).duration_s == 60.0
    assert walk.truncated is None


def test_a_million_empty_chunks_stop_the_walk() -> None:
    data = riff(b"none\0\0\0\0" * 1_000_000)
    begin = time.process_time()
    walk = read(data)
    assert time.process_time() - begin < 1
    assert walk.overrun is not None
