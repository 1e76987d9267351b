"""Every URL once: the first place that names it is worked on, the others get the same result.

What was done lately is kept in memory. What is older goes to a temporary SQLite file, where it is found again however long the
source is; on an endless stream the file keeps the latest ``STREAM_WINDOW`` URLs. Few URLs stand in two places, so a small filter of
bits says "never seen" without asking the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Callable
from hashlib import blake2b
from operator import attrgetter
from typing import Generic, TypeVar

from ..target import Target

T = TypeVar("T")

REMEMBERED = 8_192
"""Results that are kept in memory."""
STREAM_WINDOW = 1_000_000
"""URLs that are remembered of a source without an end."""
_BATCH = 256
_FILTER_BITS = 1 << 25
_MOST_PLACES_WAITING = 16_384


class Spill:
    """Results by URL in a temporary file that SQLite makes when it needs one, and that is gone with the process."""

    def __init__(self, window: int | None = None) -> None:
        self._window = window
        self._filter = bytearray(_FILTER_BITS // 8)
        self._fresh: dict[bytes, bytes] = {}
        self._database: sqlite3.Connection | None = None

    def put(self, url: str, packed: bytes) -> None:
        """Keep a result."""
        key = _key(url)
        for bit in _bits(key):
            self._filter[bit >> 3] |= 1 << (bit & 7)
        self._fresh[key] = packed
        if len(self._fresh) >= _BATCH:
            self._write()

    def get(self, url: str) -> bytes | None:
        """The result of a URL, if it was kept."""
        key = _key(url)
        if not all(self._filter[bit >> 3] & 1 << (bit & 7) for bit in _bits(key)):
            return None
        if key in self._fresh or self._database is None:
            return self._fresh.get(key)
        row = self._database.execute("SELECT packed FROM done WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def close(self) -> None:
        """Let the file go."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _write(self) -> None:
        if self._database is None:
            self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-4096"):
                self._database.execute(f"PRAGMA {setting}")
            self._database.execute(
                "CREATE TABLE done (place INTEGER PRIMARY KEY, key BLOB UNIQUE, packed BLOB)"
            )
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT OR REPLACE INTO done (key, packed) VALUES (?, ?)", self._fresh.items()
        )
        if self._window is not None:
            self._database.execute(
                "DELETE FROM done WHERE place <= (SELECT max(place) FROM done) - ?", (self._window,)
            )
        self._database.execute("COMMIT")
        self._fresh.clear()


def _key(url: str) -> bytes:
    return blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _bits(key: bytes) -> tuple[int, int]:
    number = int.from_bytes(key[:8], "little")
    return number % _FILTER_BITS, (number >> 32) % _FILTER_BITS


class Once(Generic[T]):
    """Lets each URL through once. ``emit`` takes every result; ``moved`` makes one for another place of the same URL.

    ``key`` is what makes two targets one. With ``spill``, ``pack`` and ``unpack`` write a result for the file and read it back; without, only the latest results are kept.
    """

    def __init__(
        self, emit: Callable[[T], None], moved: Callable[[T, Target], T], *, spill: Spill | None = None,
        pack: Callable[[T], bytes] | None = None, unpack: Callable[[bytes, Target], T] | None = None,
        key: Callable[[Target], str] = attrgetter("url"), remembered: int = REMEMBERED,
    ) -> None:  # fmt: skip
        self._emit = emit
        self._moved = moved
        self._spill = spill
        self._pack = pack
        self._unpack = unpack
        self._key = key
        self._most = remembered
        self._done: OrderedDict[str, T] = OrderedDict()
        self._pending: dict[str, list[Target] | None] = {}
        self._waiting = 0
        self._room = asyncio.Event()

    async def fresh(self, targets: AsyncIterable[Target]) -> AsyncIterator[Target]:
        """The targets whose URL nobody has worked on, or is working on now."""
        async for target in targets:
            url = self._key(target)
            if url in self._pending:
                await self._join(url, target)
            elif not self._known(url, target):
                self._pending[url] = None
                yield target

    def done(self, target: Target, result: T) -> None:
        """The work on a target is done: report it at each of its places."""
        url = self._key(target)
        places = self._pending.pop(url)
        self._emit(result)
        for place in places or ():
            self._emit(self._moved(result, place))
        if places:
            self._waiting -= len(places)
            self._room.set()
        self._remember(url, result)

    async def _join(self, url: str, target: Target) -> None:
        places = self._pending[url]
        if places is None:
            places = self._pending[url] = []
        places.append(target)
        self._waiting += 1
        while self._waiting > _MOST_PLACES_WAITING:
            self._room.clear()
            await self._room.wait()

    def _known(self, url: str, target: Target) -> bool:
        result = self._done.get(url)
        if result is not None:
            self._done.move_to_end(url)
            self._emit(self._moved(result, target))
            return True
        packed = self._spill.get(url) if self._spill else None
        if packed is None or self._unpack is None:
            return False
        self._emit(self._unpack(packed, target))
        return True

    def _remember(self, url: str, result: T) -> None:
        self._done[url] = result
        if len(self._done) <= self._most:
            return
        oldest, old = self._done.popitem(last=False)
        if self._spill is not None and self._pack is not None:
            self._spill.put(oldest, self._pack(old))
