"""A list of URLs, one a line.

A ``#`` begins a comment at the start of a line or after white space; inside a URL it is its fragment. A
line that is no URL is handed on all the same, so that it is reported with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..target import Target
from .base import Input, Place, trimmed

_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.DOTALL)


def read_url_list(source: Input) -> Iterator[Target]:
    """Every line that is not blank and no comment."""
    for number, line in enumerate(source.lines(), 1):
        text, column = trimmed(line if "#" not in line else _COMMENT.sub("", line), 1)
        if text:
            place = Place(number, column, column + len(text))
            yield Target(url=source.absolute(text), source=source.at(place))
