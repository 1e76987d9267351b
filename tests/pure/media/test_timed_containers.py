"""Ogg, FLAC, MIDI, AVI, ASF, MPEG and WebM: cuts, damage, odd cases, bombs; and no bytes make any walker raise."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import pytest

from preflight.media import mutagen_info, timed
from preflight.media.walk import Walk
from preflight.observation import Audio

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"
TYPES = {".mp3": "audio/mpeg", ".aac": "audio/aac", ".amr": "audio/amr", ".wav": "audio/wav", ".ogg": "audio/ogg",
         ".flac": "audio/flac", ".m4a": "audio/mp4", ".3gp": "video/3gpp", ".3g2": "video/3gpp2", ".mp4": "video/mp4",
         ".mov": "video/quicktime", ".avi": "video/x-msvideo", ".wma": "audio/x-ms-wma", ".wmv": "video/x-ms-wmv",
         ".mpg": "video/mpeg", ".m1v": "video/mpeg", ".m2v": "video/mpeg", ".webm": "video/webm"}  # fmt: skip
FILES = sorted(path for path in FIXTURES.iterdir() if path.suffix in TYPES)


def read(media_type: str, data: bytes, whole: bool = True) -> Walk:
    return timed.WALKERS[media_type](data, whole, len(data))


@pytest.mark.parametrize(
    "name",
    ["vorbis.ogg", "opus.ogg", "flac.ogg", "sound.flac", "part2.avi", "sound.wma", "video.wmv", "vp8.webm",
     "adts.aac", "narrow.amr", "pcm.wav", "ima.wav", "mp3.wav", "cbr.mp3", "mpeg1.mpg"],
)  # fmt: skip
def test_cuts_are_found(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    media_type = TYPES[Path(name).suffix]
    assert read(media_type, data).truncated is None
    for end in (len(data) // 2, len(data) * 99 // 100, len(data) - 1):
        assert read(media_type, data[:end]).truncated is not None, end
        assert read(media_type, data[:end], whole=False).truncated is None


def test_one_odd_byte_after_the_end_is_no_cut() -> None:
    for path in FILES:
        walk = read(TYPES[path.suffix], path.read_bytes() + b"\n")
        assert walk.truncated is None, path.name


@pytest.mark.parametrize("position", [40, 500, 1_000])
def test_ogg_checksum_finds_one_bit(position: int) -> None:
    data = bytearray((FIXTURES / "vorbis.ogg").read_bytes())
    data[position] ^= 4
    assert read("audio/ogg", bytes(data)).corrupt is not None


def midi(*tracks: bytes, division: int = 480, stated: int | None = None) -> bytes:
    count = len(tracks) if stated is None else stated
    chunks = (b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)
    return b"MThd" + struct.pack(">IHHH", 6, 1, count, division) + b"".join(chunks)


TEMPO = b"\x00\xff\x51\x03\x0f\x42\x40"  # a quarter note lasts one second
NOTES = b"\x00\x90\x40\x40\x83\x60\x40\x00"  # on, and with running status off after 480 ticks
END = b"\x00\xff\x2f\x00"


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        (midi(NOTES + END), 0.5),
        (midi(TEMPO + END, NOTES + END), 1.0),
        (midi(NOTES + TEMPO + NOTES + END), 1.5),
        (midi(b"\x00\xf0\x03ab\xf7" + NOTES + END), 0.5),
        (midi(NOTES + END, division=0xE728), 0.48),
        (b"RIFF\x40\0\0\0RMIDdata\x30\0\0\0" + midi(NOTES + END), 0.5),
    ],
)
def test_midi_duration_follows_the_tempo(data: bytes, seconds: float) -> None:
    walk = read("audio/midi", data)
    assert walk.audio is not None
    assert walk.audio.duration_s == pytest.approx(seconds)
    assert walk.truncated is None


def test_midi_cuts() -> None:
    data = midi(TEMPO + END, NOTES * 50 + END)
    for end in (len(data) // 2, len(data) * 99 // 100, len(data) - 1):
        assert read("audio/midi", data[:end]).truncated is not None


def test_avi_of_a_recorder_that_was_switched_off_is_not_called_cut() -> None:
    data = bytearray((FIXTURES / "part2.avi").read_bytes())
    data[4:8] = bytes(4)
    assert read("video/x-msvideo", bytes(data)).truncated is None


def counted(stream: int, main: int) -> bytes:
    """The AVI with other numbers of frames in its headers."""
    data = bytearray((FIXTURES / "part2.avi").read_bytes())
    struct.pack_into("<I", data, data.index(b"vids") + 32, stream)
    struct.pack_into("<I", data, data.index(b"avih") + 8 + 16, main)
    return bytes(data)


@pytest.mark.parametrize(
    ("stream", "main", "seconds"),
    [
        (10, 10, 1.0),
        (1 << 30, 10, 1.0),  # what ffmpeg leaves in a stream's header when it writes to a pipe
        (1 << 30, 0, None),
        (0xFFFF_FFFF, 0xFFFF_FFFF, None),
        (0, 20, 2.0),
    ],
)
def test_avi_of_more_frames_than_it_has_room_for_has_no_known_length(
    stream: int, main: int, seconds: float | None
) -> None:
    data = counted(stream, main)
    for walk in (read("video/x-msvideo", data), timed.WALKERS["video/x-msvideo"](data[:2_000], False, len(data))):  # fmt: skip
        assert walk.video is not None
        assert walk.video.duration_s == seconds


def test_asf_header_with_a_wrong_size_is_corrupt() -> None:
    data = bytearray((FIXTURES / "sound.wma").read_bytes())
    assert read("audio/x-ms-wma", bytes(data)).corrupt is None
    data[16] ^= 0x40
    assert read("audio/x-ms-wma", bytes(data)).corrupt is not None


def test_webm_of_unknown_size_is_not_called_cut() -> None:
    data = (FIXTURES / "vp8.webm").read_bytes()
    at = data.index(b"\x18\x53\x80\x67") + 4
    live = data[:at] + b"\x01" + b"\xff" * 7 + data[at + 8 :]
    assert read("video/webm", live[:-100]).truncated is None


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("audio/ogg", b"OggS" + bytes(20)),
        ("audio/flac", b"fLaC"),
        ("audio/midi", b"MThd"),
        ("video/x-msvideo", b"RIFF\x04\0\0\0AVI "),
        ("video/mpeg", b"\0\0\1\xba" + bytes(40)),
        ("video/webm", b"\x1a\x45\xdf\xa3\x80"),
        ("video/x-ms-wmv", bytes(60)),
        ("audio/amr", b"#!AM"),
    ],
)
def test_unreadable_headers_have_a_problem(media_type: str, data: bytes) -> None:
    walk = read(media_type, data)
    seen = walk.audio or walk.video
    assert seen is not None
    assert seen.problem is not None or walk.truncated is not None


def page(serial: int, size: int = 0, flags: int = 0) -> bytes:
    return b"OggS\x00" + struct.pack("<BqIIIB", flags, 0, serial, 0, 0, size) + bytes(size)


ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + struct.pack("<QIH", 30, 0, 0)


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("audio/ogg", page(1) * 70_000),
        ("audio/ogg", b"".join(page(n, flags=2) for n in range(60_000))),
        ("audio/flac", b"fLaC" + bytes(3) + b"\x22" + bytes(34) + b"\x01\0\0\0" * 500_000),
        ("audio/flac", b"fLaC" + bytes(3) + b"\x22" + b"\x10" * 34 + b"\x81\0\0\0" + b"\xff\xf8\xc9\x18" * 500_000),
        ("audio/midi", midi(b"\x00\xc0\x01" * 700_000)),
        ("audio/midi", midi(*[b""] * 60_000)),
        ("audio/midi", midi(TEMPO * 300_000)),
        ("video/x-msvideo", b"RIFF\xff\xff\x1f\0AVI " + b"JUNK\0\0\0\0" * 250_000),
        ("video/x-msvideo", b"RIFF\x04\0\0\0AVI " * 150_000),
        ("video/mpeg", b"\0\0\1\xba" + bytes(8) + b"\0\0\1\xbe\0\0" * 350_000),
        ("video/mpeg", b"\0\0\1\xba" + b"\0\0\1\0" * 500_000),
        ("video/mpeg", b"\0\0\1\xba" + bytes(8) + b"\0\0\1\xe0\0\0x" * 300_000),
        ("video/mpeg", b"\0\0\1\xba" + bytes(8) + b"\0\0\1\xc0\0\0x" * 300_000),
        ("video/webm", b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\xec\x80" * 1_000_000),
        ("video/webm", b"\xec\x80" * 1_000_000),
        ("video/x-ms-wmv", ASF_HEADER + (bytes(16) + struct.pack("<Q", 24)) * 80_000),
        ("video/x-ms-wmv", ASF_HEADER[:16] + struct.pack("<Q", 2_000_000) + bytes(6)
         + (bytes(16) + struct.pack("<Q", 24)) * 80_000),
    ],
)  # fmt: skip
def test_bombs_are_bounded(media_type: str, data: bytes) -> None:
    begin = time.process_time()
    walk = read(media_type, data)
    assert time.process_time() - begin < 1
    assert walk.audio or walk.video


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.name))
def test_no_damage_makes_a_walker_raise(path: Path) -> None:
    chance = random.Random(path.name)
    original = path.read_bytes()
    for _ in range(150):
        data = bytearray(
            original[: chance.randrange(len(original) + 1)] if chance.random() < 0.5 else original
        )
        for _ in range(chance.choice((1, 5, 50))):
            if data:
                data[chance.randrange(min(len(data), chance.choice((64, 600, 1 << 20))))] = (
                    chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
                )
        for whole in (True, False):
            walk = timed.WALKERS[TYPES[path.suffix]](
                bytes(data), whole, len(data) if whole else None
            )
            assert walk.audio or walk.video
            assert whole or not (walk.truncated or walk.trailing)


@pytest.mark.parametrize("media_type", sorted(timed.WALKERS))
def test_every_walker_takes_any_bytes(media_type: str) -> None:
    chance = random.Random(media_type)
    samples = [path.read_bytes()[:600] for path in FILES]
    for data in [b"", b"\0", b"\xff" * 40, bytes(2_000), chance.randbytes(3_000), *samples]:
        for size in (0, 1, 7, 8, 12, 27, 30, len(data)):
            walk = read(media_type, data[:size])
            assert walk.audio or walk.video


def test_second_opinion_reads_adif_and_leaves_nonsense_alone() -> None:
    unread = Audio(format="aac", problem="no ADTS frame was found")
    assert mutagen_info.second_opinion("audio/aac", b"nonsense" * 100, unread) == unread
    assert mutagen_info.second_opinion("audio/unknown", b"", unread) == unread
    adif = b"ADIF\x00\x07\xd0\x00\x04\x00" + bytes(200)
    assert mutagen_info.second_opinion("audio/aac", adif, unread).problem in (None, unread.problem)
