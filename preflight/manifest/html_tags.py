"""The start tags of an HTML page, with the exact place of every attribute's value.

Tokens are cut as the HTML standard says (13.2.5), in one pass and linear time; the library's parser takes seconds for a few
kilobytes of tags that do not end, and gives no place to attributes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .html_text import WHITE, Text, attribute

_NAME = re.compile(rf"<([A-Za-z][^{WHITE}/>]*)")
_ATTRIBUTE = re.compile(
    rf"""[{WHITE}/]*+([^{WHITE}/>=][^{WHITE}/>=]*+|=[^{WHITE}/>=]*+)"""
    rf"""(?:[{WHITE}]*+=[{WHITE}]*+(?:"([^"]*+)("|$)|'([^']*+)('|$)|([^{WHITE}>"'][^{WHITE}>]*+)?))?"""
)
_CLOSE = re.compile(rf"[{WHITE}/]*+(>|$)")
_COMMENT = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})


class Tag(NamedTuple):
    """A start tag; of several attributes of one name, the first counts."""

    name: str
    given: dict[str, Text]


def pieces(text: str) -> Iterator[Tag | Text]:
    """Every start tag, and the content of every style element."""
    position = 0
    while (position := text.find("<", position)) >= 0:
        match = _NAME.match(text, position)
        if match is None:
            position = _beyond(text, position)
            continue
        tag, position = _tag(text, match)
        if tag is None:
            return  # the page ends inside the tag
        yield tag
        if tag.name in _RAW:
            end = _end_of(text, tag.name, position)
            if tag.name == "style":
                yield Text(text[position:end], position)
            position = end


def _beyond(text: str, position: int) -> int:
    """The offset behind a comment, an end tag or a declaration, or behind a lone ``<``."""
    if text.startswith("<!--", position):
        comment = _COMMENT.match(text, position)
        return comment.end() if comment else len(text)
    if text[position + 1 : position + 2] in ("!", "?", "/"):
        end = text.find(">", position)
        return end + 1 if end >= 0 else len(text)
    return position + 1


def _tag(text: str, name: re.Match[str]) -> tuple[Tag | None, int]:
    given: dict[str, Text] = {}
    position = name.end()
    while not (close := _CLOSE.match(text, position)):
        match = _ATTRIBUTE.match(text, position)
        if match is None:
            return None, len(text)
        group = next((number for number in (2, 4, 6) if match[number] is not None), None)
        if group:
            given.setdefault(match[1].lower(), attribute(match[group], match.start(group)))
        position = match.end()
    if not close[1]:
        return None, len(text)
    return Tag(name[1].lower(), given), close.end()


def _end_of(text: str, name: str, position: int) -> int:
    """Where the text of a script, a style and their like ends."""
    match = re.compile(rf"</{name}(?=[{WHITE}/>])", re.IGNORECASE).search(text, position)
    return match.start() if match else len(text)
