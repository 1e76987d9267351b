"""What a piece of an HTML page says, its character references resolved, and where in the page each part of it stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from html import unescape
from html.entities import html5
from typing import NamedTuple

_REFERENCE = re.compile(r"&(?:#(?:[0-9]++|[xX][0-9a-fA-F]++);?|([A-Za-z][A-Za-z0-9]*+(?:;|(?!=))))")
WHITE = " \t\n\f\r"
"""The white space of HTML and CSS: no other ends a value or a name, or is taken off a URL."""
_MAX_REFERENCE = 1000  # a longer number stands for no character; int() refuses one of 4,300 digits


class Text(NamedTuple):
    """A piece of the page: ``text`` is what it says, ``start`` the offset in the page at which it begins.

    From the offset ``behind[i]`` of ``text`` on, the page is ``further[i]`` characters ahead.
    """

    text: str
    start: int
    behind: tuple[int, ...] = ()
    further: tuple[int, ...] = ()

    def at(self, offset: int) -> int:
        """The offset in the page of a character of ``text``, or of its end."""
        index = bisect_right(self.behind, offset)
        return self.start + offset + (self.further[index - 1] if index else 0)

    def trimmed(self, start: int = 0, end: int | None = None) -> tuple[str, int, int]:
        """A part without the white space around it, which HTML takes off a URL, and from where to where it goes in the page."""
        part = self.text[start:end]
        inner = part.lstrip(WHITE)
        start += len(part) - len(inner)
        inner = inner.rstrip(WHITE)
        return inner, self.at(start), self.at(start + len(inner))


def attribute(raw: str, start: int) -> Text:
    """The value of an attribute, by the HTML standard (13.2.5.72 to 80).

    There a name without its semicolon stays as it is where a letter, a digit or ``=`` follows: ``?a=1&copy=2`` is an ordinary
    query. The library's ``unescape`` knows the rule of running text only, which has no such exception.
    """
    if "&" not in raw:
        return Text(raw, start)
    said: list[str] = []
    behind: list[int] = []
    further: list[int] = []
    done = length = 0
    for match in _REFERENCE.finditer(raw):
        if match[1] is not None and match[1] not in html5:
            continue
        character = unescape(match[0]) if len(match[0]) < _MAX_REFERENCE else "\ufffd"
        said += (raw[done : match.start()], character)
        length += match.start() - done + len(character)
        done = match.end()
        behind.append(length)
        further.append(done - length)
    said.append(raw[done:])
    return Text("".join(said), start, tuple(behind), tuple(further))
