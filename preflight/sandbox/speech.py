"""The sandbox gateway's languages: a request in XML or JSON to plain values, and values to an answer or a postback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from xml.etree import ElementTree

ELEMENTS = ("image", "audio", "video", "vcard", "ical", "pdf", "passbook")
OBJECTS = ELEMENTS[3:]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideAsked:
    """One slide of a request: (element, URL) pairs in order, text and duration as written."""

    media: tuple[tuple[str, str], ...] = ()
    text: str = ""
    duration: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as read: its plain fields by their dash names, and its slides."""

    fields: Mapping[str, str] = field(default_factory=dict)
    slides: tuple[SlideAsked, ...] = ()

    def value(self, name: str) -> str:
        """A field without the space around it; empty where it is missing."""
        return self.fields.get(name, "").strip()


class Unreadable(Exception):
    """The request cannot be parsed (E108)."""


class _NoDoctype(ElementTree.TreeBuilder):
    """Entities come with a document type declaration, and no request needs one."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise Unreadable("a document type declaration")


def from_xml(body: bytes, content_type: str) -> Asked:
    """Read a request in XML, posted as it is or as the form variable ``xml``. Raises Unreadable."""
    if content_type.lower().startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode("utf-8", "replace"))
        body = form.get("xml", [""])[0].encode()
    try:
        parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314 - refuses what carries entities
        parser.feed(body)
        root: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable(type(error).__name__) from None
    if root.tag != "request":
        raise Unreadable("the root is not <request>")
    plain = {
        child.tag: child.text or "" for child in root if child.tag != "slide" and not len(child)
    }
    return Asked(fields=plain, slides=tuple(_xml_slide(child) for child in root.findall("slide")))


def _xml_slide(slide: ElementTree.Element) -> SlideAsked:
    media = [
        (child.tag, (child.findtext("url") or "").strip())
        for child in slide
        if child.tag in ELEMENTS
    ]
    return SlideAsked(
        media=tuple(media),
        text=slide.findtext("message-text") or slide.findtext("text") or "",
        duration=(slide.findtext("duration") or "").strip(),
    )


def from_json(body: bytes) -> Asked:
    """Read a request in JSON. Raises Unreadable."""
    try:
        root = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from None
    if not isinstance(root, dict):
        raise Unreadable("not an object")
    plain = {
        name: _word(value) for name, value in root.items() if not isinstance(value, list | dict)
    }
    slides = root.get("slide", [])
    if not isinstance(slides, list) or not all(isinstance(slide, dict) for slide in slides):
        raise Unreadable("slide is no array of objects")
    return Asked(fields=plain, slides=tuple(_json_slide(slide) for slide in slides))


def _word(value: object) -> str:
    """A JSON scalar as text: null is empty, true and false as JSON writes them."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json_slide(slide: Mapping[str, object]) -> SlideAsked:
    media = []
    for name in slide:
        part = slide[name]
        if name in ELEMENTS:
            url = part.get("url") if isinstance(part, dict) else part
            media.append((name, _word(url)))
    return SlideAsked(
        media=tuple(media), text=_word(slide.get("message-text")), duration=_word(slide.get("duration"))
    )  # fmt: skip


def to_xml(root: str, fields: Mapping[str, str]) -> bytes:
    """``<root><name>value</name>...</root>`` in UTF-8, with its declaration."""
    element = ElementTree.Element(root)
    for name, value in fields.items():
        ElementTree.SubElement(element, name).text = value
    content: bytes = ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True)
    return content


def to_json(fields: Mapping[str, str]) -> bytes:
    """The same fields as one JSON object."""
    return json.dumps(dict(fields)).encode()
