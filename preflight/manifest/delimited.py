"""Delimited records (CSV, TSV and their kin) with the exact place of every cell.

RFC 4180: cells in double quotes may hold the delimiter, line ends, and doubled quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .base import MAX_LINE, Input, is_url, trimmed

DELIMITERS = ",\t;|"
_MAX_LINES = 1000
_QUOTE = re.compile(r' *"')
_INNER = re.compile(r'[^"]*+(?:""[^"]*+)*+')
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,40}")


class Cell(NamedTuple):
    """One cell's content, unquoted, with its place; ``end`` is the column after its last character, on ``end_line``."""

    text: str
    line: int
    column: int
    end: int
    end_line: int


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


def sniff_table(head: str, hint: str | None = None) -> str | None:
    """csv or tsv, where the beginning of a text is a table; None where it is not. See ``delimiter_of``."""
    found = delimiter_of(head, hint)
    if found is None:
        return None
    return "tsv" if found == "\t" else "csv"


def delimiter_of(head: str, hint: str | None = None) -> str | None:
    """The delimiter of a table, from its first lines; None where they are no table.

    Commas and semicolons may stand in URLs, so lines that begin with a URL are a table only if some later cell shows it: another URL, a
    quoted cell, or a number or media type.
    """
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    if len(head) > 1 and len(lines) > 1 and not head.endswith("\n"):
        lines.pop()  # may be cut
    if not lines:
        return None
    if lines[0].strip().strip('"').lower() == "url":
        return _most_frequent(lines) or ","
    best = max(DELIMITERS, key=lambda mark: _agreement(lines, mark))
    if _agreement(lines, best) and (hint in ("csv", "tsv") or _is_table(lines, best)):
        return best
    return None


def _most_frequent(lines: list[str]) -> str | None:
    return (
        max(DELIMITERS, key=lambda mark: _agreement(lines, mark))
        if _agreement(lines, ",")
        else None
    )


def _agreement(lines: list[str], mark: str) -> float:
    """How well a delimiter explains the lines: the share of lines with as many cells as the first, more cells first."""
    counts = [len(_split(line, mark)) for line in lines]
    if counts[0] < 2:
        return 0
    share = sum(count == counts[0] for count in counts) / len(counts)
    return share + min(counts[0], 50) / 1000 if share >= 0.6 else 0.001


def _split(line: str, mark: str) -> list[str]:
    """The cells of one line, roughly, quotes kept: a quoted cell that goes on further down ends with its line."""
    try:
        cells = list(_cells(line, 1, mark))
    except _Unfinished:
        return line.split(mark)
    return [
        f'"{cell.text}"' if line[cell.column - 2 : cell.column - 1] == '"' else cell.text
        for cell in cells
    ]


def _is_table(lines: list[str], mark: str) -> bool:
    rows = [_split(line, mark) for line in lines]
    first = [cell.strip('"') for cell in rows[0] if cell]
    if not first:
        return False
    if not is_url(first[0]) and all(_NAME.fullmatch(cell) for cell in first) and len(first) > 1:
        return any(is_url(cell.strip('"')) for row in rows[1:] for cell in row) or is_known_header(
            first
        )
    if mark in "\t|":
        return any(is_url(cell.strip('"')) for row in rows for cell in row)
    for row in rows:
        if is_url(row[0]) and not any(_shows_table(cell) for cell in row[1:]):
            return False
    return any(is_url(cell.strip('"')) for row in rows for cell in row) or _quoted_rows(rows)


def _shows_table(cell: str) -> bool:
    return (
        is_url(cell.strip('"'))
        or cell.startswith('"')
        or re.fullmatch(r"\d+|[a-z]+/[\w.+-]+|", cell) is not None
    )


def _quoted_rows(rows: list[list[str]]) -> bool:
    """Whether every cell is quoted, as in an inventory of S3."""
    return all(len(row) > 1 and cell.startswith('"') for row in rows for cell in row if cell)


def is_known_header(cells: list[str]) -> bool:
    """Whether a first record names the columns that we know: url, or bucket with key or name."""
    names = {cell.strip().lower() for cell in cells}
    return "url" in names or ("bucket" in names and bool(names & {"key", "name"}))
