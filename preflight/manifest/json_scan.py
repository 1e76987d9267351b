"""A JSON reader that knows where everything stands, and holds no more than one string of the document.

It reads one value, or several one after the other (JSON Lines), as RFC 8259 writes them; the events of a value come in
document order. The library's own parser gives no positions, and needs the whole document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from ..text import encodable

_CHUNK = 64 * 1024
_MAX_DEPTH = 500
_MAX_TOKEN = 16 << 20
_NUMBER = re.compile(r"[0-9.eE+-]*")
_SPACE = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(
    r'[ \t]*+(?:([{}\[\],:])|"([^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+)"|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))'
)


_VALUE = frozenset({"{", "[", "string", "other"})
_CLOSING = {"{": "}", "[": "]"}
# What may come next; "end" stands for the bracket that closes the present list or object.
_ALLOWED = {
    "a value": _VALUE,
    "a value or ]": _VALUE | {"end"},
    "a key": frozenset({"string"}),
    "a key or }": frozenset({"string", "end"}),
    "a colon": frozenset({":"}),
    "a comma or the end": frozenset({",", "end"}),
}


class Event(NamedTuple):
    """One step through a document.

    ``kind`` is ``{ } [ ]``, ``string`` or ``other`` (a number, true, false, null). ``column`` and ``end`` of a string are those of its
    content, without the quotes. ``path`` is the live list of keys and indexes; copy it to keep it.
    """

    kind: str
    text: str
    line: int
    column: int
    end: int
    path: list[str | int]


class JsonError(ValueError):
    """Not JSON, and where; ``cut`` where the text only ends too early."""

    def __init__(self, problem: str, line: int, column: int, *, cut: bool = False) -> None:
        super().__init__(problem)
        self.problem, self.line, self.column, self.cut = problem, line, column, cut


_Token = tuple[str, str, int, int, int]
"""Kind (one of { } [ ] , : or string, other, end), text, line, column, end; a plain tuple, for speed."""


def scan(text: TextIO) -> Iterator[Event]:
    """The events of every top-level value. Raises JsonError."""
    path: list[str | int] = []
    stack: list[str] = []
    expected = "a value"
    for kind, value, line, column, end in _tokens(text):
        if kind == "end":
            if stack:
                raise JsonError("the JSON ends too early", line, column, cut=True)
            return
        allowed = _ALLOWED[expected]
        if kind not in allowed and not ("end" in allowed and stack and kind == _CLOSING[stack[-1]]):
            found = value if kind in ("string", "other") else kind
            raise JsonError(f"expected {expected}, found {found[:20]!r}", line, column)
        if kind == ":":
            expected = "a value"
            continue
        if kind == ",":
            expected = "a key" if stack[-1] == "{" else "a value"
            if (last := path[-1]).__class__ is int:
                path[-1] = int(last) + 1
            continue
        if kind == "string" and expected in ("a key", "a key or }"):
            path[-1], expected = value, "a colon"
            continue
        if kind in "]}":
            stack.pop()
            path.pop()
        yield Event(kind, value, line, column, end, path)
        expected = "a comma or the end" if stack else "a value"
        if kind in "[{":
            if len(stack) == _MAX_DEPTH:
                raise JsonError(f"nested over {_MAX_DEPTH} deep", line, column)
            stack.append(kind)
            path.append(0 if kind == "[" else "")
            expected = "a value or ]" if kind == "[" else "a key or }"


def _tokens(text: TextIO) -> Iterator[_Token]:
    buffer, position, ended = "", 0, False
    # ``start`` is the index at which the line begins, negative once that is out of the buffer
    line, start = 1, 0
    while True:
        match = _TOKEN.match(buffer, position)
        if match is None:
            after = _end(_SPACE, buffer, position)
            if breaks := buffer.count("\n", position, after):
                line += breaks
                start = buffer.rfind("\n", position, after) + 1
            if after != position:
                position = after
                continue
        if not ended and (_may_go_on(match) if match else _may_come(buffer, position)):
            rest = buffer[position:]
            if len(rest) > _MAX_TOKEN:
                raise JsonError(
                    "a string that does not end within 16 MB", line, position - start + 1
                )
            data = text.read(max(_CHUNK, len(rest)))
            ended = not data
            buffer, position, start = rest + data, 0, start - position
            continue
        if match is None:
            break
        yield _token(match, line, start)
        position = match.end()
    column = position - start + 1
    if position < len(buffer):
        raise _broken(buffer[position : position + 200], line, column)
    yield "end", "", line, column, column


def _token(match: re.Match[str], line: int, start: int) -> _Token:
    """A token in its line, which begins at the index ``start``."""
    group = match.lastindex or 0
    value, column, end = match[group], match.start(group) - start + 1, match.end(group) - start + 1
    if group == 1:
        return value, value, line, column, end
    if group == 2:
        return (
            "string",
            _unescaped(value, line, column) if "\\" in value else value,
            line,
            column,
            end,
        )
    return "other", value, line, column, end


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _may_go_on(match: re.Match[str]) -> bool:
    """Whether a number may have more digits beyond the buffer."""
    return match.lastindex == 3 and _end(_NUMBER, match.string, match.end()) == len(match.string)


def _may_come(buffer: str, position: int) -> bool:
    """Whether more text could make a token of what is at ``position``."""
    return position == len(buffer) or buffer[position] == '"' or len(buffer) - position < 64


def _broken(rest: str, line: int, column: int) -> JsonError:
    if rest[0] == '"':
        cut = not re.search(r"[\x00-\x1f]", rest)
        return JsonError("a string that does not end on its line", line, column, cut=cut)
    cut = any(word.startswith(rest) for word in ("true", "false", "null", "-"))
    cut = cut or _end(_NUMBER, rest, 0) == len(rest)
    return JsonError(f"unexpected {rest[0]!r}", line, column, cut=cut)


def _unescaped(raw: str, line: int, column: int) -> str:
    try:
        value = str(json.loads(f'"{raw}"'))
    except json.JSONDecodeError as error:
        raise JsonError("a wrong escape in a string", line, column + error.pos - 1) from None
    return encodable(value)
