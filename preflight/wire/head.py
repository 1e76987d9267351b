"""Raw response heads to ``Head`` and its faults, pure: our own small reader of RFC 9112, the judge of framing.

Client libraries hide what must be judged: they refuse a head with both framings and lose it, join folded lines, drop the
space before a colon, take the first of two lengths. So the bytes are read here, and every deviation is kept as a fault:

- *malformed*: no careful recipient may accept it, because two recipients could disagree about where the body ends, or
  about what a field says;
- *irregular*: RFC 9112 lets a recipient tolerate it, and most do, but it is wrong.

What the RFC merely discourages is no fault: a missing reason phrase, lower-case names, bytes above 127 in a value, long
lines. The reader never raises and never looks at the body. A head that is strict, as nearly all are, is taken apart at once;
only the others are read with care, to say what is wrong where.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from ..observation import Fault, FaultKind, Head
from ..text import quoted

MAX_HEAD = 65_536
"""Bytes for all heads of one answer, the interim ones included. There is no limit a line."""
MAX_INTERIM = 16
"""Interim (1xx) answers before the final one."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_STRICT_STATUS = re.compile(r"HTTP/1\.[0-9] [1-9][0-9][0-9](?: [\t -~\x80-\xff]*)?")
_STRICT_VALUE = re.compile(r"[\t -~\x80-\xff]*")
_STATUS_LINE = re.compile(r"(HTTP/1\.[0-9])([ \t]+)([0-9]{3})(?:([ \t]+)(.*))?", re.DOTALL)
_NAME = re.compile(_TOKEN)
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FATAL = re.compile(r"[\x00\r]")
_MEMORABLE = 4_096
"""Characters of a head up to which its lines are remembered, so that nobody fills our memory with theirs."""
_MEMORABLE_NAME = 64
"""The same for the name of a field."""

Status = tuple[str, int, str]
Field = tuple[str, str]


def find_end(buffer: bytes | bytearray, seen: int = 0, begin: int = 0) -> int:
    """The index just after the blank line that ends the head from ``begin`` on, or -1. ``seen`` may be where an earlier search gave up."""
    start = max(begin, seen - 2)
    crlf = buffer.find(b"\n\r\n", start)
    bare = buffer.find(b"\n\n", start, crlf + 1 if crlf >= 0 else len(buffer))
    return bare + 2 if bare >= 0 else crlf + 3 if crlf >= 0 else -1


def not_http(beginning: bytes) -> bool:
    """Whether bytes cannot be the beginning of an HTTP/1.x answer."""
    prefix = b"HTTP/1."
    return beginning[: len(prefix)] != prefix[: len(beginning)]


def read_head(raw: bytes) -> Head:
    """Read one head, from its status line to its blank line."""
    text = raw.decode("latin-1")
    if text.endswith("\r\n\r\n"):
        lines = text[:-4].split("\r\n")
        memorable = len(text) <= _MEMORABLE
        status = (_strict_status if memorable else _strict_status.__wrapped__)(lines[0])
        read = _strict_field if memorable else _strict_field.__wrapped__
        fields = [field for line in lines[1:] if (field := read(line)) is not None]
        if status is not None and len(fields) == len(lines) - 1:
            return _with_framing(*status, tuple(fields), [])
    return _read_leniently(text)


@lru_cache(maxsize=64)
def _strict_status(line: str) -> Status | None:
    """Version, status and reason phrase of a status line as RFC 9112 wants it, else None."""
    return (line[:8], int(line[9:12]), line[13:]) if _STRICT_STATUS.fullmatch(line) else None


@lru_cache(maxsize=2048)
def _strict_field(line: str) -> Field | None:
    """Name and value of a field line as RFC 9112 wants it, else None. Remembered, because servers send the same lines again and again."""
    name, colon, value = line.partition(":")
    is_token = _is_token if len(name) <= _MEMORABLE_NAME else _is_token.__wrapped__
    plain = line.isascii() and line.isprintable()  # as nearly all are, and found in no time
    if colon and is_token(name) and (plain or _STRICT_VALUE.fullmatch(value)):
        return name, value.strip(" \t")
    return None


@lru_cache(maxsize=512)
def _is_token(name: str) -> bool:
    """Whether this may be a field's name. Remembered, because names come again where values do not."""
    return _NAME.fullmatch(name) is not None


def unreadable(detail: str, interim: int = 0) -> Head:
    """A head of which nothing can be used, and why."""
    return Head(
        version=None, status=None, faults=(Fault(FaultKind.MALFORMED, detail),), interim=interim
    )


def _with_framing(
    version: str, status: int, reason: str, fields: tuple[Field, ...], faults: list[Fault]
) -> Head:
    """Join the members of the framing fields and judge them together (RFC 9112 section 6.3, RFC 9110 section 8.6)."""
    lengths = codings = None
    for name, value in fields:
        size = len(name)
        if size == 14 and name.lower() == "content-length":
            lengths = (*(lengths or ()), *_members(value))
        elif size == 17 and name.lower() == "transfer-encoding":
            codings = (*(codings or ()), *filter(None, _members(value.lower())))
    head = Head(
        version=version, status=status, reason=reason, fields=fields, lengths=lengths, codings=codings,
        faults=tuple(faults),
    )  # fmt: skip
    if codings is None and (lengths is None or (len(lengths) == 1 and _is_number(lengths[0]))):
        return head
    return replace(head, faults=(*faults, *_framing_faults(head)))


