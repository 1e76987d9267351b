"""A list of URLs, one a line.

A ``#`` begins a comment at the start of a line or after white space; inside a URL it is its fragment. A
line that is no URL is handed on all the same, so that it is reported with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..target import Source, Target
from .base import WHITE, Input, joined

_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.DOTALL)


def read_url_list(source: Input) -> Iterator[Target]:
    """Every line that is not blank and no comment."""
    name, base = source.name, source.options.base_url
    for number, line in enumerate(source.lines(), 1):
        kept = _COMMENT.sub("", line) if "#" in line else line
        text = kept.strip(WHITE)
        if text:
            column = kept.index(text) + 1
            place = Source(file=name, line=number, column=column, end=column + len(text))
            yield Target(url=joined(base, text) if base else text, source=place)
