"""Plain text in a charset that its bytes do not tell: taken where it is declared, never guessed where it is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from helpers.bodies import errors, judged
from hypothesis import given
from hypothesis import strategies as st

from preflight.media.charset import declared_characters
from preflight.media.examine import examine

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"

TEXTS = [
    (b"Caf\xe9 20% off", 12),  # ISO-8859-1
    (b"it\x92s \x80 5", 8),  # Windows-1252
    (b"\x82\xb1\x82\xf1", 4),  # Shift_JIS: two characters, but nobody can tell
    (b"\xff\xfeh\x00i\x00", 2),
    (b"\xfe\xff\x00h\x00i", 2),
    (b"h\x00i\x00 \x00\xac\x20", 4),  # UTF-16LE, which has no mark where the charset says it
    (b"\x00h\x00i", 2),
    (b"\xff\xfe\x3d\xd8\x00\xde", 1),  # one character of two units
    (b"hello\x0bworld", 11),
    (b"hello\x1b[0m", 9),
    (b"hi\r\n\x1a", 5),  # the end-of-file byte of DOS
    (b"a\x7fb", 3),
    (b"caf\xc3", 4),
]

BINARIES = [
    b"hello\x00",
    b"hi\x1athere",
    b"\x07\x08caf\xe9",
    b"caf\xe9\x01",
    b"\xff\xfeh\x00\x00\x00",  # NUL in UTF-16
    b"\xff\xfeh\x00i",  # half a unit
    b"\xff\xfe\x00\xd8h\x00",  # half a pair
    b"\x02\x00\x03\x00\x04\x00",
    b"\xff\xfe\x00\x00h\x00\x00\x00",  # UTF-32, which no mail or handset reads
]


@pytest.mark.parametrize(("data", "characters"), TEXTS)
def test_a_declared_text_is_one_in_whichever_charset(data: bytes, characters: int) -> None:
    content = examine(
        data, whole=True, length=len(data), declared="text/plain", extension=None
    ).content
    assert (content.detected_type, content.characters) == ("text/plain", characters)
    assert errors(data, "text/plain; charset=ISO-8859-1") == []
    assert errors(data, "application/octet-stream") == ["unresolved-octet-stream"]
    assert errors(data, "image/jpeg") == ["media-type-mismatch"]


@pytest.mark.parametrize("data", BINARIES)
def test_controls_that_no_text_holds_are_a_mismatch(data: bytes) -> None:
    assert declared_characters(data) is None
    assert errors(data, "text/plain") == ["media-type-mismatch"]


def test_a_text_of_one_byte_a_character_has_the_limit_of_texts() -> None:
    assert errors(b"\xe9" * 5_000, "text/plain") == []
    assert errors(b"\xe9" * 5_001, "text/plain") == ["content-too-large"]


@pytest.mark.parametrize(
    ("data", "rules"),
    [
        (b"<html><title>caf\xe9</title>", ["web-page-content"]),
        (b'{"error": "caf\xc3\xa9"}', ["web-page-content"]),
        (b"BEGIN:VCARD\r\nFN:Zo\xeb\r\nEND:VCARD\r\n", []),
        ((MEDIA / "photo.jpg").read_bytes(), ["media-type-mismatch"]),
    ],
)
def test_what_the_bytes_do_tell_stands(data: bytes, rules: list[str]) -> None:
    assert errors(data, "text/plain; charset=ISO-8859-1") == rules


def test_random_bytes_are_no_text() -> None:
    noise = random.Random(20_260_101)  # the same bytes each time
    for _ in range(200):
        assert declared_characters(noise.randbytes(400)) is None


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=2))
def test_every_text_is_a_text_with_its_mark(text: str) -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert declared_characters(mark + text.encode(encoding)) == len(text)


@given(st.binary(min_size=1, max_size=40))
def test_a_beginning_is_a_text_where_the_whole_is(data: bytes) -> None:
    if declared_characters(data) is not None:
        for end in range(4, len(data)):
            assert declared_characters(data[:end], whole=False) is not None


def test_the_message_of_a_mismatch() -> None:
    [finding] = [one for one in judged(b"a\x00b", "text/plain").findings if one.rule.startswith("media")]  # fmt: skip
    assert finding.message.startswith(
        "The Content-Type is text/plain, but the bytes look like no known media"
    )
