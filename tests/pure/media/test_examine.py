from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import brotli
import pytest

from preflight.media.coding import UndecodableError, undo
from preflight.media.document import describe
from preflight.media.examine import Examined, examine

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"
PHOTO = (MEDIA / "photo.jpg").read_bytes()


def look(
    data: bytes, declared: str | None = "image/jpeg", coding: str | None = None, **options: object
) -> Examined:
    whole = bool(options.get("whole", True))
    bound = options.get("max_output")
    assert bound is None or isinstance(bound, int)
    length = options.get("length", len(data))
    assert length is None or isinstance(length, int)
    return examine(
        data,
        whole=whole,
        length=length,
        declared=declared,
        extension=None,
        coding=coding,
        max_output=bound,
    )


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def test_a_declared_photo() -> None:
    found = look(PHOTO)
    assert found.content.detected_type == "image/jpeg"
    assert found.content.detected_by == "signature table"
    assert found.content.length == len(PHOTO)
    assert found.image is not None
    assert (found.image.width, found.image.height) == (48, 36)
    assert (found.audio, found.video, found.made_with) == (None, None, {})


def test_libmagic_is_listed_where_it_was_asked() -> None:
    found = look(PHOTO, "application/octet-stream")
    by = found.content.detected_by or ""
    assert found.made_with == {by.rpartition(" ")[0]: by.rpartition(" ")[2]}


def test_a_beginning_keeps_the_length_of_the_whole() -> None:
    found = look(PHOTO[:300], whole=False, length=4711)
    assert found.content.length == 4711
    assert not found.content.whole
    assert found.content.truncated is None


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(PHOTO, mtime=0)),
        ("X-GZIP", gzip.compress(PHOTO, mtime=0)),
        ("gzip", gzip.compress(PHOTO[:500], mtime=0) + gzip.compress(PHOTO[500:], mtime=0)),
        ("deflate", zlib.compress(PHOTO)),
        ("deflate", raw_deflate(PHOTO)),
        ("br", brotli.compress(PHOTO)),
        ("identity", PHOTO),
        ("aws-chunked", PHOTO),
        (" aws-chunked , gzip", gzip.compress(PHOTO, mtime=0)),
        ("gzip, deflate", zlib.compress(gzip.compress(PHOTO, mtime=0))),
    ],
)
def test_codings_are_undone(coding: str, data: bytes) -> None:
    found = look(data, coding=coding)
    assert found.content.undecoded is None
    assert found.content.detected_type == "image/jpeg"
    assert found.content.length == len(PHOTO)
    assert found.content.truncated is None


@pytest.mark.parametrize(
    ("coding", "data", "said"),
    [
        ("gzip", b"\0not gzip at all", "its gzip coding is broken"),
        ("gzip", gzip.compress(PHOTO, mtime=0)[:-9], "its gzip coding ends early"),
        ("gzip", gzip.compress(PHOTO, mtime=0)[:-8] + bytes(8), "its gzip coding is broken"),
        ("deflate", b"\xff\xff\xff", "its deflate coding is broken"),
        ("br", b"\xff" * 50, "its br coding is broken"),
        ("br", brotli.compress(PHOTO)[:-9], "its br coding ends early"),
    ],
)
def test_coded_data_that_are_damaged(coding: str, data: bytes, said: str) -> None:
    content = look(data, coding=coding).content
    assert (content.undecoded, content.corrupt, content.overrun) == (said, said, None)
    assert content.detected_type is None


@pytest.mark.parametrize("coding", ["compress", "x-compress", "exi", "gzip, dcb"])
def test_of_a_coding_that_cannot_be_undone_here_nothing_is_said(coding: str) -> None:
    content = look(b"\x1f\x9d\x90", coding=coding).content
    name = coding.rpartition(" ")[2]
    assert (
        content.undecoded == content.overrun == f"its coding is {name}, which cannot be undone here"
    )
    assert (content.detected_type, content.corrupt) == (None, None)
    assert look(PHOTO, coding=coding).content.detected_type == "image/jpeg"


@pytest.mark.parametrize(
    ("data", "detected"),
    [
        (PHOTO, "image/jpeg"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"<!DOCTYPE html><title>Log in</title>", "text/html"),
        (b"\0" * 30, None),
    ],
)
@pytest.mark.parametrize(
    "coding", ["none", "utf-8", "gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip, gzip"]
)
def test_a_coding_that_nobody_knows_leaves_the_bytes_to_look_at(
    coding: str, data: bytes, detected: str | None
) -> None:
    content = look(data, coding=coding).content
    assert content.undecoded is not None
    assert (content.detected_type, content.overrun) == (detected, None)


