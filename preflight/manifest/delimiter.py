"""Whether a text is a table, and what its cells are divided by: told from its first lines."""

from __future__ import annotations

import re
from collections.abc import Collection

from .base import is_url, names_media
from .delimited import split

_DELIMITERS = ",\t;|"
URL_NAMES = ("url", "media_url", "mediaurl", "media_urls")
"""The columns that hold the URLs, by their names alone."""
NOTHING = "\n"
"""The delimiter of a single column: what stands in no line, so that a comma in a URL is part of it."""
_NEVER_IN_URLS = re.compile(r"[\t| ]")
_URL_INSIDE = re.compile(r"https?://", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,40}")
_MEDIA_TYPE = re.compile(r"(?:application|audio|binary|image|text|video)/[\w.+-]+", re.IGNORECASE)
_STEP = re.compile(r"[a-z]{1,2}_[^/]+/")
"""A step of a transformation in the middle of a path: ``w_300/``."""
_WORD = re.compile(r"[A-Z\u00c0-\u00de\u0391-\u03a9\u0410-\u042f][^\W_]*(?:['!-][^\W_]*)*")
_TEXTS = (
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}([./])[0-9]{1,2}\1[0-9]{2,4}"),
    re.compile(r"[$\u00a3\u20ac][0-9]+(?:\.[0-9]{2})?|[0-9]+%"),
    re.compile(r"[^@/?&=]+@(?:[\w-]+\.)+[A-Za-z]{2,}"),
    _WORD,
)
"""What stands in the cells of tables, and seldom in URLs: dates, prices, e-mail addresses, words that begin with a capital."""
_IN_PATHS = (
    *_TEXTS,
    re.compile(r"[0-9]+\.[0-9]{2}"),
    re.compile(r"true|false|yes|no"),
    re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:/)?/.*"),
)
"""The same behind a path, with what would be a value in a query: numbers, lower-case words, the paths of files."""


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

    A tab in the first line of a .tsv is its delimiter. Commas and semicolons may stand in URLs, so lines that begin with a URL are a table
    only if some later cell shows it (see ``_stops``); where the file says that it is a table, they are one unless what follows goes on with
    their URLs (see ``_run_through``). Below the name of one of ``columns`` alone, it is what ``below_one_cell`` says.
    """
    lines = _rows(head, hint)
    if not lines:
        return None
    if column_name(lines[0].strip().strip('"')) in columns:
        return below_one_cell(head, hint)
    if hint == "tsv" and "\t" in lines[0]:
        return "\t"
    fit = {mark: found for mark in _DELIMITERS if (found := _fitness(lines, mark))}
    if not fit:
        return None
    best = max(fit, key=lambda mark: fit[mark])
    if hint in ("csv", "tsv"):
        return NOTHING if _run_through(lines, best) else best
    return best if _is_table(lines, best) else None


def below_one_cell(head: str, hint: str | None = None) -> str:
    """The delimiter of a table whose first line is one cell: NOTHING, unless a row shows that a comma ends its URL."""
    rows = [split(line, ",") for line in _rows(head, hint)]
    shown = any(_stops(row) if is_url(row[0]) else _hold_url([row[1:]]) for row in rows)
    return "," if shown else NOTHING


def column_name(text: str) -> str:
    """A header's cell without what its writers spell differently: case, spaces, dashes."""
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def first_lines(head: str, most: int) -> list[str]:
    """Of the first so many lines, those that are not blank; without one that is cut, unless there is no other."""
    *lines, rest = head.split("\n", most)
    return [line for line in lines if line.strip()] or [rest] * bool(rest.strip())


def _rows(head: str, hint: str | None) -> list[str]:
    """The first lines; in what is said to be a table without comments, whose commas tell nothing."""
    lines = first_lines(head, 50)
    if hint in ("csv", "tsv"):
        return [line for line in lines if not line.startswith("#")] or lines
    return lines


