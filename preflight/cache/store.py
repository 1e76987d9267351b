"""The cache itself: looking verdicts up, and writing them in batches."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ..errors import UsageError
from ..target import Target
from ..verdict import Ignore, Outcome, Skipped, Verdict, outcome_of
from ..wire.signed import signed
from .file import damaged, is_locked, open_file
from .row import decode, decode_skipped, encode, kept_of, restored

REJECT_AGE_S = 900.0
"""Seconds for which a reject is good, where the caller's age is not less."""
KEEP_S = 7 * 86_400.0
"""Seconds after which an accept is deleted, where the writer's age is not more."""

_BATCH_ROWS = 500
_BATCH_S = 1.0
_MOST_PENDING = 50_000
_LAST_BUSY_MS = 5_000
_CLOCK_S = 60.0  # a row from the future by more than this was written by a wrong clock
_log = logging.getLogger("preflight")
_log.addHandler(logging.NullHandler())

_Row = tuple[bytes, float, float, int, bytes]


def good_until(
    url: str, outcome: Outcome, made_at: float, max_age: float, horizon_s: float | None = None
) -> float:
    """Until when, in seconds since the epoch, a verdict of this outcome may be used where ``max_age`` seconds are allowed."""
    if outcome is not Outcome.ACCEPT:
        return made_at + (min(max_age, REJECT_AGE_S) if outcome is Outcome.REJECT else 0.0)
    signature = signed(url)
    if signature is None:
        return made_at + max_age
    changes = (signature.ends_at - (horizon_s or 0.0), signature.ends_at)
    return min([made_at + max_age, *(at for at in changes if at > made_at)])


class VerdictCache:
    """The verdicts of one kind of run in the file ``path``, made where it is missing. Close it, or use it with ``with``.

    ``max_age`` (seconds) is what the caller allows; without one nothing is read, and what is stored serves later runs that give one. ``prefix`` comes from
    ``key_prefix``, ``horizon_s`` from the profile: a verdict on a signed URL ends where its judgement would change. Safe in
    several threads and processes. Raises UsageError, at any call, where the file is no cache or is damaged.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        prefix: bytes,
        max_age: float | None,
        horizon_s: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_age is not None and not max_age >= 0:
            raise UsageError("max_age is a number of seconds, 0 or more")
        self._path = Path(path)
        self._prefix = prefix
        self._max_age = max_age
        self._horizon_s = horizon_s
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[bytes, _Row] = {}
        self._since = 0.0
        self._lists: dict[int, tuple[Skipped, ...]] = {}
        self._known_lists: set[int] = set()
        self._database = open_file(self._path, clock())

    def __enter__(self) -> VerdictCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def lookup(self, target: Target, ignore: Ignore | None = None) -> Verdict | None:
        """The verdict on a target from an earlier run that is young enough, with ``from_cache_s``; None where there is none."""
        if self._max_age is None:
            return None
        with self._lock:
            row = self._row(self._key(target))
            if row is None:
                return None
            _, made_at, expires_at, number, body = row
            now = self._clock()
            if not (made_at - _CLOCK_S <= now < expires_at):
                return None
            try:
                kept, skipped = decode(body), self._skipped(number)
            except msgspec.DecodeError:
                return None  # of another form, though the schema is ours
        if now > good_until(target.url, outcome_of(kept.findings), made_at, self._max_age):
            return None
        age = max(0.0, now - made_at)
        return restored(target, kept, skipped, age, ignore)

    def store(self, verdict: Verdict) -> None:
        """Keep a verdict, unless it is unknown or came from a cache. It is written with the next batch."""
        if verdict.from_cache_s is not None:
            return
        outcome, kept = kept_of(verdict)
        if outcome is Outcome.UNKNOWN:
            return
        now = self._clock()
        most = max(KEEP_S, self._max_age or 0.0)
        expires_at = good_until(verdict.url, outcome, now, most, self._horizon_s)
        with self._lock:
            number = self._number(verdict.skipped)
            key = self._key(verdict.target)
            self._since = self._since if self._pending else now
            self._pending[key] = (key, now, expires_at, number, encode(kept))
            if len(self._pending) >= _BATCH_ROWS or now - self._since >= _BATCH_S:
                self._flush()

    def flush(self) -> None:
        """Write what was stored so far."""
        with self._lock:
            self._flush()

    def close(self) -> None:
        """Write what was stored, and close the file."""
        with self._lock:
            try:
                if self._pending:
                    self._database.execute(f"PRAGMA busy_timeout = {_LAST_BUSY_MS}")
                self._flush()
            finally:
                self._database.close()

    def _key(self, target: Target) -> bytes:
        said = (target.url, target.declared_type, target.declared_length)
        return hashlib.sha256(self._prefix + repr(said).encode()).digest()

    def _row(self, key: bytes) -> _Row | None:
        waiting = self._pending.get(key)
        if waiting is not None:
            return waiting
        row: _Row | None = self._fetch(
            "SELECT key, made_at, expires_at, skipped, body FROM verdict WHERE key = ?", key
        )
        return row

    def _skipped(self, number: int) -> tuple[Skipped, ...]:
        if number not in self._lists:
            (body,) = self._fetch("SELECT body FROM skipped WHERE id = ?", number) or (b"",)
            self._lists[number] = decode_skipped(body)
        return self._lists[number]

    def _fetch(self, query: str, key: bytes | int) -> Any:
        """One row. A file that cannot be read for now is as good as one without the row."""
        try:
            return self._database.execute(query, (key,)).fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            raise damaged(self._path) from None

    def _number(self, skipped: tuple[Skipped, ...]) -> int:
        """The number of a list of skipped rules, which comes from its content."""
        number = int.from_bytes(hashlib.sha256(encode(skipped)).digest()[:8], "big", signed=True)
        self._lists.setdefault(number, skipped)
        return number

    def _flush(self) -> None:
        rows = list(self._pending.values())
        if not rows:
            return
        new = {row[3] for row in rows} - self._known_lists
        try:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany(
                    "INSERT OR IGNORE INTO skipped VALUES (?, ?)",
                    [(number, encode(self._lists[number])) for number in new],
                )
                self._database.executemany(
                    "INSERT OR REPLACE INTO verdict VALUES (?, ?, ?, ?, ?)", rows
                )
        except sqlite3.OperationalError as error:
            self._put_off(error)
            return
        except sqlite3.DatabaseError:
            self._pending.clear()
            raise damaged(self._path) from None
        self._known_lists |= new
        self._pending.clear()

    def _put_off(self, error: sqlite3.OperationalError) -> None:
        """A lock passes; a full disk costs the cache, and never the run."""
        self._since = self._clock()
        if not is_locked(error) or len(self._pending) > _MOST_PENDING:
            self._pending.clear()
            _log.warning("the cache %s cannot be written; verdicts are not kept", self._path)