def test_a_coding_that_was_named_but_not_applied_leaves_the_media_to_look_at() -> None:
    found = look(PHOTO, coding="gzip")
    assert found.content.undecoded == "its gzip coding is broken"
    assert found.content.detected_type == "image/jpeg"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_bombs_stop_at_the_bound(coding: str) -> None:
    zeros = bytes(30_000_000)
    data = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": lambda data: brotli.compress(data, quality=1),
    }[coding](zeros)
    with pytest.raises(UndecodableError, match="unpacks to over 1,000,000 bytes"):
        undo(data, coding, whole=True, max_output=1_000_000)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_coded_beginning_gives_what_it_holds(coding: str) -> None:
    noise = bytes((index * index >> 3) & 0xFF for index in range(60_000))
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[coding]
    packed = pack(noise)
    part = undo(packed[: len(packed) * 3 // 4], coding, whole=False, max_output=None)
    assert part
    assert noise.startswith(part)


def test_gzip_under_a_photo_is_shown_as_gzip() -> None:
    assert look(gzip.compress(PHOTO, mtime=0)).content.detected_type == "application/gzip"


@pytest.mark.parametrize(
    ("data", "characters", "utf8"),
    [
        (b"hello", 5, True),
        ("caf\u00e9".encode(), 4, True),
        ("\ufeffcaf\u00e9".encode(), 4, True),
        (("a" + "\U0001f600" * 50_000).encode(), 50_001, True),
    ],
)
def test_text_facts(data: bytes, characters: int, utf8: bool) -> None:
    content = look(data, "text/plain").content
    assert (content.detected_type, content.characters, content.utf8) == (
        "text/plain",
        characters,
        utf8,
    )


def test_cards_tell_whether_they_are_utf8() -> None:
    card = "BEGIN:VCARD\r\nFN:Zo\u00eb\r\nEND:VCARD\r\n"
    assert look(card.encode("utf-8"), "text/vcard").content.utf8
    assert not look(card.encode("latin-1"), "text/vcard").content.utf8


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("not-found.html", 'an HTML page titled "404 Not Found"'),
        ("access-denied.xml", 'an XML error document: "AccessDenied"'),
        ("error.json", 'a JSON document: message "not found"'),
    ],
)
def test_documents_in_the_place_of_media(name: str, said: str) -> None:
    assert look((MEDIA / name).read_bytes()).content.document == said


@pytest.mark.parametrize(
    ("data", "media_type", "said"),
    [
        (b"<p>no title", "text/html", "an HTML page"),
        (b"<title>\n a &amp;\n b\x1b </title>", "text/html", r'an HTML page titled "a & b\x1b"'),
        (
            "<html><title>caf\u00e9</title>".encode("utf-16"),
            "text/html",
            'an HTML page titled "caf\u00e9"',
        ),
        (b"<?xml version='1.0'?><rss></rss>", "text/xml", "an XML document: <rss>"),
        (
            b"<s:Envelope><s:Fault><faultstring>no</faultstring></s:Fault></s:Envelope>",
            "text/xml",
            'an XML error document: "no"',
        ),
        (b"[]", "application/json", "a JSON document"),
        (b'{"ok": 1}', "application/json", 'a JSON document: ok "1"'),
        (b"\xff\xd8\xff", "image/jpeg", None),
        (b"anything", None, None),
    ],
)
def test_describe(data: bytes, media_type: str | None, said: str | None) -> None:
    assert describe(data, media_type) == said


def test_pillow_speaks_where_our_reader_cannot() -> None:
    png = (MEDIA / "photo.png").read_bytes()
    body = png[16:29] + b"\x00"
    longer = (
        png[:8]
        + struct.pack(">I", 14)
        + b"IHDR"
        + body
        + struct.pack(">I", zlib.crc32(b"IHDR" + body))
        + png[33:]
    )
    found = look(longer, "image/png")
    assert found.image is not None
    assert (found.image.width, found.image.problem) == (48, None)
    assert "Pillow" in found.made_with
    neither = look(b"\xff\xd8\xff\xd9")
    assert neither.image is not None
    assert neither.image.problem
    assert neither.made_with == {}


@pytest.mark.parametrize("name", sorted(path.name for path in MEDIA.iterdir() if path.is_file()))
@pytest.mark.parametrize("declared", [None, "image/png", "audio/mpeg", "video/mp4"])
def test_no_damage_makes_it_raise(name: str, declared: str | None) -> None:
    data = (MEDIA / name).read_bytes()
    for step in range(12):
        cut = len(data) * step // 12
        damaged = data[:cut] + bytes([255 - byte for byte in data[cut : cut + 9]]) + data[cut + 9 :]
        for body in (data[:cut], damaged):
            for whole in (True, False):
                assert look(body, declared, whole=whole).content.length == len(body)
