"""What shows that an engine of libmagic's kind answers rightly: beginnings of media whose type is certain."""

from __future__ import annotations

from collections.abc import Callable

from ..mediatype import canonical

_BEGINNINGS: tuple[tuple[str, bytes, int, bytes], ...] = (
    ("image/jpeg", bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300"), 4096, b"\x10"),
    ("image/png", b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d494844520000001000000010080200000090916836"), 512, b"\0"),
    ("image/gif", b"GIF89a\x10\0\x10\0\x80\0\0", 64, b"\0"),
    ("image/bmp", b"BM" + bytes.fromhex("36030000000000003600000028000000100000001000000001001800"), 822, b"\0"),
    ("image/webp", b"RIFF\0\x04\0\0WEBPVP8 \xf4\x03\0\0", 1032, b"\0"),
    ("audio/wav", b"RIFF\0\x10\0\0WAVEfmt " + bytes.fromhex("1000000001000100401f0000803e000002001000") + b"data", 4096, b"\0"),
    ("video/mp4", b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\x08free", 256, b"\0"),
    ("video/3gpp", b"\0\0\0\x18ftyp3gp4\0\0\x02\0isom3gp4\0\0\0\x08free", 256, b"\0"),
    ("audio/amr", b"#!AMR\n", 326, b"\x3c"),
    ("application/pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", 256, b" "),
    ("application/zip", b"PK\x03\x04" + bytes.fromhex("14000000000000002100000000000000000000000000050000006142632e63"), 128, b"a"),
    ("text/plain", b"A plain line of text that is long enough for anyone to tell what it is.\n" * 2, 144, b"\n"),
)  # fmt: skip
"""Canonical type, beginning, and the length in bytes to which it is filled up with what."""


def samples() -> list[tuple[str, bytes]]:
    """The canonical type and the bytes of each sample."""
    return [(wanted, begun.ljust(length, fill)) for wanted, begun, length, fill in _BEGINNINGS]


def canary(answer: Callable[[bytes], str]) -> str | None:
    """Ask for each sample; None where all answers are right, else one clause that names the first wrong one."""
    for wanted, sample in samples():
        try:
            said = canonical(answer(sample).partition(";")[0].strip().lower())
        except Exception as error:
            return f"raises {type(error).__name__} on {wanted}"
        if said != wanted:
            return f"takes {wanted} for {said or 'nothing'}"
    return None
