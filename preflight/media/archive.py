"""ZIP archives: whether one is an Apple Wallet pass. Reads the central directory itself; nothing is unpacked."""

from __future__ import annotations

from collections.abc import Iterator

_PASS = frozenset({b"pass.json", b"manifest.json", b"signature"})
_MAX_ENTRIES = 10_000
_MAX_COMMENT = 65_535


def zip_type(data: bytes) -> str:
    """application/vnd.apple.pkpass where the archive holds pass.json, manifest.json and signature, in any order; else
    application/zip. At most 10,000 entries are looked at."""
    missing = set(_PASS)
    for name in _entries(data):
        missing.discard(name)
        if not missing:
            return "application/vnd.apple.pkpass"
    return "application/zip"


def _entries(data: bytes) -> Iterator[bytes]:
    """The names in the central directory, or, where there is none (cut off), those in the local headers."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - 22 - _MAX_COMMENT))
    start = _directory_start(data, end) if end >= 0 else None
    if start is None:
        yield from _local_entries(data)
        return
    for _ in range(_MAX_ENTRIES):
        if data[start : start + 4] != b"PK\x01\x02":
            return
        name, extra, comment = (
            int.from_bytes(data[at : at + 2], "little")
            for at in (start + 28, start + 30, start + 32)
        )
        yield data[start + 46 : start + 46 + name]
        start += 46 + name + extra + comment


def _directory_start(data: bytes, end: int) -> int | None:
    """Where the central directory begins: as stated, or right before its end record if bytes were put in front."""
    stated = int.from_bytes(data[end + 16 : end + 20], "little")
    implied = end - int.from_bytes(data[end + 12 : end + 16], "little")
    for start in (stated, implied):
        if start >= 0 and data[start : start + 4] == b"PK\x01\x02":
            return start
    return None


def _local_entries(data: bytes) -> Iterator[bytes]:
    at = data.find(b"PK\x03\x04")
    for _ in range(_MAX_ENTRIES):
        if at < 0:
            return
        size = int.from_bytes(data[at + 26 : at + 28], "little")
        yield data[at + 30 : at + 30 + size]
        at = data.find(b"PK\x03\x04", at + 4)
