"""Media in an HTML page: what it shows and plays, and what it offers to those who share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

from ..target import Source, Target
from .base import Input, is_url, joined, names_media, type_of

_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?""")
_SOURCES = {
    "img": ("src",), "audio": ("src",), "video": ("src", "poster"), "source": ("src",), "input": ("src",),
}  # fmt: skip
_SHARED = re.compile(
    r"(?:og:(?:image|video|audio)(?::(?:secure_)?url)?|twitter:image(?::src)?|twitter:player:stream)"
)
_CSS_URL = re.compile(
    r"""url\(\s*(?:"([^"]*)"|'([^']*)'|&quot;(.*?)&quot;|&#39;(.*?)&#39;|([^\s"'()]+))\s*\)""",
    re.IGNORECASE,
)
_MAX_SET = 100_000
_SRCSET = re.compile(r"[\s,]*(\S*[^\s,])(?:\s+[^,(]*(?:\([^)]*\)[^,]*)?)?(?:,|$)")


class _Value(NamedTuple):
    """A raw piece of the page (character references as written) and where it begins."""

    raw: str
    line: int
    column: int

    def part(self, start: int, end: int) -> _Value:
        """A piece of it."""
        before = self.raw[:start]
        lines = before.count("\n")
        column = start - before.rfind("\n") if lines else self.column + start
        return _Value(self.raw[start:end], self.line + lines, column)

    def trimmed(self) -> _Value:
        """Without the white space around it, which HTML takes off a URL."""
        inner = self.raw.strip(" \t\n\f\r")
        start = self.raw.index(inner) if inner else 0
        return self.part(start, start + len(inner))


class _Page(HTMLParser):
    """Collects URLs with their place, and the element that named them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[_Value, str, str | None]] = []
        self.base: str | None = None
        self._in_style = False

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        given = self._attributes(tag)
        kind = unescape(given["type"].raw) if "type" in given else None
        if tag == "base" and self.base is None and "href" in given:
            self.base = unescape(given["href"].trimmed().raw)
        if tag != "input" or (kind or "").lower() == "image":
            for name in _SOURCES.get(tag, ()):
                if name in given:
                    self._add(
                        given[name], f"{tag}@{name}", type_of(kind) if tag == "source" else None
                    )
        if tag in ("img", "source") and "srcset" in given:
            self._set(given["srcset"], tag, type_of(kind) if tag == "source" else None)
        if tag == "meta" and "content" in given:
            said = given.get("property") or given.get("name")
            word = said.raw.strip().lower() if said else ""
            if _SHARED.fullmatch(word):
                self._add(given["content"], f"meta[{word}]", None)
        if "style" in given:
            self._css(given["style"], f"{tag}@style", only_media=False)
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            line, offset = self.getpos()
            self._css(_Value(data, line, offset + 1), "style", only_media=True)

    def _attributes(self, tag: str) -> dict[str, _Value]:
        text = self.get_starttag_text() or ""
        line, offset = self.getpos()
        whole = _Value(text, line, offset + 1)
        found: dict[str, _Value] = {}
        for match in _ATTRIBUTE.finditer(text, len(tag) + 1):
            group = next((number for number in (2, 3, 4) if match[number] is not None), None)
            if group:
                found.setdefault(match[1].lower(), whole.part(*match.span(group)))
        return found

    def _add(self, value: _Value, name: str, kind: str | None) -> None:
        inner = value.trimmed()
        if inner.raw:
            self.found.append((inner, name, kind))

    def _set(self, value: _Value, tag: str, kind: str | None) -> None:
        position = 0
        while match := _SRCSET.match(value.raw, position, _MAX_SET):
            self._add(value.part(*match.span(1)), f"{tag}@srcset", kind)
            position = match.end()

    def _css(self, value: _Value, name: str, *, only_media: bool) -> None:
        for match in _CSS_URL.finditer(value.raw):
            group = next(number for number in range(1, 6) if match[number] is not None)
            part = value.part(*match.span(group))
            if not only_media or names_media(part.raw):
                self._add(part, name, None)


def read_html(source: Input) -> Iterator[Target]:
    """img, picture, audio, video and their sources, posters, og: and twitter: media, CSS images.

    A relative URL is resolved by ``<base href>`` and the base URL; where there is neither, it is left out.
    """
    page = _Page()
    page.feed(source.whole())
    page.close()
    base = source.options.base_url
    if page.base is not None:
        base = joined(base, page.base)
    for value, name, kind in page.found:
        url = _resolved(base, unescape(value.raw))
        if url is not None:
            end = None if "\n" in value.raw else value.column + len(value.raw)
            place = Source(
                file=source.name, line=value.line, column=value.column, end=end, pointer=name
            )
            yield Target(url=url, source=place, declared_type=kind)


def _resolved(base: str | None, url: str) -> str | None:
    """The http(s) URL that a page means, or None: a data: URL, or a relative one without a base."""
    if base is not None and is_url(base) and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
        try:
            url = urljoin(base, url)
        except ValueError:
            return url
    return url if is_url(url) else None
