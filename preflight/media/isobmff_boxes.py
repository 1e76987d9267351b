"""Boxes of the ISO base media file format, one level at a time, under one budget for the whole file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from .walk import MAX_ITEMS

_HEAD = struct.Struct(">I4s")
_WIDE = struct.Struct(">Q")


class Box(NamedTuple):
    """``start`` to ``end`` is the content, within the data in hand; ``stated_end`` is where the box says it ends."""

    name: bytes
    at: int
    start: int
    end: int
    stated_end: int


@dataclass(slots=True)
class Budget:
    """How many more boxes may be looked at."""

    left: int = MAX_ITEMS

    @property
    def spent(self) -> bool:
        """Whether the walk was stopped."""
        return self.left <= 0


def children(data: bytes, start: int, end: int, budget: Budget) -> Iterator[Box]:
    """The boxes that lie one after another between two offsets, the last one cut off at ``end``.

    Stops without a word at bytes that are no box header.
    """
    while start + 8 <= end:
        if budget.left <= 0:
            return
        budget.left -= 1
        size, name = _HEAD.unpack_from(data, start)
        content = start + 8
        if size == 1:
            if start + 16 > end:
                return
            (size,) = _WIDE.unpack_from(data, content)
            content += 8
        elif size == 0:
            size = end - start
        if size < content - start:
            return
        stated = start + size
        yield Box(name, start, content, min(stated, end), stated)
        start = stated


def find(data: bytes, box: Box | None, budget: Budget, *path: bytes) -> Box | None:
    """The first box at a path of names below ``box``."""
    for name in path:
        if box is None:
            return None
        inside = children(data, box.start, box.end, budget)
        box = next((child for child in inside if child.name == name), None)
    return box


def named(data: bytes, box: Box, budget: Budget, name: bytes, most: int) -> list[Box]:
    """At most ``most`` direct children with a name."""
    inside = children(data, box.start, box.end, budget)
    return list(islice((child for child in inside if child.name == name), most))


def number(data: bytes, at: int, size: int = 4) -> int:
    """An unsigned big-endian number; bytes beyond the data count as missing, and an absent number is 0."""
    return int.from_bytes(data[at : at + size], "big")
