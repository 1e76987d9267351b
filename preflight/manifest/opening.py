"""Opening a source: a file or standard input, plain or gzip, in the encoding that it says it has."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ..errors import SourceError
from ..text import printable
from .base import Input, Options

HEAD = 64 * 1024
"""Bytes that are looked at to recognise a source."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""\A\s*(?:<\?xml[^>]*?\bencoding\s*=\s*["']|<(?!\?).*?<meta\b[^>]*?\bcharset\s*=\s*["']?)([\w.:-]+)""",
    re.DOTALL | re.IGNORECASE,
)
_LISTED = re.compile(
    rb"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*https?://[^\s,;\"']+[ \t]*\r?\n", re.IGNORECASE
)
"""The beginning of a list of URLs: whoever writes one into a pipe need not fill HEAD before it is read."""
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UNPACKED_FREE = 64 << 20
_MAX_RATIO = 250


class NotTextError(SourceError):
    """Binary data, where a source of URLs should be."""


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
        self._gzip = gzip.GzipFile(fileobj=io.BufferedReader(packed), mode="rb")
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
    if isinstance(error, gzip.BadGzipFile | EOFError | zlib.error):
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
    head, raw = _peeked(stream)
    if head[:2] == b"\x1f\x8b":
        head, raw = _peeked(io.BufferedReader(_Unpacked(raw, name)))
    encoding = _encoding(name, head)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    shown = decoder.decode(head, len(head) < HEAD)
    text = io.TextIOWrapper(io.BufferedReader(raw, HEAD), encoding=encoding, errors="replace")
    return Input(name=name, path=path, text=text, head=shown, options=options)


def _peeked(stream: BinaryIO) -> tuple[bytes, _Chained]:
    head = b""
    while len(head) < HEAD and (data := _some(stream, HEAD - len(head))):
        head += data
        if _LISTED.match(head):
            break
    return head, _Chained(head, stream)


def _some(stream: BinaryIO, most: int) -> bytes:
    """What is there now, at least a byte of it unless this is the end: a pipe may stay open for ever."""
    return stream.read1(most) if isinstance(stream, io.BufferedReader) else stream.read(most)


def _encoding(name: str, head: bytes) -> str:
    """The encoding that a byte order mark, an XML declaration or an HTML meta names; else UTF-8."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    if _CONTROL.search(head):
        hint = "; export the sheet as CSV" if head.startswith(b"PK\x03\x04") else ""
        raise NotTextError(f"{_name(name)}: is not a source of URLs: it is binary data{hint}")
    match = _DECLARED.match(head[:4096])
    if match is None:
        return "utf-8"
    declared = match.group(1).decode("ascii", "replace")
    try:
        b"".decode(declared)  # refuses a codec that is not of text, which lookup() does not
        found = codecs.lookup(declared).name
    except LookupError:
        raise SourceError(
            f"{_name(name)}: has an encoding of no known name: {printable(declared)}"
        ) from None
    # The bytes are ASCII so far: a label of UTF-16 cannot be true without its byte order mark.
    return "utf-8" if found.startswith(("utf-16", "utf-32")) else found
