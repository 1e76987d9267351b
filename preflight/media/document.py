"""Web pages and error documents that stand where media should be, named in one clause."""

from __future__ import annotations

import html
import re

from ..text import quoted
from .textual import first_element, head_text, read_json

_TITLE = re.compile(r"(?is)<title[^>]{0,200}>\s*(.{0,2000}?)\s*</title")
_SAID = re.compile(
    r"(?is)<(?:[\w.-]{1,40}:)?(code|message|title|faultstring|error|reason|detail)\b[^>]{0,200}>\s*([^<]{1,500}?)\s*</"
)
_KEYS = (
    "error",
    "errors",
    "message",
    "code",
    "title",
    "detail",
    "status",
    "error_description",
    "reason",
    "msg",
)
_JSON_MAX = 262_144


def describe(data: bytes, media_type: str | None) -> str | None:
    """What a document says of itself: ``an HTML page titled "404 Not Found"``, ``an XML error document: "AccessDenied"``,
    ``a JSON document: error "not found"``. None where the (canonical, detected) type is no such document."""
    if media_type == "text/html":
        return _page(head_text(data))
    if media_type == "text/xml":
        return _markup(head_text(data))
    if media_type == "application/json":
        return _json(data)
    return None


def _page(text: str) -> str:
    title = _TITLE.search(text)
    words = " ".join(html.unescape(title[1]).split()) if title else ""
    return f"an HTML page titled {quoted(words)}" if words else "an HTML page"


def _markup(text: str) -> str:
    root = first_element(text)
    name = root[1] if root else ""
    said = _SAID.search(text)
    words = " ".join(html.unescape(said[2]).split()) if said else ""
    if words and any(
        mark in name for mark in ("error", "fault", "envelope", "exception", "problem", "response")
    ):
        return f"an XML error document: {quoted(words)}"
    if "error" in name or "fault" in name or "exception" in name:
        return "an XML error document"
    return f"an XML document: <{quoted(name, 40)[1:-1]}>"


def _json(data: bytes) -> str:
    value = read_json(data) if len(data) <= _JSON_MAX else None
    if isinstance(value, list):
        value = next((item for item in value if isinstance(item, dict)), None)
    for _ in range(3):
        if not isinstance(value, dict) or not value:
            break
        key = next((key for key in _KEYS if key in value), next(iter(value)))
        inner = value[key]
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if not isinstance(inner, dict):
            return f"a JSON document: {quoted(key, 40)[1:-1]} {quoted(str(inner)[:500])}"
        value = inner
    return "a JSON document"
