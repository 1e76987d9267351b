"""Where the strings and tables of a TOML document stand; the library's parser gives the values, but no places."""

from __future__ import annotations

import re

from .base import Place
from .lines import Lines

Path = tuple[str | int, ...]

# Possessive: a repeated group that could go back costs memory for each of its repetitions.
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRINGS = (
    re.compile(r'"""\n?((?:[^"\\]++|\\.|"(?!""))*+"{0,2})"""(?!")', re.DOTALL),
    re.compile(r"'''\n?(.*?'{0,2})'''(?!')", re.DOTALL),
    re.compile(r'"((?:[^"\\\n]++|\\.)*+)"'),
    re.compile(r"'([^'\n]*)'"),
)
_OTHER = re.compile(r"[^,\]}\n#]*")


def places(text: str) -> dict[Path, Place]:
    """The place of each value (a string's content) and of each table, by path; ``text`` is known to be TOML."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = Lines(text)
        self._found: dict[Path, Place] = {}
        self._counts: dict[Path, int] = {}

    def run(self) -> dict[Path, Place]:
        table: Path = ()
        while self._skip():
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
        return self._found

    def _skip(self) -> bool:
        """Goes over white space, line ends and comments; whether anything is left."""
        match = _BLANK.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._at < len(self._text)

    def _header(self) -> Path:
        start = self._at
        many = self._text.startswith("[[", start)
        self._at += 2 if many else 1
        *outer, last = self._key()
        path: Path = ()
        for part in outer:
            path = self._present((*path, part))
        path = (*path, last)
        if many:
            self._counts[path] = self._counts.get(path, 0) + 1
        path = self._present(path)
        self._found[path] = self._lines.place(start)
        self._at = self._text.index("]", self._at) + (2 if many else 1)
        return path

    def _present(self, path: Path) -> Path:
        """In an array of tables, a name stands for its last table."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _pair(self, table: Path) -> None:
        path = (*table, *self._key())
        self._at = self._text.index("=", self._at) + 1
        self._value(path)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip()
            match = next(
                (
                    found
                    for pattern in (_BARE, *_STRINGS[2:])
                    if (found := pattern.match(self._text, self._at))
                ),
                None,
            )
            if match is None:
                return parts
            parts.append(match[1] if match.lastindex else match[0])
            self._at = match.end()
            self._skip()
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip()
        opening = self._text[self._at : self._at + 1]
        if opening in ("[", "{"):
            self._found[path] = self._lines.place(self._at)
            self._at += 1
            self._inside(path, "]" if opening == "[" else "}")
            return
        for pattern in _STRINGS:
            if match := pattern.match(self._text, self._at):
                self._found[path] = self._lines.place(*match.span(1))
                self._at = match.end()
                return
        if match := _OTHER.match(self._text, self._at):
            self._found[path] = self._lines.place(*match.span())
            self._at = match.end()

    def _inside(self, path: Path, closing: str) -> None:
        index = 0
        while self._skip() and self._text[self._at] != closing:
            if closing == "]":
                self._value((*path, index))
            else:
                self._pair(path)
            index += 1
            self._skip()
            if self._text.startswith(",", self._at):
                self._at += 1
        self._at += 1
