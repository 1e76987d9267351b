"""XML as a stream of elements with exact places, by the library's expat.

A document type declaration, and with it every entity of its own, is refused: no source needs one, and it is the root of
the known attacks on readers of XML. Names are given without their prefix and in lower case, but for those of XML itself, such as ``xml:base``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.parsers import expat

from .base import Input, Place

WHITE = " \t\r\n"
"""The white space of XML: no other is taken off a text."""
_CHUNK = 64 * 1024
_MAX_DEPTH = 200
_MAX_TOKEN = 4 << 20
_MAX_PIECES = 20_000
# Possessive, and each where the one before it ended: expat has seen the tag, so nothing else can be there.
_ATTRIBUTE = re.compile(r"""\s*+([^\s=<>/"']++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")
_TAG = re.compile(rb"""<(?:[^"'>]++|"[^"]*+"|'[^']*+')*+""")


class Attribute(NamedTuple):
    """An attribute's value and where it stands."""

    text: str
    place: Place


class Element(NamedTuple):
    """The beginning or the end of an element.

    ``text`` is its own character data without the white space around it, known at the end, and ``place`` where that stands; at the
    beginning, where the tag stands. ``attributes`` are given at the beginning.
    """

    ends: bool
    path: tuple[str, ...]
    text: str
    place: Place
    attributes: dict[str, Attribute]


class _Refused(Exception):
    """Something that no source may hold; ``args[0]`` says what."""


class _Piece:
    """A run of character data; its end is known when the next thing begins."""

    __slots__ = ("column", "end", "line", "text")

    def __init__(self, text: str, line: int, column: int) -> None:
        self.text, self.line, self.column = text, line, column
        self.end = column + len(text)


class _Collector:
    """Takes expat's calls and leaves elements in ``ready``."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8")
        self.ready: list[Element] = []
        self._path: list[str] = []
        self._pieces: list[list[_Piece]] = []
        self._starts: list[Place] = []
        self._last: _Piece | None = None
        self._window = b""
        self._window_start = 0
        self._seen = 0
        parser = self.parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        for name in ("StartCdataSectionHandler", "EndCdataSectionHandler"):
            setattr(parser, name, self._mark)
        parser.CommentHandler = lambda _text: self._mark()
        parser.ProcessingInstructionHandler = lambda _target, _data: self._mark()

    def feed(self, data: bytes, final: bool) -> None:
        self._window = self._window[self._seen - self._window_start :] + data
        self._window_start = self._seen
        if len(self._window) > _MAX_TOKEN + len(data):
            raise _Refused("a tag or comment of over 4 MB")
        self.parser.Parse(data, final)

    def _mark(self) -> tuple[int, int]:
        """The present place; what was text until here ends here."""
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        self._seen = self.parser.CurrentByteIndex
        if self._last and self._last.line == line:
            self._last.end = column
        self._last = None
        return line, column

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line, column = self._mark()
        if len(self._path) == _MAX_DEPTH:
            raise _Refused(f"elements nested over {_MAX_DEPTH} deep")
        self._path.append(_local(name))
        self._pieces.append([])
        place = Place(line, column)
        self._starts.append(place)
        found = self._attributes(name, attributes, place) if attributes else {}
        self.ready.append(Element(False, tuple(self._path), "", place, found))

    def _attributes(
        self, name: str, attributes: dict[str, str], place: Place
    ) -> dict[str, Attribute]:
        """expat's values with the places that it does not give."""
        match = _TAG.match(self._window, self._seen - self._window_start)
        text = match[0].decode("utf-8", "replace") if match else ""
        line, begin = place.line, 1 - place.column  # ``begin``: where the present line begins
        found: dict[str, Attribute] = {}
        done = at = 1 + len(name)
        while attribute := _ATTRIBUTE.match(text, at):
            start, end = attribute.span(2 if attribute[2] is not None else 3)
            if breaks := text.count("\n", done, start):
                line += breaks
                begin = text.rfind("\n", done, start) + 1
            done, at = start, attribute.end()
            last = None if "\n" in text[start:end] else end - begin + 1
            value = Attribute(attributes[attribute[1]], Place(line, start - begin + 1, last))
            found.setdefault(_local(attribute[1]), value)
        return found

    def _text(self, data: str) -> None:
        line, column = self._mark()
        if len(self._pieces[-1]) < _MAX_PIECES:  # of a longer text, only the beginning is kept
            self._last = _Piece(data, line, column)
            self._pieces[-1].append(self._last)

    def _end(self, _name: str) -> None:
        self._mark()
        pieces = self._pieces.pop()
        text = "".join(piece.text for piece in pieces).strip(WHITE)
        start = self._starts.pop()
        place = _extent(pieces) if text else start
        self.ready.append(Element(True, tuple(self._path), text, place, {}))
        self._path.pop()

    def _doctype(self, *_arguments: object) -> None:
        raise _Refused("a document type declaration, which is refused")


def elements(source: Input) -> Iterator[Element]:
    """The elements in document order. Raises SourceError with the place for what is no XML, or refused."""
    collector = _Collector()
    final = False
    try:
        while not final:
            data = source.text.read(_CHUNK)
            final = not data
            collector.feed(data.encode("utf-8"), final)
            yield from collector.ready
            collector.ready.clear()
    except expat.ExpatError as error:
        problem = expat.errors.messages.get(error.code, "a fault")
        raise source.error(f"is not XML: {problem}", error.lineno, error.offset + 1) from None
    except _Refused as refused:
        line, column = collector.parser.CurrentLineNumber, collector.parser.CurrentColumnNumber + 1
        raise source.error(f"holds {refused}", line, column) from None


def _local(name: str) -> str:
    """A name without its prefix; those of XML itself keep theirs, so that ``xml:base`` is no ``base``."""
    return name if name.startswith("xml:") else name.rpartition(":")[2].lower()


def _extent(pieces: list[_Piece]) -> Place:
    """From the first to behind the last character that is no white space."""
    first = next(piece for piece in pieces if piece.text.strip(WHITE))
    last = next(piece for piece in reversed(pieces) if piece.text.strip(WHITE))
    kept = last.text.rstrip(WHITE)
    end = last.end if kept == last.text else last.column + len(kept)
    column = first.column + len(first.text) - len(first.text.lstrip(WHITE))
    return Place(first.line, column, end if first.line == last.line else None)