def _members(value: str) -> list[str]:
    """The members of the list in a field's value."""
    return [member.strip(" \t") for member in value.split(",")]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _framing_faults(head: Head) -> list[Fault]:
    faults = []
    if head.lengths is not None:
        wrong = [length for length in head.lengths if not _is_number(length)]
        if wrong:
            faults.append(_malformed(f"the Content-Length {quoted(wrong[0])} is not a number"))
        elif head.length is None:
            faults.append(
                _malformed(
                    f"there are Content-Lengths that differ: {quoted(', '.join(head.lengths))}"
                )
            )
        elif len(head.lengths) > 1:
            faults.append(_irregular("the same Content-Length is repeated"))
    if head.codings is not None:
        if head.lengths is not None:
            faults.append(_malformed("Transfer-Encoding and Content-Length stand together"))
        if not head.chunked:
            faults.append(
                _malformed(
                    f"the Transfer-Encoding {quoted(', '.join(head.codings))} does not name chunked"
                )
            )
    return faults


def _read_leniently(text: str) -> Head:
    """Line by line, for a head that is not strict: keep what can be used, and say what is wrong where."""
    lines = text.split("\n")[:-2] or [""]  # without the blank line, and the nothing after its end
    faults: list[Fault] = []
    if any(not line.endswith("\r") for line in lines) or not text.endswith("\r\n"):
        faults.append(_irregular("a line ends in a bare line feed"))
    lines = [line.removesuffix("\r") for line in lines]
    status_line = _status_line(lines[0], faults)
    if status_line is None:
        return unreadable(f"the answer is not HTTP/1.x: it begins with {quoted(lines[0], 40)}")
    version, status, reason = status_line
    fields: list[Field] = []
    for number, line in enumerate(lines[1:], start=2):
        _read_line(line, number, fields, faults)
    return _with_framing(version, status, reason, tuple(fields), faults)


def _status_line(line: str, faults: list[Fault]) -> tuple[str, int, str] | None:
    match = _STATUS_LINE.fullmatch(line)
    if not match or int(match[3]) < 100:
        return None
    if match[2] != " " or (match[4] or " ")[0] != " ":
        faults.append(_irregular("the status line is not spaced by single spaces", 1))
    reason = (match[5] or "").strip(" \t")
    _check_value(reason, "the reason phrase", 1, faults)
    return match[1], int(match[3]), reason


def _read_line(line: str, number: int, fields: list[Field], faults: list[Fault]) -> None:
    if line[:1] in (" ", "\t"):
        _fold(line, number, fields, faults)
        return
    name, colon, value = line.partition(":")
    if not colon:
        faults.append(_malformed(f"a line has no colon: {quoted(line, 40)}", number))
        return
    bare = name.rstrip(" \t")
    if not bare:
        faults.append(_malformed("a field has no name", number))
        return
    if bare != name:
        faults.append(_irregular(f"a space stands before the colon of {quoted(bare, 40)}", number))
    if re.search(r"[\x00-\x20\x7f]", bare):
        faults.append(
            _malformed(
                f"the field name {quoted(bare, 40)} holds a space or control character", number
            )
        )
    elif not _NAME.fullmatch(bare):
        faults.append(_irregular(f"the field name {quoted(bare, 40)} is not a token", number))
    value = value.strip(" \t")
    _check_value(value, f"the value of {quoted(bare, 40)}", number, faults)
    fields.append((bare, value))


def _fold(line: str, number: int, fields: list[Field], faults: list[Fault]) -> None:
    """A line that begins with white space goes on with the field before it (obs-fold, RFC 9112 section 5.2)."""
    if not fields:
        faults.append(
            _malformed("the first line after the status line begins with white space", number)
        )
        return
    name, value = fields[-1]
    more = line.strip(" \t")
    faults.append(_irregular(f"the value of {quoted(name, 40)} is folded over two lines", number))
    _check_value(more, f"the value of {quoted(name, 40)}", number, faults)
    fields[-1] = (name, f"{value} {more}".strip(" "))


def _check_value(value: str, what: str, number: int, faults: list[Fault]) -> None:
    if _FATAL.search(value):
        faults.append(_malformed(f"{what} holds a NUL or a carriage return", number))
    elif _CONTROL.search(value):
        faults.append(_irregular(f"{what} holds a control character", number))


def _malformed(detail: str, line: int | None = None) -> Fault:
    return Fault(FaultKind.MALFORMED, detail, line)


def _irregular(detail: str, line: int | None = None) -> Fault:
    return Fault(FaultKind.IRREGULAR, detail, line)
