"""URLs in JSON and JSON Lines: every string that is an http(s) URL, or the field asked for."""

from __future__ import annotations

from collections.abc import Iterator

from ..target import Source, Target
from .base import Input, Place, is_url, pointer
from .fields import matches, parse
from .json_scan import Event, JsonError, scan


def events(source: Input) -> Iterator[Event]:
    """The events of the source; what is no JSON is a SourceError with its place."""
    try:
        yield from scan(source.text)
    except JsonError as error:
        raise source.error(f"is not JSON: {error.problem}", error.line, error.column) from None


def read_json(source: Input) -> Iterator[Target]:
    """Targets with a pointer such as ``items[0].url``; in JSON Lines it begins at the line's own value."""
    steps = parse(source.options.field) if source.options.field is not None else None
    for event in events(source):
        if steps is not None:
            if (
                event.kind in ("string", "other")
                and event.text != "null"
                and matches(steps, event.path)
            ):
                yield Target(url=source.absolute(event.text), source=place(source, event))
        elif event.kind == "string" and is_url(event.text.lstrip()):
            yield Target(url=event.text, source=place(source, event))


def place(source: Input, event: Event) -> Source:
    """Where a scalar stands."""
    return source.at(Place(event.line, event.column, event.end), pointer(event.path))
