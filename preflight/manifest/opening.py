"""Opening a source: a file or standard input, plain or gzip, in the encoding that it says it has."""

from __future__ import annotations

import codecs
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import SourceError
from ..text import encodable, printable
from .base import Input, Options
from .encoding import encoding_of

HEAD = 64 * 1024
"""Bytes that are looked at to recognise a source."""
_LISTED = re.compile(
    rb"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*https?://[^\s,;\"']+[ \t]*\r?\n", re.IGNORECASE
)
"""The beginning of a list of URLs: whoever writes one into a pipe need not fill HEAD before it is read."""
_UNPACKED_FREE = 64 << 20
_MAX_RATIO = 250


class _Chained(io.RawIOBase):
    """The bytes that were looked at, then the rest; counts what it hands out."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._head[: len(buffer)] or _some(self._rest, len(buffer))
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    """The content of a gzip stream, a piece at a time; refuses one that is mostly air."""

    def __init__(self, packed: _Chained, name: str) -> None:
        self._packed = packed
        from gzip import GzipFile  # few sources are packed

        self._gzip = GzipFile(fileobj=io.BufferedReader(packed), mode="rb")
        self._name = name
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._gzip.read1(len(buffer))
        self._count += len(data)
        if self._count > _UNPACKED_FREE and self._count > _MAX_RATIO * self._packed.count:
            raise SourceError(
                f"{printable(self._name)}: unpacks to over {_MAX_RATIO} times its size"
            )
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(source: str, options: Options) -> Iterator[Input]:
    """The text of a file, or of standard input for ``-``.

    Raises SourceError in one sentence: missing, unreadable, binary, an unknown encoding, a broken gzip.
    """
    if "\0" in source:
        raise SourceError(f"{_name(source)}: is not a path")
    path = None if source == "-" else Path(source)
    try:
        with _binary(path) as stream:
            yield _input(source, path, stream, options)
    except (OSError, EOFError, zlib.error, UnicodeError) as error:
        raise SourceError(f"{_name(source)}: cannot be read: {_reason(error)}") from None


def _name(source: str) -> str:
    return "standard input" if source == "-" else printable(source)


def _reason(error: Exception) -> str:
    from gzip import BadGzipFile

    if isinstance(error, BadGzipFile | EOFError | zlib.error):
        return "the gzip data is broken or cut off"
    if isinstance(error, UnicodeError):
        return "its encoding is broken"
    reason = getattr(error, "strerror", None) or str(error)
    return reason[:1].lower() + reason[1:]


@contextmanager
def _binary(path: Path | None) -> Iterator[BinaryIO]:
    if path is None:
        yield sys.stdin.buffer
        return
    with path.open("rb") as stream:
        yield stream


def _input(name: str, path: Path | None, stream: BinaryIO, options: Options) -> Input:
    head, raw, complete = _peeked(stream)
    if head[:2] == b"\x1f\x8b":
        head, raw, complete = _peeked(io.BufferedReader(_Unpacked(raw, name)))
    encoding = encoding_of(head, _name(name))
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    shown = io.IncrementalNewlineDecoder(decoder, translate=True).decode(head, complete)
    if complete and shown and shown[-1] != "\n":
        shown += "\n"
    text = io.TextIOWrapper(io.BufferedReader(raw, HEAD), encoding=encoding, errors="replace")
    return Input(name=encodable(name), path=path, text=text, head=shown, options=options)


def _peeked(stream: BinaryIO) -> tuple[bytes, _Chained, bool]:
    """The beginning, the whole with it, and whether the beginning is all that there is."""
    head = b""
    while len(head) < HEAD and not _LISTED.match(head):
        data = _some(stream, HEAD - len(head))
        if not data:
            return head, _Chained(head, stream), True
        head += data
    return head, _Chained(head, stream), False


def _some(stream: BinaryIO, most: int) -> bytes:
    """What is there now, at least a byte of it unless this is the end: a pipe may stay open for ever."""
    return stream.read1(most) if isinstance(stream, io.BufferedReader) else stream.read(most)
