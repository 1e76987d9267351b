"""How a body ends (RFC 9112 section 6), pure: which framing a head announces, and taking chunks apart."""

from __future__ import annotations

from enum import Enum

from ..observation import Head

_MAX_OVERHEAD = 65_536
"""Bytes of chunk sizes, extensions and trailers in one body, above a share of its content."""
_OVERHEAD_RATIO = 8
"""The share: one byte a chunk, its size written with four digits, is still a body."""
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Framing(Enum):
    """What ends the body of an answer to a GET."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


def framing(head: Head) -> Framing:
    """The framing of a head without malformed faults."""
    if head.status in (101, 204, 304):
        return Framing.NONE
    if head.codings is not None:
        return Framing.CHUNKED
    if head.lengths is not None:
        return Framing.LENGTH
    return Framing.CLOSE


class Chunks:
    """Takes the chunked framing off a body, whatever the segmentation (RFC 9112 section 7.1).

    ``feed`` gives the content octets of what came in. ``done`` is set after the last trailer line, and ``surplus`` then counts the bytes
    behind it; ``broken`` where the framing cannot be read, and nothing more is then taken. All that is not content is bounded together (RFC 9112 section 7.1.1).
    """

    __slots__ = ("_left", "_line", "_overhead", "_received", "_state", "broken", "done", "surplus")

    def __init__(self) -> None:
        self._state = "size"
        self._left = 0
        self._line = bytearray()
        self._overhead = 0
        self._received = 0
        self.done = False
        self.broken = False
        self.surplus = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The content in ``data``, in pieces."""
        pieces: list[bytes] = []
        position = 0
        while position < len(data) and not (self.done or self.broken):
            if self._state == "data":
                piece = data[position : position + self._left]
                pieces.append(piece)
                position += len(piece)
                self._received += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._state = "data-end"
                continue
            position = self._take_line(data, position)
        self.surplus += len(data) - position if self.done else 0
        return pieces

    def _take_line(self, data: bytes, position: int) -> int:
        end = data.find(b"\n", position)
        stop = len(data) if end < 0 else end + 1
        self._line += data[position:stop]
        self._overhead += stop - position
        if self._overhead > _MAX_OVERHEAD + _OVERHEAD_RATIO * self._received:
            self.broken = True
        elif end >= 0:
            line = bytes(self._line).removesuffix(b"\n").removesuffix(b"\r")
            self._line.clear()
            self._read_line(line)
        return stop

    def _read_line(self, line: bytes) -> None:
        if self._state == "data-end":
            self._state, self.broken = "size", line != b""
        elif self._state == "size":
            digits = line.partition(b";")[0].strip(b" \t")
            if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
                self.broken = True
                return
            self._left = int(digits, 16)
            self._state = "data" if self._left else "trailer"
        else:
            self.done = not line
