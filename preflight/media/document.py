"""Web pages and error documents that stand where media should be, named in one clause."""

from __future__ import annotations

import html
import re
from itertools import islice

from ..text import quoted
from .textual import first_element, head_text, read_json

_TITLE = re.compile(r"(?i)<title(?=[\s>])")
_SAID = re.compile(
    r"(?i)<(?:[\w.-]{1,40}:)?(?:code|message|title|faultstring|error|reason|detail)(?=[\s>])"
)
_LONGEST = 2_000
_TRIES = 100
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
    words = _first_words(text, _TITLE)
    return f"an HTML page titled {quoted(words)}" if words else "an HTML page"


def _markup(text: str) -> str:
    root = first_element(text)
    name = root[1] if root else ""
    words = _first_words(text, _SAID)
    if words and any(
        mark in name for mark in ("error", "fault", "envelope", "exception", "problem", "response")
    ):
        return f"an XML error document: {quoted(words)}"
    if "error" in name or "fault" in name or "exception" in name:
        return "an XML error document"
    return f"an XML document: <{quoted(name, 40)[1:-1]}>"


def _first_words(text: str, tag: re.Pattern[str]) -> str:
    """The text right inside the first element with such a tag that holds any, its white space folded."""
    for found in islice(tag.finditer(text), _TRIES):
        start = text.find(">", found.end(), found.end() + _LONGEST)
        inner = text[start + 1 : start + 1 + _LONGEST] if start >= 0 else ""
        words = " ".join(html.unescape(inner.partition("<")[0]).split())
        if words:
            return words
    return ""


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
