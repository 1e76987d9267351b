"""A movie that is several kinds of file at once may be sent as each of them: real files, with other brands."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from helpers.bodies import errors

from preflight.media.examine import examine

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"
LATE, SOUND, MOV = ((FIXTURES / name).read_bytes() for name in ("late.mp4", "sound.3gp", "quicktime.mov"))  # fmt: skip


def rebranded(data: bytes, *brands: bytes) -> bytes:
    """The movie with these brands, its boxes and offsets where they were."""
    size = int.from_bytes(data[:4])
    box = b"ftyp" + brands[0] + b"\0\0\2\0" + b"".join(brands[1:])
    head = struct.pack(">I", len(box) + 4) + box
    free = size - len(head)
    assert free == 0 or free >= 8
    return (
        head + (struct.pack(">I4s", free, b"free") + bytes(free - 8) if free else b"") + data[size:]
    )


def unbranded(data: bytes) -> bytes:
    """The movie as if it were older than brands."""
    return data[:4] + b"free" + data[8:]


@pytest.mark.parametrize(
    ("data", "declared", "detected"),
    [
        (rebranded(LATE, b"isom", b"isom", b"3gp4"), "video/3gpp", "video/3gpp"),
        (rebranded(LATE, b"isom", b"isom", b"3gp4"), "video/mp4", "video/mp4"),
        (rebranded(LATE, b"isom", b"isom", b"3gp4"), "application/octet-stream", "video/mp4"),
        (rebranded(LATE, b"isom", b"isom", b"3gp4"), None, "video/mp4"),
        (rebranded(LATE, b"3gp5", b"3gp5", b"mp42"), "video/mp4", "video/mp4"),
        (rebranded(LATE, b"3gp5", b"3gp5", b"mp42"), "video/3gpp", "video/3gpp"),
        (rebranded(LATE, b"mp42", b"3g2a", b"3gp6"), "video/3gpp2", "video/3gpp2"),
        (rebranded(LATE, b"mp42", b"qt  "), "video/quicktime", "video/quicktime"),
        (rebranded(SOUND, b"isom", b"3gp4"), "audio/3gpp", "audio/3gpp"),
        (rebranded(SOUND, b"isom", b"3gp4"), "video/3gpp", "audio/3gpp"),
        (rebranded(SOUND, b"3gp4", b"mp42"), "video/mp4", "audio/mp4"),
        (unbranded(LATE), "video/mp4", "video/mp4"),
        (unbranded(LATE), "video/quicktime", "video/quicktime"),
        (unbranded(LATE), None, "video/quicktime"),
    ],
)
def test_each_kind_that_it_lists_fits(data: bytes, declared: str | None, detected: str) -> None:
    found = examine(data, whole=True, length=len(data), declared=declared, extension=None).content
    assert found.detected_type == detected
    assert declared is None or "media-type-mismatch" not in errors(data, declared)


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (LATE, "video/3gpp"),
        (LATE, "video/quicktime"),
        (LATE, "audio/mp4"),
        (rebranded(LATE, b"isom", b"3gp4"), "video/3gpp2"),
        # The base format, which AVIF and HEIC list as well, makes no MP4 of a 3GP.
        (rebranded(LATE, b"3gp4", b"isom", b"iso2"), "video/mp4"),
        (rebranded(LATE, b"3gp4", b"avc1"), "video/mp4"),
        (rebranded(LATE, b"avis", b"iso8", b"mp41"), "video/mp4"),
        (unbranded(LATE), "video/3gpp"),
        (unbranded(MOV), "video/mp4"),  # its handlers are QuickTime's
        (MOV, "video/mp4"),
    ],
)
def test_a_kind_that_it_does_not_list_is_a_mismatch(data: bytes, declared: str) -> None:
    assert "media-type-mismatch" in errors(data, declared)


@pytest.mark.parametrize(
    ("data", "also"),
    [
        (rebranded(LATE, b"isom", b"isom", b"3gp4"), ("video/3gpp",)),
        (rebranded(LATE, b"qt  ", b"mp42"), ("video/mp4",)),
        (unbranded(LATE), ("video/mp4",)),
        (MOV, ()),
        (LATE, ()),
        (SOUND, ("video/3gpp",)),  # the form for any tracks may be used for sound alone
    ],
)
def test_what_a_movie_is_besides(data: bytes, also: tuple[str, ...]) -> None:
    found = examine(
        data, whole=True, length=None, declared="application/octet-stream", extension=None
    )
    assert found.content.also == also
