"""A list of URLs, one a line.

A ``#`` begins a comment at the start of a line or after white space; inside a URL it is its fragment. A
line that is no URL is handed on all the same, so that it is reported with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from ..target import Source, Target
from .base import WHITE, Input, joined

_COMMENT = re.compile(r"(?:^|[ \t])#.*", re.DOTALL)
# Lists are long: a call of the class itself would take twice as long, most of it to pack its keywords.
_target: Callable[..., Target] = partial(Target.__new__, Target)
_source: Callable[..., Source] = partial(Source.__new__, Source)


def read_url_list(source: Input) -> Iterator[Target]:
    """Every line that is not blank and no comment."""
    name, base = source.name, source.options.base_url
    for number, line in enumerate(source.lines(), 1):
        kept = _COMMENT.sub("", line) if "#" in line else line
        text = kept.strip(WHITE)
        if text:
            column = kept.index(text) + 1
            place = _source(file=name, line=number, column=column, end=column + len(text))
            yield _target(url=joined(base, text) if base else text, source=place)
