"""From an offset in a text to its line and column. Only a line feed ends a line, as in every reader and report: a library may count others."""

from __future__ import annotations

import re
from bisect import bisect_right

from .base import Place


class Lines:
    """The lines of a text that was read whole."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(self, start: int, end: int | None = None) -> Place:
        """Where the text from one offset to another stands."""
        line = bisect_right(self._starts, start)
        first = self._starts[line - 1]
        if end is None or end <= start or bisect_right(self._starts, end) != line:
            return Place(line, start - first + 1)
        return Place(line, start - first + 1, end - first + 1)
