"""The path of a ``--field``: ``url``, ``items[].url``, ``a.b[0]``, ``*.image``, ``items[]["odd name"]``."""

from __future__ import annotations

import re

from ..errors import UsageError

_STEP = re.compile(
    r"""\.?(?P<name>[^.\[\]"'*]+)|(?P<any>\.?\*|\[\*?\])|\[(?P<index>\d+)\]|\[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]"""
)

Step = str | int | None
"""A key, an index, or None for any."""


def parse(field: str) -> list[Step]:
    """The steps of a path; a leading ``$`` is allowed. Raises UsageError."""
    rest = field.strip().removeprefix("$")
    steps: list[Step] = []
    while rest:
        match = _STEP.match(rest)
        if match is None:
            raise UsageError(f"--field {field!r} is not a path such as items[].url")
        steps.append(_step(match))
        rest = rest[match.end() :]
    return steps


def _step(match: re.Match[str]) -> Step:
    if match["any"] is not None:
        return None
    if match["index"] is not None:
        return int(match["index"])
    return match["quoted"] if match["quoted"] is not None else match["name"]


def matches(steps: list[Step], path: list[str | int]) -> bool:
    """Whether a path inside a document is the one asked for; a list at the very top needs no ``[]``."""
    if len(path) == len(steps) + 1 and path[0].__class__ is int:
        path = path[1:]
    return len(path) == len(steps) and all(
        step in (None, part) for step, part in zip(steps, path, strict=True)
    )
