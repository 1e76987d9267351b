from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from preflight.media import libmagic, signature
from preflight.media.identify import STRUCTURE, TABLE, Identified, identify

MEDIA = Path(__file__).parents[3] / "fixtures" / "media"
GENERIC = "application/octet-stream"


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    body = major + bytes(4) + b"".join(compatible)
    return (len(body) + 8).to_bytes(4) + b"ftyp" + body


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (len(body) + 8).to_bytes(4) + kind + body


def handler(kind: bytes) -> bytes:
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + kind + bytes(13))))


def riff(form: bytes, body: bytes = b"", mark: bytes = b"RIFF") -> bytes:
    return mark + (len(body) + 4).to_bytes(4, "little") + form + body


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


def id3(size: int) -> bytes:
    return b"ID3\x04\x00\x00" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


MP3 = (b"\xff\xfb\x90\x00" + bytes(413)) * 6
FREE = (b"\xff\xfb\x00\x00" + bytes(396)) * 6
ADTS = (b"\xff\xf1\x50\x80\x08\x1f\xfc" + bytes(57)) * 6
ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_AUDIO = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")
ASF_VIDEO = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nEND:VCARD\r\n"
EVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
JFIF = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300")

CASES: list[tuple[str, bytes, str | None]] = [
    ("jpeg", JFIF + bytes(64), "image/jpeg"),
    ("jpeg of three bytes", b"\xff\xd8\xff", "image/jpeg"),
    ("png signature alone", b"\x89PNG\r\n\x1a\n", "image/png"),
    ("gif of 35 bytes", b"GIF89a\x01\x00\x01\x00\x80\x00\x00".ljust(35, b"\x00"), "image/gif"),
    ("BM as text", b"BM is not a bitmap, it is two letters", "text/plain"),
    ("bmp", b"BM" + bytes(12) + b"\x28\x00\x00\x00" + bytes(40), "image/bmp"),
    ("os/2 bmp", b"BM" + bytes(12) + b"\x0c\x00\x00\x00" + bytes(40), "image/bmp"),
    ("webp", riff(b"WEBP", b"VP8 "), "image/webp"),
    ("wbmp", bytes([0, 0, 9, 2]) + bytes(4), "image/vnd.wap.wbmp"),
    ("wbmp of two-byte sizes", bytes([0, 0, 0x81, 0x00, 1]) + bytes(16), "image/vnd.wap.wbmp"),
    ("wbmp one byte short", bytes([0, 0, 9, 2]) + bytes(3), None),
    ("heic", ftyp(b"heic", b"mif1"), "image/heic"),
    ("heic sequence", ftyp(b"hevc", b"msf1"), "image/heic"),
    ("mif1 with heic", ftyp(b"mif1", b"mif1", b"heic"), "image/heic"),
    ("mif1 with avif", ftyp(b"mif1", b"avif", b"miaf"), "image/avif"),
    ("mif1 alone", ftyp(b"mif1", b"miaf"), "image/heif"),
    ("mif2 unknown to libmagic", ftyp(b"mif2", b"avif"), "image/avif"),
    ("avif", ftyp(b"avif", b"mif1"), "image/avif"),
    ("mp4", ftyp(b"isom", b"mp41"), "video/mp4"),
    ("m4a", ftyp(b"M4A ", b"isom"), "audio/mp4"),
    ("m4b", ftyp(b"M4B ", b"isom"), "audio/mp4"),
    ("MSNV is a video brand", ftyp(b"MSNV", b"isom"), "video/mp4"),
    ("m4v", ftyp(b"M4VP"), "video/mp4"),
    ("f4v", ftyp(b"f4v "), "video/mp4"),
    ("qt named .mp4", ftyp(b"qt  "), "video/quicktime"),
    ("3gp", ftyp(b"3gp5", b"isom"), "video/3gpp"),
    ("3gf9", ftyp(b"3gf9"), "video/3gpp"),
    ("3g2", ftyp(b"3g2a"), "video/3gpp2"),
    ("kddi", ftyp(b"kddi", b"3g2a"), "video/3gpp2"),
    ("unknown brand, known second", ftyp(b"zzzz", b"yyyy", b"3gp4"), "video/3gpp"),
    ("no brand known, sound", ftyp(b"zzzz", b"yyyy") + box(b"moov", handler(b"soun")), "audio/mp4"),
    ("no brand known, film", ftyp(b"zzzz") + box(b"moov", handler(b"soun") + handler(b"vide")), "video/mp4"),
    ("free before ftyp", box(b"free", bytes(9)) + ftyp(b"mp42"), "video/mp4"),
    ("wide, mdat, moov", box(b"wide") + box(b"mdat", bytes(80)) + box(b"moov", bytes(60)), "video/quicktime"),
    ("avi", riff(b"AVI ", bytes(60)), "video/x-msvideo"),
    ("mpeg program stream", b"\x00\x00\x01\xba\x44" + bytes(60), "video/mpeg"),
    ("mpeg elementary stream", b"\x00\x00\x01\xb3\x14" + bytes(60), "video/mpeg"),
    ("wmv", ASF + bytes(50) + ASF_AUDIO + ASF_VIDEO, "video/x-ms-wmv"),
    ("wma", ASF + bytes(50) + ASF_AUDIO, "audio/x-ms-wma"),
    ("webm", b"\x1aE\xdf\xa3\x87\x42\x82\x84webm", "video/webm"),
    ("webm, long DocType length", b"\x1aE\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88webm\x00\x00\x00\x00", "video/webm"),
    ("matroska", b"\x1aE\xdf\xa3\x8b\x42\x82\x88matroska" + bytes(50), "video/x-matroska"),
    ("wav", riff(b"WAVE", b"fmt "), "audio/wav"),
    ("rifx", riff(b"WAVE", b"fmt ", b"RIFX"), "audio/wav"),
    ("rf64", riff(b"WAVE", b"ds64", b"RF64"), "audio/wav"),
    ("rmid", riff(b"RMID", b"data"), "audio/midi"),
    ("midi", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60MTrk", "audio/midi"),
    ("qcp", riff(b"QLCM", b"fmt "), "audio/qcelp"),
    ("amr", b"#!AMR\n" + b"\x3c" * 40, "audio/amr"),
    ("amr-wb", b"#!AMR-WB\n" + b"\x3c" * 40, "audio/amr-wb"),
    ("evrc", b"#!EVRC\n\x04", "audio/evrc"),
    ("flac", b"fLaC\x00\x00\x00\x22" + bytes(64), "audio/flac"),
    ("flac behind junk", b"\x01\x02\x03junk" + b"fLaC\x00\x00\x00\x22" + bytes(64), "audio/flac"),
    ("flac behind id3", id3(9) + bytes(9) + b"fLaC\x00\x00\x00\x22" + bytes(64), "audio/flac"),
    ("ogg", b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead", "audio/ogg"),
    ("ogg film", b"OggS\x00\x02" + bytes(22) + b"\x01\x2a\x80theora", "video/ogg"),
    ("mp3", MP3, "audio/mpeg"),
    ("mp3 of one frame", MP3[:417], "audio/mpeg"),
    ("mp3 in free format", FREE, "audio/mpeg"),
    ("mp3 behind id3", id3(20) + bytes(20) + MP3, "audio/mpeg"),
    ("mp3 behind id3 and padding", id3(20) + bytes(700) + MP3, "audio/mpeg"),
    ("mp3 behind id3 that says too little", id3(20) + b"TIT2" * 90 + MP3, "audio/mpeg"),
    ("mp3 behind id3 that says too much", id3(1000) + b"TIT2" * 9 + MP3, "audio/mpeg"),
    ("id3 that never ends", id3(300_000) + b"APIC" * 900, "audio/mpeg"),
    ("mp3 behind junk", bytes(10) + MP3, "audio/mpeg"),
    ("mp3 cut into a frame", MP3[100:], "audio/mpeg"),
    ("adts", ADTS, "audio/aac"),
    ("adts cut into a frame", ADTS[30:], "audio/aac"),
    ("aiff", b"FORM\x00\x00\x00\x2eAIFFCOMM", "audio/aiff"),
    ("transport stream", (b"G" + bytes(187)) * 4, "video/mp2t"),
    ("icon", b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x68\x04\x00\x00\x16\x00\x00\x00", "image/vnd.microsoft.icon"),
    ("tiff", b"MM\x00*\x00\x00\x00\x08\x00\x00", "image/tiff"),
    ("two id3 tags", id3(9) + bytes(9) + id3(20) + bytes(20) + MP3, "audio/mpeg"),
    ("ogg behind id3", id3(9) + bytes(9) + b"OggS\x00\x02" + bytes(64), "audio/ogg"),
    ("adts behind id3", id3(9) + bytes(9) + ADTS, "audio/aac"),
    ("large box before ftyp", b"\x00\x00\x00\x01free" + (40).to_bytes(8) + bytes(24) + ftyp(b"M4A "), "audio/mp4"),
    ("pdf", b"%PDF-1.4\n", "application/pdf"),
    ("pdf behind junk", b"junk\n" * 100 + b"%PDF-1.4\n1 0 obj", "application/pdf"),
    ("zip", zipped("a.txt", "pass.json"), "application/zip"),
    ("pass", zipped("signature", "icon.png", "manifest.json", "pass.json"), "application/vnd.apple.pkpass"),
    ("pass behind a stub", b"PK\x03\x04" + zipped("pass.json", "manifest.json", "signature"), "application/vnd.apple.pkpass"),
    ("gzip", b"\x1f\x8b\x08\x00" + bytes(60), "application/gzip"),
    ("vcard", CARD.encode(), "text/vcard"),
    ("vcard with bom", CARD.encode("utf-8-sig"), "text/vcard"),
    ("vcard behind a blank line", b"\r\n" + CARD.encode(), "text/vcard"),
    ("vcard in lower case", CARD.lower().encode(), "text/vcard"),
    ("vcard in UTF-16", CARD.encode("utf-16"), "text/vcard"),
    ("vcard in UTF-16 without bom", CARD.encode("utf-16-be"), "text/vcard"),
    ("vcard in Latin-1", CARD.replace("Ada", "Zo\u00eb").encode("latin-1"), "text/vcard"),
    ("calendar", EVENT.encode(), "text/calendar"),
    ("calendar with bom, lower case", EVENT.lower().encode("utf-8-sig"), "text/calendar"),
    ("vcalendar 1.0", EVENT.replace("2.0", "1.0").encode(), "text/calendar"),
    ("event without calendar", b"BEGIN:VEVENT\nEND:VEVENT\n", "text/calendar"),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
    ("svg behind all that may precede", "\ufeff\n<?xml version='1.0'?><!-- x --><!DOCTYPE svg [<!ENTITY a '>'>]>\n<svg:svg/>".encode(), "image/svg+xml"),
    ("svg behind a long comment", b"<!--" + b"x" * 9000 + b"--><svg></svg>", "image/svg+xml"),
    ("html", b"<!doctype html><p>hi", "text/html"),
    ("html in UTF-16", "<HTML><Body>hi".encode("utf-16"), "text/html"),
    ("html fragment behind space and comment", b"\n \t<!-- c --><SCRIPT>1</SCRIPT>", "text/html"),
    ("xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "text/html"),
    ("xml", b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "text/xml"),
    ("text with the name of a box", b"The moov begins at eight", "text/plain"),
    ("text with another", b"Get free coffee at eight", "text/plain"),
    ("text with an arrow", b"<3 you all, see you at 8", "text/plain"),
    ("json", b' {"error": "nope"}', "application/json"),
    ("text in brackets", b"[Sale] 20% off today", "text/plain"),
    ("one letter", b"a", "text/plain"),
    ("utf-8", "caf\u00e9".encode(), "text/plain"),
    ("latin-1 text", "caf\u00e9 au lait".encode("latin-1"), None),
    ("text with NUL", b"hello\x00world", None),
    ("text with ESC", b"hello \x1b[31mworld", None),
    ("noise", bytes((index * 73 + index // 7 * 31) & 0xFF | 1 for index in range(3000)), None),
    ("zeros", bytes(3000), None),
    ("text about tags", b"ID3v2 frames\n============\n", "text/plain"),
    ("byte order mark and chance headers", b"".join(b"\xff\xfe\x00\xa3" + b"\xf0" * gap for gap in (60, 300, 900)), None),
    ("pixels with chance headers", b"\x01LAF" + (b"\xff\xff\x80\x80" + b"\x0f" * 272 + b"\xff\xff\x00\x80" + b"\x0f" * 29) * 9, None),
    ("nothing", b"", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_type_from_bytes_whatever_was_declared(data: bytes, wanted: str | None) -> None:
    assert identify(data, GENERIC).media_type == wanted
    assert identify(data, None).media_type == wanted
    assert identify(data, "image/jpeg").media_type == wanted
    if wanted is not None:
        assert identify(data, wanted).media_type == wanted


@pytest.mark.parametrize(
    ("data", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_type_does_not_depend_on_libmagic(
    data: bytes, wanted: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        libmagic, "_state", libmagic._State(engine=None, reason="libmagic unusable: none")
    )
    found = identify(data, GENERIC)
    assert found.media_type == wanted
    assert found.by in (TABLE, STRUCTURE)


@pytest.mark.parametrize("name", sorted(path.name for path in MEDIA.iterdir() if path.is_file()))
def test_fixtures_are_what_their_names_say(name: str) -> None:
    from preflight.mediatype import extension_types

    expected = extension_types(name.rpartition(".")[2]) or frozenset({"image/jpeg"})
    assert identify((MEDIA / name).read_bytes()).media_type in expected


def test_table_confirms_without_asking_libmagic(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> str | None:
        raise AssertionError("libmagic was asked")

    monkeypatch.setattr(libmagic, "ask", fail)
    assert identify(JFIF, "image/jpeg").by == TABLE
    assert identify(MP3, "audio/mpeg").by == TABLE
    assert identify(CARD.encode(), "text/plain").media_type == "text/vcard"


@pytest.mark.parametrize("media_type", signature.PLAIN)
def test_first_bytes_that_confirm_a_type_show_no_other(media_type: str) -> None:
    for prefix in signature.PLAIN[media_type]:
        data = prefix + bytes(40)
        assert signature.match(data) == media_type
        assert identify(data, media_type) == Identified(media_type=media_type, by=TABLE)


def test_libmagic_is_named_with_its_version() -> None:
    found = identify((MEDIA / "photo.jpg").read_bytes(), GENERIC)
    assert found.by == libmagic.version()
    assert found.by.partition(" ")[0] in ("libmagic", "pure-magic-rs")


def test_a_cut_character_is_only_excused_in_a_beginning() -> None:
    data = "caf\u00e9".encode()[:-1]
    assert identify(data, GENERIC, whole=True).media_type is None
    assert identify(data, GENERIC, whole=False).media_type == "text/plain"


def test_office_file_is_left_to_libmagic() -> None:
    data = zipped("mimetype")
    assert identify(data, GENERIC).media_type == "application/zip"
