"""RIFF: an even-padded list of chunks, as WebP uses it."""

from __future__ import annotations

import struct
from collections.abc import Iterator

CHUNK = struct.Struct("<4sI")


def chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The chunks between two offsets as (name, start of the content, its stated length); the last one may reach past ``end``."""
    unpack = CHUNK.unpack_from
    while start + 8 <= end:
        name, length = unpack(data, start)
        yield name, start + 8, length
        start += 8 + length + (length & 1)
