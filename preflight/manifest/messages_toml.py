"""messages.toml: saved messages and the media they were made of, for people to write."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from ..errors import SourceError
from ..message import KINDS, Message, Slide, SlideMedia
from ..nearest import nearest
from ..target import Source
from ..text import quoted
from .base import Input, Place
from .toml_places import Path, places

_MESSAGE_KEYS = ["mms-id", "name", "subject", "slide"]
_MAX_NUMBER = 1 << 63  # TOML's integers have 64 bits; Python's can be too long to be written out
_MAX_SECONDS = 1e6
_SLIDE_KEYS = ["text", "duration", *KINDS]


class _Document:
    """The values with their places, and the errors that name them."""

    def __init__(self, source: Input) -> None:
        self.source = source
        text = source.whole()
        try:
            self.values = tomllib.loads(text)
            self.places = places(text)
        except tomllib.TOMLDecodeError as error:
            raise source.error(f"is not TOML: {error}") from None
        except ValueError:  # int() refuses what it would take too long to read
            raise source.error("holds a number of too many digits") from None
        except RecursionError:
            raise source.error("is nested too deep") from None

    def place(self, path: Path) -> Source:
        """Where a value stands, or the nearest thing around it that has a place."""
        around = path
        while around and around not in self.places:
            around = around[:-1]
        return self.source.at(self.places.get(around, Place(1, 1)), _pointer(path))

    def error(self, path: Path, problem: str) -> SourceError:
        return self.source.error(problem, self.place(path).line)

    def tables(self, path: Path, value: object) -> list[tuple[Path, dict[str, object]]]:
        items = value if isinstance(value, list) else None
        if items is None or not all(isinstance(item, dict) for item in items):
            raise self.error(
                path,
                f"{path[-1]} must be tables: [[{'.'.join(str(p) for p in path if isinstance(p, str))}]]",
            )
        return [((*path, index), item) for index, item in enumerate(items)]

    def known(self, path: Path, table: dict[str, object], keys: list[str]) -> None:
        for key in table:
            if key not in keys:
                raise self.error((*path, key), f"unknown key {quoted(key)}{nearest(key, keys)}")

    def string(self, path: Path, value: object) -> str | None:
        if value is None or isinstance(value, str):
            return value
        if path[-1] == "mms-id" and type(value) is int and abs(value) < _MAX_NUMBER:
            return str(value)
        raise self.error(path, f"{path[-1]} must be a string")


def read_messages(source: Input) -> Iterator[Message]:
    """Every ``[[message]]``. Unknown keys and values of the wrong kind are SourceErrors with their line."""
    document = _Document(source)
    document.known((), document.values, ["message"])
    for path, table in document.tables(("message",), document.values.get("message", [])):
        document.known(path, table, _MESSAGE_KEYS)
        slides = document.tables((*path, "slide"), table.get("slide", []))
        yield Message(
            mms_id=document.string((*path, "mms-id"), table.get("mms-id")),
            name=document.string((*path, "name"), table.get("name")),
            subject=document.string((*path, "subject"), table.get("subject")),
            slides=tuple(_slide(document, inner, slide) for inner, slide in slides),
            source=document.place(path),
        )


def _slide(document: _Document, path: Path, table: dict[str, object]) -> Slide:
    document.known(path, table, _SLIDE_KEYS)
    duration = table.get("duration")
    if duration is not None and (
        isinstance(duration, bool)
        or not isinstance(duration, int | float)
        or not 0 <= duration < _MAX_SECONDS
    ):
        raise document.error((*path, "duration"), "duration must be a number of seconds")
    return Slide(
        text=document.string((*path, "text"), table.get("text")),
        media=tuple(
            media
            for key in table
            if key in KINDS
            for media in _media(document, (*path, key), table[key])
        ),
        duration_s=None if duration is None else float(duration),
        source=document.place(path),
    )


def _media(document: _Document, path: Path, value: object) -> Iterator[SlideMedia]:
    """A URL, or a list of them (which the message rules will object to, with its place)."""
    given = (
        [((*path, index), item) for index, item in enumerate(value)]
        if isinstance(value, list)
        else [(path, value)]
    )
    for where, item in given:
        if not isinstance(item, str):
            raise document.error(where, f"{path[-1]} must be a URL in quotes")
        yield SlideMedia(kind=str(path[-1]), url=item, source=document.place(where))


def _pointer(path: Path) -> str | None:
    """``message[1].slide[2].audio``: messages and slides count from 1, as the gateway's own texts do."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if shown else part
    return shown or None
