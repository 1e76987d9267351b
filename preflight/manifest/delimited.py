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


class _Unfinished(Exception):
    """A quoted cell goes on on the next line."""


def records(source: Input, delimiter: str) -> Iterator[list[Cell]]:
    """The records, blank lines left out. Raises SourceError for a quote that never ends."""
    held, first = "", 0
    for number, line in enumerate(source.lines(), 1):
        if not held and '"' not in line:
            if not line.isspace():
                yield _plain(line, number, delimiter)
            continue
        first = first or number
        held += line
        if len(held) > MAX_LINE or number - first > _MAX_LINES:
            raise source.error("a quoted cell does not end", first)
        if '"' not in line:
            continue
        try:
            cells = list(_cells(held, first, delimiter))
        except _Unfinished:
            continue
        held, first = "", 0
        yield cells
    if held:
        raise source.error("a quoted cell does not end", first)


def _plain(line: str, number: int, delimiter: str) -> list[Cell]:
    cells, column = [], 1
    for text in line.rstrip("\r\n").split(delimiter):
        inner, start = trimmed(text, column)
        cells.append(Cell(inner, number, start, start + len(inner), number))
        column += len(text) + 1
    return cells


def _cells(record: str, line: int, delimiter: str) -> Iterator[Cell]:
    """Cells of a record with quotes in it; ``record`` ends with its line end."""
    text = record.rstrip("\r\n")
    position, start = 0, 0  # ``start``: where the present line begins
    while True:
        if quote := _QUOTE.match(text, position):
            inner = _INNER.match(text, quote.end())
            end = inner.end() if inner else quote.end()
            if end == len(text):
                raise _Unfinished
            raw = text[quote.end() : end]
            column = quote.end() - start + 1
            first = line
            if "\n" in raw:
                line += raw.count("\n")
                start = quote.end() + raw.rfind("\n") + 1
            yield _quoted(raw, first, column, line, end - start + 1)
            position = end + 1
            following = text.find(delimiter, position)
        else:
            following = text.find(delimiter, position)
            stop = following if following >= 0 else len(text)
            inner_text, column = trimmed(text[position:stop], position - start + 1)
            yield Cell(inner_text, line, column, column + len(inner_text), line)
        if following < 0:
            return
        position = following + 1


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
    try:
        cells = list(_cells(line, 1, mark))
    except _Unfinished:
        return line.split(mark)
    return [
        f'"{cell.text}"' if line[cell.column - 2 : cell.column - 1] == '"' else cell.text
        for cell in cells
    ]
