"""Media in an HTML page: what it shows and plays, and what it offers to those who share it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..target import Target
from .base import Input, joined, names_media, type_of
from .html_tags import Tag, pieces
from .html_text import WHITE, Text
from .lines import Lines

_SOURCES = {
    "img": ("src",), "audio": ("src",), "video": ("src", "poster"), "source": ("src",), "input": ("src",),
}  # fmt: skip
_SHARED = re.compile(
    r"(?:og:(?:image|video|audio)(?::(?:secure_)?url)?|twitter:image(?::src)?|twitter:player:stream)"
)
_CSS_URL = re.compile(
    rf"""url\([{WHITE}]*+(?:"([^"]*+)"|'([^']*+)'|([^{WHITE}"'()]++))[{WHITE}]*+\)""", re.IGNORECASE
)
_CANDIDATE = re.compile(rf"[{WHITE},]*+([^{WHITE}]++)")
_FETCHED = re.compile(r"(?:https?|ftp):", re.IGNORECASE)
"""What is meant to be fetched from a server, a slash too few included; what is wrong with it is a verdict."""
_DESCRIPTORS = re.compile(r"[^,(]*+(?:\([^)]*+\)?[^,(]*+)*+,?")


class _Found(NamedTuple):
    """A URL as the page means it, from where to where it stands, what named it, and the type that it declares."""

    url: str
    start: int
    end: int
    name: str
    kind: str | None = None


def read_html(source: Input) -> Iterator[Target]:
    """img, picture, audio, video and their sources, posters, og: and twitter: media, CSS images.

    A relative URL is resolved by ``<base href>`` and the base URL; where there is neither, it is left out.
    """
    text = source.whole()
    lines = Lines(text)
    found: list[_Found] = []
    base = source.options.base_url
    based = False
    for piece in pieces(text):
        if isinstance(piece, Tag):
            if piece.name == "base" and "href" in piece.given and not based:
                href, start, _ = piece.given["href"].trimmed()
                base, based = source.rebased(base, href, lines.place(start)), True
            found += _of_tag(piece)
        else:
            found += [item for item in _css(piece, "style") if names_media(item.url)]
    for item in found:
        url = _resolved(base, item.url)
        if url is not None:
            place = source.at(lines.place(item.start, item.end), item.name)
            yield Target(url=url, source=place, declared_type=item.kind)


def _of_tag(tag: Tag) -> Iterator[_Found]:
    name, given = tag.name, tag.given
    kind = given["type"].text if "type" in given else None
    declared = type_of(kind) if name == "source" else None
    if name != "input" or (kind or "").lower() == "image":
        for key in _SOURCES.get(name, ()):
            if key in given:
                yield _Found(*given[key].trimmed(), f"{name}@{key}", declared)
    if name in ("img", "source") and "srcset" in given:
        for url, start, end in _candidates(given["srcset"]):
            yield _Found(url, start, end, f"{name}@srcset", declared)
    if name == "meta" and "content" in given:
        said = given.get("property") or given.get("name")
        word = said.text.strip(WHITE).lower() if said else ""
        if _SHARED.fullmatch(word):
            yield _Found(*given["content"].trimmed(), f"meta[{word}]")
    if "style" in given:
        yield from _css(given["style"], f"{name}@style")


def _candidates(value: Text) -> Iterator[tuple[str, int, int]]:
    """The URLs of a srcset, each with its place; a comma inside one belongs to it, one at its end ends it."""
    position = 0
    while match := _CANDIDATE.match(value.text, position):
        url, position = match[1].rstrip(","), match.end()
        if url:
            yield value.trimmed(match.start(1), match.start(1) + len(url))
        if url == match[1] and (rest := _DESCRIPTORS.match(value.text, position)):
            position = rest.end()


def _css(value: Text, name: str) -> Iterator[_Found]:
    for match in _CSS_URL.finditer(value.text):
        yield _Found(*value.trimmed(*match.span(match.lastindex or 0)), name)


def _resolved(base: str | None, url: str) -> str | None:
    """The URL that a page means, or None: nothing, one that only a browser can open (data:, blob:, file:), or a relative one without a base."""
    full = joined(base, url) if base is not None and _FETCHED.match(base) else url
    return full if _FETCHED.match(full) else None
