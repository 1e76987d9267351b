"""Results by key in few bytes: the latest in memory, the others in a temporary file, where they are found however long the source is.

The file is only ever written at its end; SQLite keeps the table of where each key stands in it. Few URLs stand in two places, so a small
filter of bits says "never seen" without asking either.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Generic, TypeVar

from ..target import Target

T = TypeVar("T")

STREAM_WINDOW = 1_000_000
"""URLs that are remembered of a source without an end."""
_MOST = 8 << 20
"""Bytes of packed results in memory: more than 50,000 accepted ones, so that most runs need no file."""
_BATCH = 2_048
_FILTER_BITS = 1 << 25


class Spill(Generic[T]):
    """The files are made when they are needed, and are gone with the process. ``pack`` writes a result, ``unpack`` reads it for a place.

    ``most`` bytes stay in memory. With ``window`` at least the latest so many are kept, and at most twice as many.
    """

    def __init__(
        self, pack: Callable[[T], bytes], unpack: Callable[[bytes, Target], T], *, window: int | None = None,
        most: int = _MOST,
    ) -> None:  # fmt: skip
        self._pack = pack
        self._unpack = unpack
        self._window = window
        self._most = most
        self._size = 0
        self._filter = _Filter()
        self._fresh: dict[str, bytes] = {}
        self._files: list[_File] = []

    def keep(self, key: str, result: T) -> None:
        """Remember a result."""
        packed = self._pack(result)
        self._size += len(packed) - len(self._fresh.get(key, b""))
        self._fresh[key] = packed
        if self._size > self._most:
            self._write(dict(islice(self._fresh.items(), _BATCH)))

    def find(self, key: str, target: Target) -> T | None:
        """The result of a key for another place of it, if it was kept."""
        packed = self._fresh.get(key)
        if packed is None and self._files:
            packed = self._read(key)
        return None if packed is None else self._unpack(packed, target)

    def close(self) -> None:
        """Let the files go."""
        for file in self._files:
            file.close()
        self._files.clear()

    def _read(self, key: str) -> bytes | None:
        number = hash(key)
        if not self._filter.may_hold(number):
            return None
        found = (file.read(number, _bytes(key)) for file in self._files)
        return next((packed for packed in found if packed is not None), None)

    def _write(self, oldest: dict[str, bytes]) -> None:
        if not self._files or (self._window is not None and self._files[0].rows >= self._window):
            self._files.insert(0, _File())
        for old in self._files[2:]:
            old.close()
        del self._files[2:]
        self._filter.add(map(hash, oldest))
        self._files[0].write(oldest)
        for key, packed in oldest.items():
            del self._fresh[key]
            self._size -= len(packed)


class _Filter:
    """Says of most hashes that they were never added (Bloom, 1970, with two bits for each)."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, numbers: Iterable[int]) -> None:
        """Set the bits of some hashes. The first ones make the table: to clear 4 MB takes 2 ms, and most runs do not need it."""
        bits = self._bits = self._bits or bytearray(_FILTER_BITS // 8)
        for number in numbers:
            one, other = number % _FILTER_BITS, (number >> 32) % _FILTER_BITS
            bits[one >> 3] |= 1 << (one & 7)
            bits[other >> 3] |= 1 << (other & 7)

    def may_hold(self, number: int) -> bool:
        """Whether both bits of a hash are set; only asked once some were added."""
        one, other = number % _FILTER_BITS, (number >> 32) % _FILTER_BITS
        bits = self._bits
        return bool(bits[one >> 3] & 1 << (one & 7) and bits[other >> 3] & 1 << (other & 7))


class _File:
    """Keys and packed results one after the other, and where each begins by the key's hash; the later one counts where two have the same."""

    def __init__(self) -> None:
        import sqlite3  # most runs need no file
        import tempfile

        self._data = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._table = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-4096"):
            self._table.execute(f"PRAGMA {setting}")
        self._table.execute(
            "CREATE TABLE place (number INTEGER PRIMARY KEY, at INTEGER, length INTEGER, size INTEGER)"
        )
        self._end = 0
        self.rows = 0

    def write(self, batch: dict[str, bytes]) -> None:
        """Add results by key. In the order of the table, because that is ten times as fast as one by one."""
        rows, pieces = [], []
        for key, packed in batch.items():
            name = _bytes(key)
            rows.append((hash(key), self._end, len(name), len(packed)))
            pieces += [name, packed]
            self._end += len(name) + len(packed)
        self._data.seek(0, os.SEEK_END)
        self._data.write(b"".join(pieces))
        rows.sort()
        self._table.execute("BEGIN")
        self._table.executemany("INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)", rows)
        self._table.execute("COMMIT")
        self.rows += len(rows)

    def read(self, number: int, key: bytes) -> bytes | None:
        """What was written for a key, if anything was."""
        query = "SELECT at, length, size FROM place WHERE number = ?"
        row = self._table.execute(query, (number,)).fetchone()
        if row is None:
            return None
        at, length, size = row
        self._data.seek(at)
        record = self._data.read(length + size)
        return record[length:] if record[:length] == key else None

    def close(self) -> None:
        """Let the file go."""
        self._data.close()
        self._table.close()


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
