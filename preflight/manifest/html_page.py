"""Media in an HTML page: what it shows and plays, and what it offers to those who share it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

from ..target import Source, Target
from .base import Input, Place, is_url, joined, names_media, type_of
from .html_tags import Span, Tag, pieces

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
_SRCSET = re.compile(r"[\s,]*(\S*[^\s,])(?:\s+[^,(]*(?:\([^)]*\)[^,]*)?)?(?:,|$)")
_MAX_SET = 100_000


class _Found(NamedTuple):
    """A URL as the page writes it, what named it, and the type that it declares."""

    span: Span
    name: str
    kind: str | None = None


def read_html(source: Input) -> Iterator[Target]:
    """img, picture, audio, video and their sources, posters, og: and twitter: media, CSS images.

    A relative URL is resolved by ``<base href>`` and the base URL; where there is neither, it is left out.
    """
    text = source.whole()
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    found: list[_Found] = []
    base = source.options.base_url
    based = False
    for piece in pieces(text):
        if isinstance(piece, Tag):
            if piece.name == "base" and "href" in piece.given and not based:
                base, based = joined(base, unescape(piece.given["href"].trimmed().raw)), True
            found += _of_tag(piece)
        else:
            found += [item for item in _css(piece, "style") if names_media(item.span.raw)]
    for item in found:
        url = _resolved(base, unescape(item.span.trimmed().raw))
        if url is not None:
            yield Target(url=url, source=_place(source, item, lines), declared_type=item.kind)


def _of_tag(tag: Tag) -> Iterator[_Found]:
    name, given = tag.name, tag.given
    kind = unescape(given["type"].raw) if "type" in given else None
    declared = type_of(kind) if name == "source" else None
    if name != "input" or (kind or "").lower() == "image":
        for attribute in _SOURCES.get(name, ()):
            if attribute in given:
                yield _Found(given[attribute], f"{name}@{attribute}", declared)
    if name in ("img", "source") and "srcset" in given:
        for span in _candidates(given["srcset"]):
            yield _Found(span, f"{name}@srcset", declared)
    if name == "meta" and "content" in given:
        said = given.get("property") or given.get("name")
        word = said.raw.strip().lower() if said else ""
        if _SHARED.fullmatch(word):
            yield _Found(given["content"], f"meta[{word}]")
    if "style" in given:
        yield from _css(given["style"], f"{name}@style")


def _candidates(value: Span) -> Iterator[Span]:
    """The URLs of a srcset; a comma inside one belongs to it."""
    position = 0
    while match := _SRCSET.match(value.raw, position, _MAX_SET):
        yield value.part(*match.span(1))
        position = match.end()


def _css(value: Span, name: str) -> Iterator[_Found]:
    for match in _CSS_URL.finditer(value.raw):
        group = next(number for number in range(1, 6) if match[number] is not None)
        yield _Found(value.part(*match.span(group)), name)


def _place(source: Input, item: _Found, lines: list[int]) -> Source:
    span = item.span.trimmed()
    line = bisect_right(lines, span.start)
    column = span.start - lines[line - 1] + 1
    end = None if "\n" in span.raw else column + len(span.raw)
    return source.at(Place(line, column, end), item.name)


def _resolved(base: str | None, url: str) -> str | None:
    """The http(s) URL that a page means, or None: nothing, a data: URL, or a relative one without a base."""
    full = joined(base, url) if url and base is not None and is_url(base) else url
    return full if is_url(full) else None
