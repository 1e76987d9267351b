"""Content codings (RFC 9110 section 8.4) undone within a bound, so that the media inside can be looked at."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable

DEFAULT_MAX = 67_108_864
"""Bytes that an unpacked body may have where the caller names no bound."""
_STEP = 1_048_576


class UndecodableError(Exception):
    """The coding cannot be undone; ``str()`` is one clause."""


class BrokenError(UndecodableError):
    """It is not the coding that it is called, or ends early."""


class UnsupportedError(UndecodableError):
    """It is a registered coding, and there is nothing here to undo it with."""


class OversizeError(UndecodableError):
    """It could be undone, but to more bytes than the bound allows."""


def undo(data: bytes, coding: str | None, *, whole: bool, max_output: int | None) -> bytes:
    """The bytes without their content codings.

    ``coding`` is a Content-Encoding value, several codings in the order in which they were applied. ``whole`` False lets
    the coded bytes end early. Raises UndecodableError for an unknown coding, broken data, or more than ``max_output`` bytes.
    """
    names = [name.strip().lower() for name in (coding or "").split(",")]
    if len(names) > 8:
        raise UndecodableError(f"it has {len(names)} content codings")
    bound = DEFAULT_MAX if max_output is None else max_output
    for name in reversed(names):
        if name in ("", "identity", "aws-chunked"):
            continue
        decode = _DECODERS.get(name)
        if name in _UNSUPPORTED:
            raise UnsupportedError(f"its coding is {name}, which cannot be undone here")
        if decode is None:
            raise UndecodableError("its content coding is not a registered one")
        data = decode(data, whole, bound)
    return data


def _gzip(data: bytes, whole: bool, bound: int) -> bytes:
    """All members of a gzip body; bytes after the last one are passed over, as gzip itself does."""
    out, total = [], 0
    while True:
        decoder = zlib.decompressobj(wbits=31)
        try:
            part = decoder.decompress(data, bound - total + 1)
        except zlib.error:
            raise BrokenError("its gzip coding is broken") from None
        total += len(part)
        out.append(part)
        if total > bound:
            raise OversizeError(f"its gzip coding unpacks to over {bound:,} bytes")
        if not decoder.eof:
            if whole:
                raise BrokenError("its gzip coding ends early")
            break
        data = decoder.unused_data
        if data[:2] != b"\x1f\x8b" or len(out) > 1000:
            break
    return b"".join(out)


def _deflate(data: bytes, whole: bool, bound: int) -> bytes:
    """The zlib format of RFC 9110, or the bare deflate stream that some servers send under the same name."""
    for wbits in (15, -15):
        decoder = zlib.decompressobj(wbits=wbits)
        try:
            out = decoder.decompress(data, bound + 1)
        except zlib.error:
            continue
        if len(out) > bound:
            raise OversizeError(f"its deflate coding unpacks to over {bound:,} bytes")
        if whole and not decoder.eof:
            raise BrokenError("its deflate coding ends early")
        return out
    raise BrokenError("its deflate coding is broken")


def _brotli(data: bytes, whole: bool, bound: int) -> bytes:
    try:
        import brotli
    except ImportError:
        raise UnsupportedError("its coding is br, which needs the brotli package") from None
    decoder = brotli.Decompressor()
    out, total, fed = [], 0, data
    try:
        while total <= bound and not decoder.is_finished():
            part = decoder.process(fed, output_buffer_limit=min(_STEP, bound - total + 1))
            fed = b""
            if not part and decoder.can_accept_more_data():
                break
            out.append(part)
            total += len(part)
    except TypeError:  # before 1.2 there is no bound on the output
        raise UnsupportedError("its coding is br, which needs brotli 1.2") from None
    except brotli.error:
        raise BrokenError("its br coding is broken") from None
    if total > bound:
        raise OversizeError(f"its br coding unpacks to over {bound:,} bytes")
    if whole and not decoder.is_finished():
        raise BrokenError("its br coding ends early")
    return b"".join(out)


def _zstd(data: bytes, whole: bool, bound: int) -> bytes:
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise UnsupportedError("its coding is zstd, which needs the zstandard package") from None
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=8_388_608).stream_reader(data)
        out: bytes = reader.read(bound + 1)
    except zstandard.ZstdError:
        raise BrokenError("its zstd coding is broken") from None
    if len(out) > bound:
        raise OversizeError(f"its zstd coding unpacks to over {bound:,} bytes")
    if not out and data and whole:
        raise BrokenError("its zstd coding ends early")
    return out


_DECODERS: dict[str, Callable[[bytes, bool, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
_UNSUPPORTED = frozenset(
    {"compress", "x-compress", "exi", "pack200-gzip", "aes128gcm", "dcb", "dcz"}
)
"""The others of the registry of content codings at IANA."""
