"""A message as slides, with each medium's verdict: what a phone would show, and what it would not."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..mediatype import kind_of
from ..message import Slide
from ..text import mask_text, printable
from ..verdict import MessageVerdict, Outcome, Verdict
from . import shown
from .base import Look
from .html_facts import in_short
from .json_values import Value, finding

_SLIDE = re.compile(r"slide\[(\d+)\]")
_TEXT = 2_000  # characters of one slide's text; the vendor allows 5,000

Row = Callable[[str], int | None]
"""The number of a URL's row on the page, where it has one."""


def message(verdict: MessageVerdict, row: Row, look: Look) -> Value:
    """One message: what it is called, its findings, its slides."""
    saved = verdict.message
    by_url = {each.url: each for each in verdict.media}
    slides = (
        [_slide(slide, by_url, row, look) for slide in saved.slides]
        if saved
        else _from_places(verdict, row, look)
    )
    return {
        "id": verdict.mms_id and shown.name(verdict.mms_id, look),
        "name": saved and saved.name and shown.name(saved.name, look),
        "subject": saved and saved.subject and shown.name(saved.subject, look),
        "outcome": verdict.outcome,
        "findings": [finding(each, look) for each in verdict.findings],
        "ignored": [
            {**finding(each.finding, look), "reason": shown.words(each.reason, look)}
            for each in verdict.ignored
        ],
        "slides": slides,
    }


def _slide(slide: Slide, by_url: dict[str, Verdict], row: Row, look: Look) -> Value:
    return {
        "text": None if slide.text is None else _paragraphs(slide.text, look),
        "media": [
            _medium(each.kind, each.url, by_url.get(each.url), row, look) for each in slide.media
        ],
    }


def _paragraphs(text: str, look: Look) -> list[str]:
    """A slide's text as lines, URLs in it masked; other control characters as escapes."""
    text = text if look.show_secrets else mask_text(text)
    return [shown.escaped(line) for line in text[:_TEXT].splitlines()]


def _from_places(verdict: MessageVerdict, row: Row, look: Look) -> list[Value]:
    """The slides as far as the places of the media tell them (``message[1].slide[2].image``); their text is not known."""
    slides: dict[object, list[Value]] = {}
    for number, each in enumerate(verdict.media):
        place = _SLIDE.search(each.target.source.pointer or "")
        key: object = place[1] if place else ("alone", number)
        slides.setdefault(key, []).append(_medium(_kind(each), each.url, each, row, look))
    return [{"text": None, "media": media} for media in slides.values()]


def _kind(verdict: Verdict) -> str:
    media_type = verdict.media.detected_type or verdict.media.declared_type
    return kind_of(media_type) if media_type else "object"


def _medium(kind: str, url: str, verdict: Verdict | None, row: Row, look: Look) -> Value:
    return {
        "kind": printable(kind),
        "url": shown.url(url, look),
        "outcome": verdict.outcome if verdict else Outcome.UNKNOWN,
        "says": in_short(verdict.media) if verdict else "not checked",
        "row": row(url),
    }
