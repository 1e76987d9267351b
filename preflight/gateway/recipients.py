"""Recipients from a CSV file: one request a line, made from a template.

Columns: ``to``; ``data_NAME`` for the merge tag NAME; ``custom_text_N`` for slide N; ``custom_subject``, ``message_subject``,
``fallback_sms_text``, ``operator_id`` and ``client_reference``; ``key`` for the ledger. Dashes may stand for underscores. An empty cell
leaves the template's own value. The separator is a comma, a semicolon or a tab.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from ..errors import SourceError
from ..nearest import nearest
from ..target import Source
from ..text import quoted
from ..values import dataclass
from .ledger_entry import NO_KEY, is_key
from .problem import Problem, errors
from .request import Api, CustomText, SendRequest
from .validate import validate

_PLAIN = (
    "custom_subject",
    "message_subject",
    "fallback_sms_text",
    "operator_id",
    "client_reference",
)
_KNOWN = ("to", "key", *_PLAIN)
_TEXT = re.compile(r"custom_text_([1-9][0-9]*)")
_CELL_CHARACTERS = 131_072


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One line of the file: the request, the ledger key it asks for (None: the default), where it stands, and what is odd about it."""

    request: SendRequest
    source: Source
    key: str | None = None
    warnings: tuple[Problem, ...] = ()


def read_recipients(
    path: Path,
    template: SendRequest,
    api: Api,
    fallback: str = "warn",
    *,
    now: datetime | None = None,
) -> Iterator[Recipient]:
    """The recipients of a CSV file in UTF-8, in order, each checked by ``validate`` at ``now``; ``template.to`` is not used.

    Raises SourceError naming file and line for what is no such file or names nobody, a request that must not be sent, a key that is none,
    and a line that repeats an earlier one or its key: iterate to the end before sending anything.
    """
    seen: dict[object, int] = {}
    header: list[str] | None = None
    nobody = True
    for line, row in _rows(path):
        if header is None:
            header = _header(f"{path}:{line}", row)
            continue
        nobody = False
        request, key = _request(path, line, header, row, template)
        problems = validate(request, api, fallback, now=now)
        wrong = errors(problems)
        if wrong:
            raise SourceError(f"{path}:{line}: {wrong[0].message}")
        if key is not None:
            _look_at_key(key, f"{path}:{line}", seen.setdefault(key, line), line)
        first = seen.setdefault(_identity(request, key), line)
        if first != line:
            raise SourceError(
                f"{path}:{line}: repeats line {first}: the same recipient and the same message"
            )
        yield Recipient(
            request=request,
            key=key,
            source=Source(file=str(path), line=line),
            warnings=tuple(problems),
        )
    if header is None:
        raise SourceError(f"{path}: is empty; its first line must name the columns, one of them to")
    if nobody:
        raise SourceError(f"{path}: names its columns, and no recipient below them")


def _look_at_key(key: str, where: str, first: int, line: int) -> None:
    if not is_key(key):
        raise SourceError(f"{where}: {NO_KEY}")
    if first != line:
        raise SourceError(
            f"{where}: has the key of line {first}; each message needs one of its own"
        )


def _identity(request: SendRequest, key: str | None) -> tuple[object, ...]:
    """What makes two lines one message: two keys are two messages, because somebody said so. All lines have their texts in one order."""
    return (
        key,
        request.to,
        request.data,
        request.custom_text,
        request.custom_subject,
        request.message_subject,
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it begins on."""
    line = 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(_CELL_CHARACTERS)
            file.seek(0)
            reader = csv.reader(file, delimiter=max(",;\t", key=first.count), strict=True)
            for row in reader:
                begin, line = line + 1, reader.line_num
                if any(cell.strip() for cell in row):
                    yield begin, row
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{path}: is not UTF-8") from None
    except csv.Error as error:
        raise SourceError(f"{path}:{line + 1}: is not CSV: {error}") from None


def _header(where: str, row: list[str]) -> list[str]:
    names = [_column(cell.strip()) for cell in row]
    for name, cell in zip(names, row, strict=True):
        if name not in _KNOWN and not name.startswith("data_") and not _TEXT.fullmatch(name):
            raise SourceError(
                f"{where}: unknown column {quoted(cell)}{nearest(name, list(_KNOWN))}"
            )
        if names.count(name) > 1:
            raise SourceError(f"{where}: the column {quoted(name)} is there twice")
    if "to" not in names:
        raise SourceError(f"{where}: no column is named to")
    return names


def _column(cell: str) -> str:
    """A column's name in our spelling; the name of a merge tag keeps its dashes."""
    lower = cell.lower()
    if re.match(r"data[_-]", lower):
        return "data_" + lower[5:]
    return lower.replace("-", "_")


def _request(
    path: Path, line: int, header: list[str], row: list[str], template: SendRequest
) -> tuple[SendRequest, str | None]:
    """What a line asks for, and the key it asks for it under."""
    if len(row) != len(header):
        raise SourceError(
            f"{path}:{line}: has {len(row)} cells, and the first line has {len(header)}"
        )
    cells = {name: cell for name, cell in zip(header, row, strict=True) if cell.strip()}
    if "to" not in cells:
        raise SourceError(f"{path}:{line}: to is empty")
    data = {name.lower(): text for name, text in template.data}
    texts = {text.slide: text.value for text in template.custom_text}
    for name, cell in cells.items():
        if name.startswith("data_"):
            data[name.removeprefix("data_")] = cell
        elif match := _TEXT.fullmatch(name):
            texts[int(match.group(1))] = cell
    request = replace(
        template,
        to=cells["to"].strip(),
        data=tuple(data.items()),
        custom_text=tuple(CustomText(slide=slide, value=text) for slide, text in texts.items()),
        **{name: cells[name] for name in _PLAIN if name in cells},  # type: ignore[arg-type]
    )
    return request, cells["key"].strip() if "key" in cells else None
