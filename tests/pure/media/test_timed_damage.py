"""Sound and films that are damaged inside, where the frame around them is whole: found without a decoder, and nothing else is."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from helpers.bodies import errors

from preflight.media import timed
from preflight.media.examine import examine
from preflight.media.walk import MAX_ITEMS, Walk

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def read(media_type: str, data: bytes, whole: bool = True) -> Walk:
    return timed.WALKERS[media_type](data, whole, len(data))


def as_text(data: bytes) -> bytes:
    """The file as it arrives when it is uploaded as text: each line end became two bytes."""
    return data.replace(b"\n", b"\r\n")


def half_empty(data: bytes) -> bytes:
    """The file with its second half never written."""
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


FRAGMENTED = fixture("fragmented.mp4")
INIT = FRAGMENTED[: FRAGMENTED.index(b"moof") - 4]
NEXT = FRAGMENTED.index(b"mdat") - 4
FRAGMENT = FRAGMENTED[: NEXT + int.from_bytes(FRAGMENTED[NEXT : NEXT + 4])]
CLOSED = FRAGMENT + struct.pack(">I4s", 16, b"mfra") + bytes(8)


@pytest.mark.parametrize(
    ("data", "truncated", "corrupt"),
    [
        (FRAGMENTED, None, None),
        (FRAGMENT, None, None),
        (CLOSED + bytes(100), None, None),  # its index says that this is the end
        (FRAGMENT + bytes(7), None, None),
        (INIT, "its movie header announces fragments, and none follows", None),
        (INIT + struct.pack(">I4s", 8, b"moof"), "its movie header announces fragments, and none follows", None),
        (INIT + b"\xff" * 60_000, None, "60,000 bytes behind its moov box are no box"),
        (FRAGMENT + bytes(8), None, "8 bytes behind its mdat box are no box"),
    ],
)  # fmt: skip
def test_a_fragmented_movie_holds_what_its_header_announces(
    data: bytes, truncated: str | None, corrupt: str | None
) -> None:
    found = read("video/mp4", data)
    assert (found.truncated, found.corrupt) == (truncated, corrupt)
    part = read("video/mp4", data, whole=False)
    assert (part.truncated, part.corrupt) == (None, None)


def test_a_fragmented_movie_uploaded_as_text_is_one_finding() -> None:
    assert errors(as_text(FRAGMENTED), "video/mp4") == ["corrupt-media"]


@pytest.mark.parametrize(
    ("name", "declared"),
    [("soundonly.mp4", "audio/mp4"), ("sound.3gp", "audio/3gpp")],
)
@pytest.mark.parametrize("whole", [True, False])
def test_sound_cut_before_its_movie_header_has_the_type_it_is_said_to_have(
    name: str, declared: str, whole: bool
) -> None:
    data = fixture(name)
    part = data[: data.index(b"moov") // 2]
    for one in (declared, declared.replace("audio/", "video/")):
        found = examine(part, whole=whole, length=len(data), declared=one, extension=None).content
        assert found.detected_type == one
        assert found.truncated is None or whole


def test_a_cut_of_sound_in_mp4_is_one_finding_beside_its_type() -> None:
    data = fixture("soundonly.mp4")
    cut = data[: data.index(b"moov") // 2]
    assert errors(cut, "audio/mp4") == ["truncated-media", "unaccepted-media-type"]
    assert errors(cut, "video/mp4") == ["truncated-media"]


def avi(*chunks: bytes, size: int | None = None, behind: bytes = b"") -> bytes:
    """The AVI of the fixtures with another movie."""
    whole = fixture("part2.avi")
    headers = whole[12 : whole.index(b"movi") - 8]
    movie = b"movi" + b"".join(chunks)
    stated = len(movie) if size is None else size
    body = b"AVI " + headers + struct.pack("<4sI", b"LIST", stated) + movie + behind
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def chunk(name: bytes, content: bytes, pad: bool = True) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + bytes(len(content) % 2 * pad)


PICTURE, SOUND = chunk(b"00dc", bytes(10)), chunk(b"01wb", bytes(5))
INDEX = chunk(b"idx1", bytes(16))


@pytest.mark.parametrize(
    "data",
    [
        fixture("part2.avi"),
        avi(PICTURE, SOUND, PICTURE, behind=INDEX),
        avi(SOUND, PICTURE, SOUND, behind=INDEX),  # an odd chunk with its pad byte
        avi(chunk(b"01wb", bytes(5), pad=False), PICTURE, chunk(b"01wb", b"abc", pad=False)),
        avi(chunk(b"LIST", b"rec " + PICTURE + SOUND), chunk(b"LIST", b"rec " + SOUND)),
        avi(chunk(b"ix00", bytes(24)), chunk(b"JUNK", bytes(99)), PICTURE),
        avi(PICTURE, struct.pack("<4sI", b"00dc", 0xFFFF_FFFF) + bytes(50)),
        avi(PICTURE, bytes(40), size=0),
        avi(PICTURE, b"\xff" * 40, size=0xFFFF_FFFF),
        avi(),
        avi(PICTURE) + struct.pack("<4sI4s", b"RIFF", 16 + len(PICTURE), b"AVIX") + chunk(b"LIST", b"movi" + PICTURE),
    ],
)  # fmt: skip
def test_movies_of_whole_avi_files(data: bytes) -> None:
    found = read("video/x-msvideo", data)
    assert (found.truncated, found.corrupt, found.overrun) == (None, None, None)


@pytest.mark.parametrize(
    "data",
    [
        avi(PICTURE, bytes(40)),
        avi(PICTURE, b"\xff" * 40),
        avi(PICTURE, b"\x80bcd" + bytes(4), PICTURE),
        avi(chunk(b"01wb", bytes(5), pad=False), bytes(40)),
        avi(PICTURE, struct.pack("<4sI", b"00dc", 11) + bytes(10)),
        avi(PICTURE, size=10_000, behind=bytes(20)),
        avi(chunk(b"LIST", b"rec " + PICTURE + b"\x90\x91\x92\x93" + bytes(4))),
        avi(PICTURE) + struct.pack("<4sI4s", b"RIFF", 40, b"AVIX") + chunk(b"LIST", b"movi" + bytes(24)),
    ],
)  # fmt: skip
def test_chunks_of_a_movie_that_do_not_follow_each_other(data: bytes) -> None:
    found = read("video/x-msvideo", data)
    assert (found.corrupt or "").startswith("the chunks of its movie do not follow each other")
    assert found.truncated is None


def test_an_avi_that_does_not_come_to_its_movie_is_corrupt() -> None:
    data = as_text(fixture("part2.avi"))
    assert read("video/x-msvideo", data).corrupt == "its chunks do not lead to the movie (movi)"
    assert errors(data, "video/x-msvideo") == ["corrupt-media"]


def test_a_movie_of_too_many_chunks_is_an_overrun() -> None:
    data = avi(chunk(b"00dc", b"") * (MAX_ITEMS + 1))
    assert read("video/x-msvideo", data).overrun == "it has more than 100,000 chunks"


MPEG = fixture("mpeg1.mpg")
PACKET = MPEG.index(b"\0\0\1\xe0", 1)


@pytest.mark.parametrize(
    "data",
    [
        MPEG[:PACKET] + bytes(2_000) + MPEG[PACKET:],  # a sector that is filled up
        MPEG[:PACKET] + b"\xff" * 2_000 + MPEG[PACKET:],
        MPEG + bytes(3),
        MPEG[:-4] + b"\0\0\1\xb9",
        MPEG[:-4] + b"\0\0\1\xb9\0",
    ],
)
def test_program_streams_that_are_whole(data: bytes) -> None:
    found = read("video/mpeg", data)
    assert (found.truncated, found.corrupt) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        as_text(MPEG),
        MPEG[: PACKET + 500] + MPEG[PACKET + 800 :],
        MPEG[:PACKET] + b"lost" + MPEG[PACKET:],
    ],
)
def test_packets_that_do_not_follow_each_other(data: bytes) -> None:
    assert (read("video/mpeg", data).corrupt or "").startswith(
        "its packets do not follow each other"
    )


@pytest.mark.parametrize("there", [3, 4, 5])
def test_a_cut_inside_a_packet_header_is_found(there: int) -> None:
    found = read("video/mpeg", MPEG[: PACKET + there])
    assert found.truncated == f"it ends {there} bytes into a packet header"
    assert read("video/mpeg", MPEG[: PACKET + there], whole=False).truncated is None


FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # 128 kbit/s, 44.1 kHz
TAG = b"TAG" + b"x" * 125


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_an_mp3_of_few_frames_and_a_tag_is_whole(frames: int) -> None:
    found = examine(
        FRAME * frames + TAG, whole=True, length=None, declared="audio/mpeg", extension="mp3"
    )
    assert found.audio is not None and found.audio.problem is None
    assert found.audio.duration_s == round(frames * 1152 / 44_100, 6)
    assert found.content.truncated is None


def test_a_tag_that_says_it_is_the_whole_file_hides_no_frames() -> None:
    tag = b"APETAGEX" + struct.pack("<III", 2_000, 32 + 4_170, 0) + b"\0\0\0\0" + bytes(8)
    audio = read("audio/mpeg", FRAME * 10 + tag).audio
    assert audio is not None and (audio.problem, audio.duration_s) == (None, 0.261224)


def counted(frames: int, size: int) -> bytes:
    """The header frame that says how many frames and bytes follow."""
    head = b"\xff\xfb\x90\x00" + bytes(32) + b"Info" + struct.pack(">III", 3, frames, size)
    return head + bytes(417 - len(head))


HEADER = counted(40, 41 * 417)


@pytest.mark.parametrize(
    ("data", "truncated", "corrupt"),
    [
        (HEADER + FRAME * 40, None, None),
        (HEADER + FRAME * 20 + bytes(20 * 417), "its header says 40 frames, and 20 are there", None),
        (HEADER + FRAME * 20 + bytes(20 * 417) + TAG, "its header says 40 frames, and 20 are there", None),
        (HEADER + FRAME * 39 + bytes(417), None, None),  # encoders count the header frame, or do not
        (HEADER + FRAME * 20 + b"x" * 500 + FRAME * 20, None, None),  # all is there, and something else
        (HEADER + FRAME * 10 + b"x" * 2_085 + FRAME * 25, None, "its header says 40 frames, and 35 are there, with other bytes between them"),
        (counted(40, 20 * 417) + FRAME * 20, None, None),  # a header that nothing proves
    ],
)  # fmt: skip
def test_frames_that_the_header_of_an_mp3_proves_lost(
    data: bytes, truncated: str | None, corrupt: str | None
) -> None:
    found = read("audio/mpeg", data)
    assert (found.truncated, found.corrupt) == (truncated, corrupt)


def adpcm(tag: int, byte_rate: int, samples: int, fact: int | None = None) -> bytes:
    """100 seconds of blocks of 256 bytes at 8 kHz, in one channel."""
    fmt = struct.pack("<HHIIHHHH", tag, 1, 8_000, byte_rate, 256, 4, 2, samples)
    known = chunk(b"fact", struct.pack("<I", fact)) if fact is not None else b""
    blocks = -(-800_000 // samples)
    body = b"WAVE" + chunk(b"fmt ", fmt) + known + chunk(b"data", bytes(256 * blocks))
    return struct.pack("<4sI", b"RIFF", len(body)) + body


@pytest.mark.parametrize(
    ("tag", "samples", "fact", "seconds"),
    [
        (0x0011, 505, None, 100.05),
        (0x0011, 505, 800_000, 100.0),
        (0x0011, 505, 8, 100.05),  # a number that fits no length
        (0x0002, 500, None, 100.0),
    ],
)
@pytest.mark.parametrize("byte_rate", [16_000, 4_055, 0])
def test_adpcm_lasts_as_long_as_its_blocks(
    tag: int, samples: int, fact: int | None, seconds: float, byte_rate: int
) -> None:
    audio = read("audio/wav", adpcm(tag, byte_rate, samples, fact)).audio
    assert audio is not None and audio.duration_s is not None
    assert round(audio.duration_s, 2) == pytest.approx(seconds, abs=0.011)
    assert audio.bitrate is not None and audio.bitrate < 33_000


def asf(stated: int, *objects: bytes) -> bytes:
    """The film of the fixtures with objects behind it, in a file that should have so many bytes more."""
    data = bytearray(fixture("video.wmv"))
    at = data.index(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")) + 40
    struct.pack_into("<Q", data, at, len(data) + stated)
    return bytes(data) + b"".join(objects)


UNKNOWN = b"an unknown GUID." + struct.pack("<Q", 100) + bytes(76)


@pytest.mark.parametrize(
    ("data", "truncated"),
    [
        (asf(100, UNKNOWN), None),
        (asf(200, UNKNOWN, UNKNOWN), None),
        (asf(100, UNKNOWN[:-1]), "an object should be 100 bytes, and 99 are there"),
        (asf(200, UNKNOWN, UNKNOWN[:40]), "an object should be 100 bytes, and 40 are there"),
        (asf(0, UNKNOWN[:-1]), None),  # behind the end may be anything
        (asf(-50, UNKNOWN[:-1]), None),
        (asf(50), None),  # who edits tags does not always write the new size
    ],
)
def test_an_object_that_nobody_knows_is_cut_where_the_file_should_go_on(
    data: bytes, truncated: str | None
) -> None:
    assert read("video/x-ms-wmv", data).truncated == truncated
