"""Part files: what a shard of a run came to, whole or not there at all.

A part is written beside its place and renamed into it, so that a shard that is done twice, by a worker that was thought dead, is
the same file twice. The directory is a path that all workers share, or an fsspec URL of an object store, where a file appears whole.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from ..errors import UsageError
from ..values import decoder
from .packing import Row, Skips


class Part(msgspec.Struct, array_like=True):
    """The rows of one shard, in the order of its targets, and the lists that they name."""

    lists: list[Skips]
    rows: list[Row]


_decode: Callable[[bytes], Part] = decoder(msgspec.msgpack, Part)


def write(directory: str, name: str, part: Part) -> None:
    """Put a part in its place."""
    put(directory, name, msgspec.msgpack.encode(part))


def read(directory: str, name: str) -> Part | None:
    """A part, if it is there and whole."""
    data = get(directory, name)
    with suppress(msgspec.DecodeError):
        return None if data is None else _decode(data)
    return None


def is_store(directory: str) -> bool:
    """Whether a directory is the URL of an object store."""
    return "://" in directory


def put(directory: str, name: str, data: bytes) -> None:
    """A file, whole. Raises OSError."""
    if is_store(directory):
        store = _store(directory)
        store.makedirs(directory, exist_ok=True)
        store.pipe_file(f"{directory}/{name}", data)
        return
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = folder / f".{name}.{uuid4().hex}"
    beside.touch(mode=0o600, exist_ok=False)
    beside.write_bytes(data)
    beside.replace(folder / name)


def get(directory: str, name: str) -> bytes | None:
    """A file, or None where there is none. Raises OSError for anything else that goes wrong."""
    with suppress(FileNotFoundError):
        if is_store(directory):
            data: bytes = _store(directory).cat_file(f"{directory}/{name}")
            return data
        return (Path(directory) / name).read_bytes()
    return None


def _store(directory: str) -> Any:
    try:
        return import_module("fsspec.core").url_to_fs(directory)[0]
    except (ImportError, ValueError) as error:
        raise UsageError(
            f"cannot use {directory.partition('://')[0]}:// for --run: {error}"
        ) from None
