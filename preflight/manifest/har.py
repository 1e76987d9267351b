"""HAR: the requests of a recorded browser session that were answered with media."""

from __future__ import annotations

from collections.abc import Iterator

from ..mediatype import canonical, essence
from ..target import Target
from .base import Input, is_media, is_url, names_media
from .json_scan import Event
from .json_urls import events, place

_ENTRIES: list[str | int] = ["log", "entries"]
_URL: list[str | int] = ["request", "url"]
_TYPE: list[str | int] = ["response", "content", "mimeType"]


def read_har(source: Input) -> Iterator[Target]:
    """``log.entries[].request.url``, where the response's type or the URL's extension is one of media."""
    target: Target | None = None
    kind = ""
    for event in events(source):
        path = event.path
        if path[:2] != _ENTRIES or len(path) < 3:
            continue
        if path[3:] == _URL and _is_http(event):
            target = Target(url=event.text, source=place(source, event))
        elif path[3:] == _TYPE and event.kind == "string":
            kind = event.text
        elif len(path) == 3 and event.kind == "}":
            if target is not None and (_is_media(kind) or names_media(target.url)):
                yield target
            target, kind = None, ""


def _is_http(event: Event) -> bool:
    return event.kind == "string" and is_url(event.text)


def _is_media(value: str) -> bool:
    media_type = essence(value)
    return media_type is not None and is_media(canonical(media_type))
