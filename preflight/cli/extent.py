"""What can be told of the sources before they are read: whether they are long, whether they may keep us waiting, and about how much they hold."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..target import Target

_LONG = 1 << 18
"""Bytes, some 5,000 URLs: from there on several processes save time."""
_FEW = 3
_BEGINNING = 1 << 16
_ORIGIN = rb"https?://[^/?#\s\"'<>]+(?=[/?#\s\"'<>])"  # compiled for long lists alone
_CHUNK = 1 << 20


def long_of_few_hosts(sources: Sequence[str]) -> bool:
    """Whether the files among the sources hold many URLs, and begin with few hosts. No, where that cannot be seen (compressed, UTF-16)."""
    sizes = {source: size for source in sources if (size := _size(source)) is not None}
    if sum(sizes.values()) < _LONG:
        return False
    return 1 <= len({host for file in sizes for host in _hosts(file)}) <= _FEW


def _hosts(file: str) -> list[bytes]:
    """The scheme and authority of each URL near the beginning of a file."""
    try:
        with Path(file).open("rb") as stream:
            return re.findall(_ORIGIN, stream.read(_BEGINNING))
    except OSError:
        return []  # whoever reads it says so


def _size(source: str) -> int | None:
    """Bytes of a regular file; None for anything else."""
    found = _stat(source)
    return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else None


def _stat(source: str) -> os.stat_result | None:
    try:
        return Path(source).stat()
    except (OSError, ValueError):
        return None


def blocks(sources: Sequence[str]) -> bool:
    """Whether reading the sources may wait for somebody: a pipe, a terminal, a device."""
    return any(source == "-" or _is_pipe(source) for source in sources)


def _is_pipe(source: str) -> bool:
    found = _stat(source)
    return found is not None and not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode))


class Total:
    """How many places the sources hold: about, by counting "http" in the files in a thread; exactly, once they are read."""

    def __init__(self, sources: Sequence[str]) -> None:
        self.exact: int | None = None
        self._about: int | None = None
        files = [source for source in sources if _size(source) is not None]
        if len(files) == len(sources) or all("://" in one for one in sources if one not in files):
            self._alone = len(sources) - len(files)
            threading.Thread(target=self._count, args=(files,), daemon=True).start()

    def __call__(self) -> tuple[int, bool] | None:
        """The number, and whether it is exact; None where nothing is known."""
        if self.exact is not None:
            return self.exact, True
        return None if self._about is None else (self._about, False)

    def counted(self, targets: Iterable[Target]) -> Iterator[Target]:
        """The targets; when they have been read, their number is known."""
        number = 0
        for target in targets:
            number += 1
            yield target
        self.exact = number

    def _count(self, files: Sequence[str]) -> None:
        about = self._alone
        try:
            for name in files:
                with Path(name).open("rb") as stream:
                    if stream.peek(2)[:2] == b"\x1f\x8b":
                        return
                    while chunk := stream.read(_CHUNK):
                        about += chunk.count(b"http")
        except OSError:
            return
        self._about = about
