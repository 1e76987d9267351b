"""Whether a text is a table, and what its cells are divided by: told from its first lines."""

from __future__ import annotations

import re
from collections.abc import Collection

from .base import is_url
from .delimited import split

_DELIMITERS = ",\t;|"
NOTHING = "\n"
"""The delimiter of a single column: what stands in no line, so that a comma in a URL is part of it."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,40}")


def sniff_table(head: str, hint: str | None = None) -> str | None:
    """csv or tsv, where the beginning of a text is a table; None where it is not. See ``delimiter_of``."""
    found = delimiter_of(head, hint)
    if found is None:
        return None
    return "tsv" if found == "\t" else "csv"


def delimiter_of(
    head: str, hint: str | None = None, columns: Collection[str] = ("url",)
) -> str | None:
    """The delimiter of a table, from its first lines; None where they are no table.

    NOTHING where the header is one cell, the name of one of ``columns``.
    Commas and semicolons may stand in URLs, so lines that begin with a URL are a table only if some later cell shows it: another URL, a
    quoted cell, or a number or media type.
    """
    lines = first_lines(head, 50)
    if not lines:
        return None
    if column_name(lines[0].strip().strip('"')) in columns:
        return NOTHING
    best = max(_DELIMITERS, key=lambda mark: _agreement(lines, mark))
    if _agreement(lines, best) and (hint in ("csv", "tsv") or _is_table(lines, best)):
        return best
    return None


def column_name(text: str) -> str:
    """A header's cell without what its writers spell differently: case, spaces, dashes."""
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def first_lines(head: str, most: int) -> list[str]:
    """Of the first so many lines, those that are not blank; without the last where it may be cut."""
    lines = [line for line in head.splitlines()[:most] if line.strip()]
    return lines[:-1] if len(lines) > 1 and not head.endswith("\n") else lines


def _agreement(lines: list[str], mark: str) -> float:
    """How well a delimiter explains the lines: the share of lines with as many cells as the first, more cells first."""
    counts = [len(split(line, mark)) for line in lines]
    if counts[0] < 2:
        return 0
    share = sum(count == counts[0] for count in counts) / len(counts)
    return share + min(counts[0], 50) / 1000 if share >= 0.6 else 0.001


def _is_table(lines: list[str], mark: str) -> bool:
    rows = [split(line, mark) for line in lines]
    first = [cell.strip('"') for cell in rows[0] if cell]
    if not first:
        return False
    if len(first) > 1 and not is_url(first[0]) and all(_NAME.fullmatch(cell) for cell in first):
        return _hold_url(rows[1:]) or _is_known_header(first)
    if mark in "\t|":
        return _hold_url(rows)
    if any(is_url(row[0]) and not any(_shows_table(cell) for cell in row[1:]) for row in rows):
        return False
    return _hold_url(rows) or _quoted_rows(rows)


def _hold_url(rows: list[list[str]]) -> bool:
    return any(is_url(cell.strip('"')) for row in rows for cell in row)


def _shows_table(cell: str) -> bool:
    return (
        is_url(cell.strip('"'))
        or cell.startswith('"')
        or re.fullmatch(r"\d+|[a-z]+/[\w.+-]+|", cell) is not None
    )


def _quoted_rows(rows: list[list[str]]) -> bool:
    """Whether every cell is quoted, as in an inventory of S3."""
    return all(len(row) > 1 and cell.startswith('"') for row in rows for cell in row if cell)


def _is_known_header(cells: list[str]) -> bool:
    names = {cell.strip().lower() for cell in cells}
    return "url" in names or names_objects(names)


def names_objects(names: Collection[str]) -> bool:
    """Whether a header is that of an inventory: a bucket, and in it a key (S3) or a name (Google Cloud Storage)."""
    return "bucket" in names and ("key" in names or "name" in names)
