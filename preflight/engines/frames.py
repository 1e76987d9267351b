"""What the parent and its worker processes say to each other: frames of MessagePack behind their length."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from ..values import decoder
from .packing import Row, Skips

_MOST = 1 << 30


class Given(msgspec.Struct, array_like=True, frozen=True):
    """A target for a worker: its number, and what the check needs of it. Its place stays with the parent."""

    number: int
    url: str
    declared_type: str | None = None
    declared_length: int | None = None


class Work(msgspec.Struct, array_like=True, tag="work"):
    """Targets, in the order in which they are to be taken."""

    targets: list[Given]


class Pause(msgspec.Struct, array_like=True, tag="pause"):
    """An origin wants to be left alone for so many seconds; true in all workers."""

    origin: str
    seconds: float


class End(msgspec.Struct, array_like=True, tag="end"):
    """There is no more work. Without it, an end of input means that the parent is gone."""


class Done(msgspec.Struct, array_like=True, tag="done"):
    """Finished targets, and the lists of skipped rules that their rows name for the first time."""

    lists: list[Skips]
    rows: list[tuple[int, Row]]


Order = Work | Pause | End
"""What the parent says."""
Report = Done | Pause
"""What a worker says."""

_encode = msgspec.msgpack.Encoder().encode
order: Callable[[bytes], Order] = decoder(msgspec.msgpack, Order)
report: Callable[[bytes], Report] = decoder(msgspec.msgpack, Report)


def encode(frame: Order | Report) -> bytes:
    """A frame as it goes over a pipe."""
    body = _encode(frame)
    return len(body).to_bytes(4, "big") + body


async def read(reader: asyncio.StreamReader) -> bytes | None:
    """The body of the next frame; None where the other side is gone, or has begun a frame and not ended it."""
    try:
        length = int.from_bytes(await reader.readexactly(4), "big")
        return await reader.readexactly(min(length, _MOST))
    except (asyncio.IncompleteReadError, OSError):
        return None
