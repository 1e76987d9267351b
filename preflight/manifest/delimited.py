"""Delimited records (CSV, TSV and their kin) with the exact place of every cell.

RFC 4180: cells in double quotes may hold the delimiter, line ends, and doubled quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .base import MAX_LINE, Input, Place, trimmed

_MAX_LINES = 1000
_QUOTE = re.compile(r' *"')
_INNER = re.compile(r'[^"]*+(?:""[^"]*+)*+')


class Cell(NamedTuple):
    """One cell's content, unquoted, with its place; ``end`` is the column after its last character, on ``end_line``."""

    text: str
    line: int
    column: int
    end: int
    end_line: int

    @property
    def place(self) -> Place:
        """Where it stands in its source."""
        return Place(self.line, self.column, self.end if self.end_line == self.line else None)


class _Record:
    """A record with quotes in it, taken a line at a time, so that a cell of many lines is looked at once.

    ``cells`` is complete when ``take`` says so.
    """

    __slots__ = ("_column", "_delimiter", "_line", "_open", "cells")

    def __init__(self, delimiter: str) -> None:
        self.cells: list[Cell] = []
        self._delimiter = delimiter
        self._open: list[str] = []  # of a quoted cell that goes on, which begins at this place:
        self._line = self._column = 0

    def take(self, line: str, number: int) -> bool:
        """The next line, with its end; whether the record ends with it."""
        text, at = line.rstrip("\r\n"), 0
        while True:
            quote = None if self._open else _QUOTE.match(text, at)
            if quote:
                at = quote.end()
                self._line, self._column = number, at + 1
            if quote or self._open:
                end = _inner_end(text, at)
                if end == len(text):
                    self._open.append(line[at:])
                    return False
                raw = "".join((*self._open, text[at:end]))
                self._open.clear()
                self.cells.append(_quoted(raw, self._line, self._column, number, end + 1))
                following = text.find(self._delimiter, end + 1)
            else:
                following = text.find(self._delimiter, at)
                inner, column = trimmed(text[at : following if following >= 0 else None], at + 1)
                self.cells.append(Cell(inner, number, column, column + len(inner), number))
            if following < 0:
                return True
            at = following + 1


def records(source: Input, delimiter: str) -> Iterator[list[Cell]]:
    """The records, blank lines left out. Raises SourceError for a quote that never ends."""
    record: _Record | None = None
    first = length = 0
    for number, line in enumerate(source.lines(), 1):
        if record is None:
            if '"' not in line:
                if not line.isspace():
                    yield _plain(line, number, delimiter)
                continue
            record, first, length = _Record(delimiter), number, 0
        length += len(line)
        if length > MAX_LINE or number - first > _MAX_LINES:
            raise source.error("a quoted cell does not end", first)
        if record.take(line, number):
            yield record.cells
            record = None
    if record is not None:
        raise source.error("a quoted cell does not end", first)


def _plain(line: str, number: int, delimiter: str) -> list[Cell]:
    cells, column = [], 1
    for text in line.rstrip("\r\n").split(delimiter):
        inner, start = trimmed(text, column)
        cells.append(Cell(inner, number, start, start + len(inner), number))
        column += len(text) + 1
    return cells


def _inner_end(text: str, position: int) -> int:
    """Where a quoted cell's content ends: at a quote that is not doubled, else at the end of the text."""
    match = _INNER.match(text, position)
    return match.end() if match else position


def _quoted(raw: str, line: int, column: int, end_line: int, end: int) -> Cell:
    """A quoted cell; white space around its content is not part of it."""
    inner = raw.lstrip(" \t\r\n")
    gone = raw[: len(raw) - len(inner)]
    if "\n" in gone:
        line, column = line + gone.count("\n"), len(gone) - gone.rfind("\n")
    else:
        column += len(gone)
    kept = inner.rstrip(" \t\r\n")
    if "\n" not in inner:
        end = column + len(kept)
        end_line = line
    elif kept != inner:
        last = kept.rfind("\n")
        end_line = line + kept.count("\n")
        end = len(kept) - last if last >= 0 else column + len(kept)
    return Cell(kept.replace('""', '"'), line, column, end, end_line)


def split(line: str, mark: str) -> list[str]:
    """The cells of one line, roughly, quotes kept: a quoted cell that goes on further down ends with its line."""
    record = _Record(mark)
    if not record.take(line, 1):
        return line.split(mark)
    return [
        f'"{cell.text}"' if line[cell.column - 2 : cell.column - 1] == '"' else cell.text
        for cell in record.cells
    ]
