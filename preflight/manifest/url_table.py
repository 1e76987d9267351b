"""URLs in a table: CSV, TSV and their kin."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ..errors import UsageError
from ..nearest import nearest
from ..target import Target
from ..text import printable
from .base import Input, is_url, length_of, type_of
from .delimited import Cell, records
from .delimiter import URL_NAMES, below_one_cell, column_name, delimiter_of

_MEDIA_NAMES = frozenset(
    {
        "image", "image_url", "image_link", "imageurl", "images", "img", "media", "media_link", "src", "source_url",
        "audio", "audio_url", "video", "video_url", "file_url", "asset_url", "thumbnail", "thumbnail_url", "poster",
    }
)  # fmt: skip
_LENGTH_NAMES = ("size", "length", "bytes", "content_length", "file_size", "filesize", "size_bytes")
_TYPE_NAMES = ("type", "content_type", "contenttype", "mime", "mime_type", "mimetype", "media_type")


def read_table(source: Input, delimiter: str | None = None) -> Iterator[Target]:
    """The cells of the URL columns; without such a column, every cell that is an http(s) URL."""
    rows = records(source, delimiter or _delimiter(source))
    first = next(rows, None)
    if first is None:
        return
    names = [column_name(cell.text) for cell in first]
    columns, headed = _url_columns(source, first, names)
    length, kind = _column(names, _LENGTH_NAMES), _column(names, _TYPE_NAMES)
    for row in rows if headed else chain([first], rows):
        for cell in _urls(row, columns):
            yield Target(
                url=source.absolute(cell.text),
                source=source.at(cell.place),
                declared_length=length_of(_text(row, length)) if headed else None,
                declared_type=type_of(_text(row, kind)) if headed else None,
            )


def read_tabbed(source: Input) -> Iterator[Target]:
    """The same, with tabs between the cells."""
    return read_table(source, "\t")


def _delimiter(source: Input) -> str:
    """The delimiter; there is none where nothing shows that there is more than one column."""
    wanted = source.options.column
    columns = {*URL_NAMES, *_MEDIA_NAMES} if wanted is None else {column_name(wanted)}
    return delimiter_of(source.head, "csv", columns) or below_one_cell(source.head, "csv")


def _url_columns(source: Input, first: list[Cell], names: list[str]) -> tuple[list[int], bool]:
    """The columns that hold URLs (none: look at all), and whether the first record is a header."""
    wanted = source.options.column
    if wanted is not None:
        return _wanted(source, wanted, first, names)
    if any(is_url(cell.text) for cell in first):
        return [], False
    for known in (URL_NAMES, _MEDIA_NAMES):
        columns = [index for index, name in enumerate(names) if name in known]
        if columns:
            return columns, True
    headed = bool({*_LENGTH_NAMES, *_TYPE_NAMES} & set(names))
    return [], headed


def _wanted(
    source: Input, wanted: str, first: list[Cell], names: list[str]
) -> tuple[list[int], bool]:
    if column_name(wanted) in names:
        return [names.index(column_name(wanted))], True
    if wanted.isascii() and wanted.isdigit() and 0 < int(wanted) <= len(first):
        column = int(wanted) - 1
        return [column], not is_url(first[column].text)
    hint = nearest(wanted, [cell.text for cell in first])
    raise UsageError(f"{printable(source.name)}: there is no column {wanted!r}{hint}")


def _urls(row: list[Cell], columns: list[int]) -> list[Cell]:
    if not columns:
        return [cell for cell in row if is_url(cell.text)]
    return [row[index] for index in columns if index < len(row) and row[index].text]


def _column(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _text(row: list[Cell], index: int | None) -> str | None:
    return row[index].text if index is not None and index < len(row) else None
