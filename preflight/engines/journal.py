"""What a run has judged so far, in a file that outlives its process: one line a place, written before the place is reported.

A place is known by its number in the sources and a checksum of what stands there, so that a resumed run over sources that were
changed ends with an error instead of a false report. A line that was cut off by a kill is cut away when the file is opened. Verdicts
are kept as the cache keeps them: without secrets.
"""

from __future__ import annotations

import contextlib
import os
from array import array
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import msgspec

from .. import recording
from ..cache.row import Kept, kept_of, restored
from ..errors import UsageError
from ..observation import Observation
from ..target import Target
from ..values import decoder
from ..verdict import Ignore, Skipped, Verdict
from .base import Seen, Sink
from .packing import Packer, Skips

_MARK = b'["skipped",'
_CHUNK = 1 << 20
_SHORTEST = 100
"""Bytes of a line, of which every one takes more."""
_AHEAD = 1 << 24
"""By how many places no run is ahead of the lines that it has written; what is under way is far less."""


class _Line(msgspec.Struct, array_like=True):
    """One judged place: its number from 0, its checksum, and what was seen. ``skipped`` as in a packed row."""

    number: int
    check: int
    kept: Kept
    skipped: int | Skips
    from_cache_s: float | None = None
    observation: Observation | None = None


class _Lists(msgspec.Struct, array_like=True):
    """Lists of skipped rules, numbered in the order in which they stand in the file."""

    mark: str
    lists: list[Skips]


_encode = msgspec.json.Encoder().encode
_decode_line: Callable[[bytes], _Line] = decoder(msgspec.json, _Line)
_decode_lists: Callable[[bytes], _Lists] = decoder(msgspec.json, _Lists)


class Journal:
    """The journal in the file ``path``, made where it is missing. Close it. ``ignore_at`` gives the ignores that hold at a URL.

    Raises UsageError where the file cannot be used, or another process uses it.
    """

    def __init__(self, path: Path, ignore_at: Callable[[str], Ignore | None] | None = None) -> None:
        self._ignore_at = ignore_at
        self._directory = path.parent
        self._file = _open(path)
        self._offsets = array("Q")  # of each place's line, plus 1; 0 where there is none
        self._lengths = array("I")
        self._checks = array("I")
        self._packer = Packer()
        self._lists: list[Skips] = []
        self._numbers: dict[int, tuple[int, int]] = {}
        self.judged = 0
        self._load()

    def close(self) -> None:
        """Close the file; another process may go on."""
        os.close(self._file)

    async def resumed(self, targets: AsyncIterable[Target], sink: Sink) -> AsyncIterator[Target]:
        """The targets that are left; the others' results go to ``sink``. Raises UsageError where the sources have changed."""
        number = -1
        async for target in targets:
            number += 1
            check = _check(target)
            if number < len(self._offsets) and self._offsets[number]:
                if self._checks[number] != check:
                    raise self._changed()
                sink(self._read(number, target))
            else:
                self._numbers[id(target)] = number, check
                yield target
        if number + 1 < len(self._offsets):
            raise self._changed()

    def write(self, seen: Seen) -> None:
        """Keep a result: after this call a kill does not undo it."""
        verdict = seen.verdict
        number, check = self._numbers.pop(id(verdict.target))
        observation = seen.observation
        line = _Line(
            number, check, kept_of(verdict)[1], self._packer.number(verdict.skipped), verdict.from_cache_s,
            None if observation is None else recording.masked(observation),
        )  # fmt: skip
        news = self._packer.news()
        data = _encode(_Lists("skipped", news)) + b"\n" if news else b""
        data += _encode(line) + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def _changed(self) -> UsageError:
        return UsageError(
            f"the sources are not what they were when the run in {self._directory} began; name another directory for them"
        )

    def _damaged(self) -> UsageError:
        return UsageError(
            f"{self._directory} holds no run that can go on: its journal is damaged; name another directory"
        )

    def _read(self, number: int, target: Target) -> Seen:
        raw = os.pread(self._file, self._lengths[number], self._offsets[number] - 1)
        try:
            line = _decode_line(raw)
        except msgspec.DecodeError:
            raise self._damaged() from None
        skipped = line.skipped
        if not isinstance(skipped, tuple):
            if not 0 <= skipped < len(self._lists):
                raise self._damaged()
            skipped = self._lists[skipped]
        return Seen(
            verdict=self._verdict(line, target, skipped),
            observation=line.observation and replace(line.observation, target=target),
        )

    def _verdict(self, line: _Line, target: Target, skipped: tuple[Skipped, ...]) -> Verdict:
        ignore = self._ignore_at(target.url) if self._ignore_at else None
        verdict = restored(target, line.kept, skipped, 0.0, ignore)
        return replace(verdict, from_cache_s=line.from_cache_s)

    def _load(self) -> None:
        """Find every line; cut away one that was not written to its end."""
        at = 0
        most = os.fstat(self._file).st_size // _SHORTEST + _AHEAD
        with open(self._file, "rb", buffering=_CHUNK, closefd=False) as stream:
            for raw in stream:
                if not raw.endswith(b"\n"):
                    os.ftruncate(self._file, at)
                    break
                self._note(raw, at, most)
                at += len(raw)
        os.lseek(self._file, 0, os.SEEK_END)

    def _note(self, raw: bytes, at: int, most: int) -> None:
        """Where the line of a place is. A number that cannot be is damage: room is made for all places up to it."""
        try:
            if raw.startswith(_MARK):
                lists = _decode_lists(raw).lists
                self._lists += lists
                self._packer.learn(lists)
                return
            number, check = map(int, raw[1:].split(b",", 2)[:2])
        except (ValueError, msgspec.DecodeError):
            raise self._damaged() from None
        if not (0 <= number < most and 0 <= check < 1 << 32):
            raise self._damaged()
        self._place(number, check, at, len(raw))

    def _place(self, number: int, check: int, at: int, length: int) -> None:
        missing = number + 1 - len(self._offsets)
        if missing > 0:
            for column in (self._offsets, self._lengths, self._checks):
                column.frombytes(bytes(missing * column.itemsize))
        self.judged += not self._offsets[number]
        self._offsets[number], self._lengths[number], self._checks[number] = at + 1, length, check


def _open(path: Path) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    try:
        import fcntl
    except ImportError:  # no such locks on this platform
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        with contextlib.suppress(OSError):
            os.close(file)
        raise UsageError(f"another process is at work on the run in {path.parent}") from None
    return file


def _check(target: Target) -> int:
    text = f"{target.url}\0{target.declared_type}\0{target.declared_length}"
    return crc32(text.encode("utf-8", "surrogatepass"))
