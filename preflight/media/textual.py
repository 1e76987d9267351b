"""Text: what kind it is (HTML, SVG, XML, vCard, iCalendar, JSON), and whether it is plain text at all. Pure and bounded."""

from __future__ import annotations

import codecs
import json
import re

from .charset import PIECE, characters, pieces, sniff

_JSON_MAX = 262_144
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\x0c\r")
_TEXT = bytes(code for code in range(256) if code not in _CONTROLS)
_BINARY_START = frozenset(_CONTROLS) - {0}
_CARD = re.compile(
    r"begin[ \t]*:[ \t]*(vcard|vcalendar|vevent|vtodo|vjournal|vfreebusy|vtimezone|valarm|vavailability|vnote)[ \t]*(?:[\r\n]|$)"
)
_ROOT = re.compile(r"<(?:([a-z_][\w.-]*):)?([a-z_][\w.-]*)(?=[\s/>])")
_HTML = frozenset(
    {
        "html", "head", "body", "script", "title", "div", "p", "table", "a", "h1", "h2", "h3", "center", "meta", "link",
        "iframe", "pre", "style", "br", "b", "font", "span", "img", "form", "noscript", "section", "main", "header",
    }
)  # fmt: skip


def match(data: bytes, *, whole: bool = True) -> str | None:
    """The canonical type of a text, or None where the bytes are no text: text/plain only for ASCII or UTF-8 without controls.

    ``whole`` False lets the last character be cut.
    """
    if not data or data[0] in _BINARY_START:
        return None
    found = special(head_text(data))
    if found is not None:
        return found
    if not is_plain(data, whole=whole):
        return None
    return "application/json" if _is_json(data) else "text/plain"


def is_plain(data: bytes, *, whole: bool = True) -> bool:
    """Whether the bytes are ASCII or UTF-8 without control bytes other than TAB, LF, FF and CR."""
    if characters(data, whole=whole) is None:
        return False
    return not any(piece.translate(None, _TEXT) for piece in pieces(data))


def head_text(data: bytes) -> str:
    """The beginning as text, without its byte order mark and leading white space: UTF-16 where it looks so, else Latin-1."""
    head = data[:PIECE]
    encoding, skip = sniff(head)
    return head[skip:].decode(encoding, "replace").lstrip(" \t\r\n\x0b\x0c\ufeff")


def special(text: str) -> str | None:
    """The type that the beginning of a text names by itself: a card, a calendar, markup; None for any other text."""
    if text[:1] == "<":
        return markup(text)
    if text[:5].lower() == "begin":
        card = _CARD.match(text[:80].lower())
        if card:
            return "text/vcard" if card[1] == "vcard" else "text/calendar"
    return None


def markup(text: str) -> str | None:
    """text/html, image/svg+xml or text/xml by the first element, past comments, declarations and instructions; else None."""
    root = first_element(text)
    if root is None:
        return "text/html" if re.match(r"(?i)<!doctype\s+html\b", _past_comments(text)) else None
    prefix, name = root
    declared = text.startswith("<?xml")
    if name == "svg":
        return "image/svg+xml"
    if name == "html" or (name in _HTML and not prefix and not declared):
        return "text/html"
    if declared or f"</{prefix + ':' if prefix else ''}{name}" in text.lower() or "/>" in text:
        return "text/xml"
    return None


def first_element(text: str) -> tuple[str, str] | None:
    """The (prefix, local name) of the first element in lower case; None where there is none within the text in hand."""
    at = _element_start(text)
    root = _ROOT.match(text[at : at + 200].lower()) if at is not None else None
    if root is None:
        return None
    if at and re.match(r"(?i)<!doctype\s+html\b", _past_comments(text)) and not root[1]:
        return "", "html"
    return root[1] or "", root[2]


def _element_start(text: str) -> int | None:
    at = 0
    for _ in range(1000):
        while text[at : at + 1].isspace():
            at += 1
        if text.startswith("<!--", at):
            end = text.find("-->", at + 4) + 3
        elif text.startswith("<?", at):
            end = text.find(">", at) + 1
        elif text.startswith("<!", at):
            end = _doctype_end(text, at)
        else:
            return at
        if end < at + 3:
            return None
        at = end
    return None


def _doctype_end(text: str, at: int) -> int:
    bracket, close = text.find("[", at), text.find(">", at)
    if 0 <= bracket < close:
        subset = re.compile(r"\]\s*>").search(text, bracket)
        return subset.end() if subset else 0
    return close + 1


def _past_comments(text: str) -> str:
    at = 0
    for _ in range(1000):
        if text.startswith("<!--", at):
            close = "-->"
        elif text.startswith("<?", at):
            close = ">"
        else:
            break
        end = text.find(close, at)
        if end < 0:
            break
        at = end + len(close)
        while text[at : at + 1].isspace():
            at += 1
    return text[at : at + 200]


def _is_json(data: bytes) -> bool:
    """Whether a text is a JSON object or array. One too long to read is taken for JSON by its beginning."""
    head = data[:256].removeprefix(codecs.BOM_UTF8).lstrip()
    if head[:1] not in (b"{", b"["):
        return False
    if len(data) > _JSON_MAX:
        return re.match(rb'\{\s*"|\[\s*[{\["]', head) is not None
    return read_json(data) is not None


def read_json(data: bytes) -> dict[str, object] | list[object] | None:
    """The JSON object or array that a text is, or None; never raises, whatever the nesting."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None
