"""Part files: what a shard of a run came to, whole or not there at all.

A part is written beside its place and renamed into it, so that a shard that is done twice, by a worker that was thought dead, is
the same file twice. The directory is a path that all workers share, or an fsspec URL of an object store, where a file appears whole.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from .packing import Row, Skips


class Part(msgspec.Struct, array_like=True):
    """The rows of one shard, in the order of its targets, and the lists that they name."""

    lists: list[Skips]
    rows: list[Row]


# Made once, here: msgspec must not learn a type in two threads at once, and parts are read in threads.
_decode = msgspec.msgpack.Decoder(Part).decode


def write(directory: str, name: str, part: Part) -> None:
    """Put a part in its place."""
    data = msgspec.msgpack.encode(part)
    if "://" in directory:
        _filesystem(directory).pipe_file(f"{directory}/{name}", data)
        return
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = folder / f".{name}.{uuid4().hex}"
    beside.touch(mode=0o600, exist_ok=False)
    beside.write_bytes(data)
    beside.replace(folder / name)


def read(directory: str, name: str) -> Part | None:
    """A part, if it is there and whole."""
    with suppress(FileNotFoundError, msgspec.DecodeError):
        if "://" in directory:
            data = _filesystem(directory).cat_file(f"{directory}/{name}")
        else:
            data = (Path(directory) / name).read_bytes()
        return _decode(data)
    return None


def _filesystem(directory: str) -> Any:
    return import_module("fsspec.core").url_to_fs(directory)[0]