def _fitness(lines: list[str], mark: str) -> tuple[int, bool, int, float] | None:
    """How well a delimiter explains the lines, the strongest reason first; None where it divides nothing.

    It loses no URL behind the beginning of a cell, where nobody looks for one; it leaves URLs that hold no tab, bar or space, which no URL
    can hold; it leaves many that name media, as one that ends elsewhere does not; many lines have as many cells as the first, and that many.
    """
    rows = [split(line, mark) for line in lines]
    cells = len(rows[0])
    if cells < 2 or (mark == "|" and _only_in_urls(lines, rows)):
        return None
    texts = [cell.strip('"') for row in rows for cell in row]
    urls = [text for text in texts if is_url(text)]
    lost = sum(not is_url(text) and _URL_INSIDE.search(text) is not None for text in texts)
    whole = [url for url in urls if not _NEVER_IN_URLS.search(url)]
    share = sum(len(row) == cells for row in rows) / len(rows)
    agreement = share + min(cells, 50) / 1000 if share >= 0.6 else 0.001
    return -lost, bool(whole), sum(map(names_media, whole)), agreement


def _only_in_urls(lines: list[str], rows: list[list[str]]) -> bool:
    """Whether a bar is a fault inside URLs: nothing shows that it ends them, nor do lines agree on it, unless it is behind it that they name media."""
    if not all(map(_is_one, rows)):
        return False
    agreed = len(rows) > 1 and len({len(row) for row in rows}) == 1
    return not agreed or all(names_media(re.split("[,;\t]", line, maxsplit=1)[0]) for line in lines)


def _is_table(lines: list[str], mark: str) -> bool:
    rows = [split(line, mark) for line in lines]
    first = [cell.strip('"') for cell in rows[0] if cell]
    if not first:
        return False
    if len(first) > 1 and not is_url(first[0]) and all(_NAME.fullmatch(cell) for cell in first):
        return _hold_url(rows[1:]) or _is_known_header(first)
    if mark in "\t|":
        return _hold_url(rows)
    if any(is_url(row[0]) and not _stops(row) for row in rows):
        return False
    return _hold_url(rows) or _quoted_rows(rows)


def _hold_url(rows: list[list[str]]) -> bool:
    return any(is_url(cell.strip('"')) for row in rows for cell in row)


def _stops(row: list[str]) -> bool:
    """Whether the URL that begins a row ends with its cell, as the later cells show: another URL, a quoted cell, a media type, or nothing at the end.

    A number or an empty cell shows it too, but not after a query (``?crop=0,0,300,200``), nor in the middle of a path
    (``/125,15,120,140/full.jpg``).
    """
    url, *later = row
    if not later:
        return False
    if not later[-1] or any(_is_no_part(cell) for cell in later):
        return True
    plain = [not cell or (cell.isascii() and cell.isdigit()) for cell in later]
    return "?" not in url and (all(plain) or (any(plain) and names_media(url)))


def _is_no_part(cell: str) -> bool:
    """Whether a cell is no part of the URL before it."""
    return (
        is_url(cell.strip('"')) or cell.startswith('"') or _MEDIA_TYPE.fullmatch(cell) is not None
    )


def _run_through(lines: list[str], mark: str) -> bool:
    """Whether each line is one URL, the delimiter a part of it."""
    if mark not in ",;" or any(len(line.split()) > 1 for line in lines):
        return False
    return all(_is_one(split(line, mark)) for line in lines)


def _is_one(row: list[str]) -> bool:
    """Whether a row is one URL: no cell shows that it ends before, nor is the first cell a whole one by its extension.

    What follows an extension goes on with the URL only as the next step of a transformation (``/logo.png,w_300/1.jpg``).
    """
    url, *later = row
    if not later:
        return is_url(url.strip('"'))
    whole = "?" not in url and names_media(url) and not _STEP.match(later[0])
    return is_url(url) and not whole and not _stops(row) and not _is_beside_text(url, later)


def _is_beside_text(url: str, later: list[str]) -> bool:
    """Whether a cell beside a URL is a text by its kind.

    Behind a query only the next cell tells, and only if it is of another kind than the value before it: ``?text=Happy,Easter`` is one URL.
    Behind a path that holds for all but words: ``/48.85,2.35``.
    """
    query = "?" in url
    last = re.split("[?&=]" if query else "/", url)[-1]
    return any(
        kind.fullmatch(cell) and not (kind.fullmatch(last) and (query or kind is not _WORD))
        for cell in (later[:1] if query else later)
        for kind in (_TEXTS if query else _IN_PATHS)
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
