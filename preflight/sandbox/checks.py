"""The sandbox gateway's checks of a request before any file is copied: fields, recipients, slides. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .speech import OBJECTS, Asked, SlideAsked

SLIDES = 8
SUBJECT_CHARACTERS = 80
TEXT_CHARACTERS = 5_000

_NUMBER = re.compile(r"[1-9][0-9]{6,14}")  # international digits, without + or 00
_SENDER = re.compile(r"[1-9][0-9]{2,14}")  # a short code, or a long number


def recipient_fault(asked: Asked, *, service_id: bool, fallback: bool) -> str:
    """The code for wrong ``to``, ``from``, service-id or a missing fallback text; empty where all is well."""
    if not _NUMBER.fullmatch(asked.value("to")):
        return "E110"
    if not _SENDER.fullmatch(asked.value("from")):
        return "E111"
    if service_id and not asked.value("service-id"):
        return "E627"
    disabled = asked.value("disable-fallback-sms").lower() in ("true", "yes")
    if fallback and not disabled and not asked.value("fallback-sms-text"):
        return "E622"
    operator = asked.value("operator-id")
    return "E650" if operator and not (operator.isascii() and operator.isdigit()) else ""


def template_fault(asked: Asked) -> tuple[str, int]:
    """The code for a template that breaks the published rules, and the slide (from 1; 0: none of them)."""
    if not asked.value("name"):
        return "E311", 0
    subject = asked.value("message-subject") or asked.value("subject")
    if not subject or len(subject) > SUBJECT_CHARACTERS or not subject.isascii():
        return "E314", 0
    if not asked.slides:
        return "E312", 0
    if len(asked.slides) > SLIDES:
        return "E225", 0
    return _first((slide_fault(slide), number) for number, slide in enumerate(asked.slides, 1))


def _first(faults: Iterable[tuple[str, int]]) -> tuple[str, int]:
    return next((fault for fault in faults if fault[0]), ("", 0))


def slide_fault(slide: SlideAsked) -> str:
    """The code for what one slide may not hold, or an empty text."""
    kinds = [kind for kind, _ in slide.media]
    objects = [kind for kind in kinds if kind in OBJECTS]
    if not kinds and not slide.text.strip():
        return "E313"
    if len(slide.text) > TEXT_CHARACTERS:
        return "E334"
    if len(objects) > 1:
        return "E223"
    if objects and len(kinds) > 1:
        return "E224"
    if "video" in kinds and "audio" in kinds:
        return "E226"
    if "video" in kinds and "image" in kinds:
        return "E227"
    if len(kinds) > len(set(kinds)):
        return "E229"
    return "" if _is_duration(slide.duration) else "E230"


def _is_duration(text: str) -> bool:
    return not text or bool(re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and float(text) > 0)
