"""Sitemaps with images and videos, and RSS, Atom and podcast feeds with their enclosures."""

from __future__ import annotations

from collections.abc import Iterator

from ..target import Target
from .base import Input, joined, length_of, names_media, trail, type_of
from .xml_scan import WHITE, Attribute, Element, elements

_MEDIA_TEXTS = (("image", "loc"), ("video", "content_loc"), ("video", "thumbnail_loc"))
_FEED_TEXTS = (
    ("image", "url"),
    ("feed", "logo"),
    ("source", "logo"),
)


def read_sitemap(source: Input) -> Iterator[Target]:
    """``image:loc``, ``video:content_loc``, ``video:thumbnail_loc``; a page's own ``loc`` only where it is a media file.

    A sitemap index names other sitemaps, and no media: a SourceError says so.
    """
    for element in elements(source):
        path = element.path
        if path == ("sitemapindex",) and not element.ends:
            raise source.error(
                "is a sitemap index, which names sitemaps and no media: give the sitemaps themselves"
            )
        if (element.ends and element.text and path[-2:] in _MEDIA_TEXTS) or (
            element.ends and path[-2:] == ("url", "loc") and names_media(element.text)
        ):
            yield _of_text(source, element, source.options.base_url)
        elif not element.ends and path[-1] == "link" and "href" in element.attributes:
            href = element.attributes["href"]
            if names_media(href.text):
                yield _of_attribute(source, element, href, source.options.base_url)


def read_feed(source: Input) -> Iterator[Target]:
    """Enclosures (with the length and type that they declare), Media RSS content and thumbnails, the images of a channel, a podcast or a feed.

    Relative URLs are resolved by ``xml:base`` (RFC 4287 section 2) and the base URL.
    """
    bases = [source.options.base_url]  # of the elements around the present place
    for element in elements(source):
        if element.ends:
            base = bases.pop()
            if element.text and element.path[-2:] in _FEED_TEXTS:
                yield _of_text(source, element, base)
            continue
        named = element.attributes.get("xml:base")
        inner = (
            source.rebased(bases[-1], named.text.strip(WHITE), named.place) if named else bases[-1]
        )
        bases.append(inner)
        url = _feed_url(element)
        if url is not None:
            yield _of_attribute(source, element, url, inner)


def _feed_url(element: Element) -> Attribute | None:
    name, given = element.path[-1], element.attributes
    if name in ("enclosure", "thumbnail"):
        return given.get("url") or given.get("resource")
    if name == "content":
        return given.get("url") or _media_source(given)
    if name == "link" and "rel" in given and "enclosure" in given["rel"].text.lower().split():
        return given.get("href")
    if name == "image":
        return given.get("href")
    return None


def _media_source(given: dict[str, Attribute]) -> Attribute | None:
    """Atom's content that stands elsewhere, where its type is one of media."""
    kind = given["type"].text.partition("/")[0].lower() if "type" in given else ""
    return given.get("src") if kind in ("image", "audio", "video") else None


def _of_text(source: Input, element: Element, base: str | None) -> Target:
    place = source.at(element.place, trail(element.path))
    return Target(url=joined(base, element.text), source=place)


def _of_attribute(source: Input, element: Element, url: Attribute, base: str | None) -> Target:
    given = element.attributes
    length = given.get("length") or given.get("filesize")
    return Target(
        url=joined(base, url.text.strip(WHITE)),
        source=source.at(url.place, trail(element.path)),
        declared_length=length_of(length.text) if length else None,
        declared_type=type_of(given["type"].text) if "type" in given else None,
    )
