"""Verdicts as JSON, schema 1: the shapes of ``json`` and ``jsonl``, built once for both.

The text is pure ASCII, so that no encoding, terminal or log runner can trip over it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from .._version import __version__
from ..target import Source
from ..text import printable
from ..verdict import Finding, Media, MessageVerdict, Outcome, Skipped, Verdict
from . import shown
from .base import Look, Run
from .closing import run_outcome

SCHEMA = 1
_CACHED = 4096  # tuples of skipped rules whose JSON is kept; a run has a handful of different ones

Value = dict[str, object]
_encoder = msgspec.json.Encoder()
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_file = lru_cache(64)(shown.escaped)  # a run has many places, in few files,
_type = lru_cache(64)(printable)  # and much media, of few types


class _Line(msgspec.Struct, gc=False):
    """A verdict; the shapes of what it is made of follow. A struct is made, and written, in half the time of a dict."""

    url: str
    outcome: Outcome
    profile: str
    source: _Place
    findings: Sequence[object]
    ignored: Sequence[object]
    skipped: msgspec.Raw
    media: _Media
    from_cache_s: float | None
    attempts: int
    elapsed_s: float


class _Place(msgspec.Struct, gc=False):
    file: str | None
    line: int | None
    column: int | None
    pointer: str | None


class _Media(msgspec.Struct, gc=False):
    declared_type: str | None
    detected_type: str | None
    length: int | None
    width: int | None
    height: int | None
    duration_s: float | None


class Encoder:
    """Verdicts to JSON text, one at a time. It remembers the JSON of what repeats: the lists of skipped rules."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._written = bytearray()
        self._lists: dict[int, tuple[tuple[Skipped, ...], msgspec.Raw]] = {}
        self._entries: dict[tuple[str, str], bytes] = {}

    def verdict(self, verdict: Verdict) -> str:
        """One verdict, without a line end."""
        look = self._look
        target = verdict.target
        url = shown.url(target.url, look)
        line = _Line(
            url=url,
            outcome=verdict.outcome,
            profile=verdict.profile,
            source=_place(target.source, look),
            findings=verdict.findings and _findings(verdict, url, look),
            ignored=verdict.ignored and _ignored(verdict, look),
            skipped=self._skipped(verdict.skipped),
            media=_media(verdict.media),
            from_cache_s=verdict.from_cache_s and round(verdict.from_cache_s, 3),
            attempts=verdict.attempts,
            elapsed_s=round(verdict.elapsed_s, 6),
        )
        _encoder.encode_into(line, self._written)
        return _inert(self._written.decode())

    def _skipped(self, skipped: tuple[Skipped, ...]) -> msgspec.Raw:
        known = self._lists.get(id(skipped))
        if known is not None:  # the tuple is kept beside its JSON, so its id cannot be another's
            return known[1]
        raw = msgspec.Raw(b"[" + b",".join([self._entry(each) for each in skipped]) + b"]")
        if len(self._lists) >= _CACHED:
            self._lists.clear()
        self._lists[id(skipped)] = skipped, raw
        return raw

    def _entry(self, skipped: Skipped) -> bytes:
        key = skipped.rule, skipped.reason
        if (raw := self._entries.get(key)) is None:
            if len(self._entries) >= _CACHED:
                self._entries.clear()
            reason = shown.words(skipped.reason, self._look)
            raw = self._entries[key] = _encoder.encode({"rule": skipped.rule, "reason": reason})
        return raw


def text(value: object) -> str:
    """Compact ASCII JSON, in which no log runner finds a command."""
    return _inert(_encoder.encode(value).decode())


def _inert(encoded: str) -> str:
    if not encoded.isascii():
        encoded = _NOT_ASCII.sub(_utf16_escapes, encoded)
    # One character is found ten times as fast as three, and hardly any report has it.
    return encoded.replace("##[", "#\\u0023[") if "#" in encoded else encoded


def _utf16_escapes(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def finding(finding: Finding, look: Look, url: str | None = None) -> Value:
    """A finding: rule, severity, message, fix, url; ``url`` spares the masking where it is done.

    What is about a message was seen at no URL, and says so with an empty one.
    """
    if url is None:
        url = shown.url(finding.url, look) if finding.url else ""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": shown.words(finding.message, look),
        "fix": shown.words(finding.fix, look),
        "url": url,
    }


def _findings(verdict: Verdict, url: str, look: Look) -> list[Value]:
    own = verdict.target.url
    return [finding(each, look, url if each.url == own else None) for each in verdict.findings]


def _ignored(verdict: Verdict, look: Look) -> list[Value]:
    return [
        {**finding(each.finding, look), "reason": shown.words(each.reason, look)}
        for each in verdict.ignored
    ]


def _place(source: Source, look: Look) -> _Place:
    file = source.file
    return _Place(
        file=file and _file(file),
        line=source.line,
        column=source.column,
        pointer=shown.pointer(source, look),
    )


def _media(media: Media) -> _Media:
    declared, detected, seconds = media.declared_type, media.detected_type, media.duration_s
    return _Media(
        declared_type=declared and _type(declared),
        detected_type=detected and _type(detected),
        length=media.length,
        width=media.width,
        height=media.height,
        duration_s=seconds and round(seconds, 3),
    )


def message(verdict: MessageVerdict, look: Look) -> Value:
    """A message: its own findings, and the URLs of its media."""
    return {
        "mms_id": verdict.mms_id and shown.name(verdict.mms_id, look),
        "outcome": verdict.outcome,
        "findings": [finding(each, look) for each in verdict.findings],
        "urls": [shown.url(each.url, look) for each in verdict.media],
    }


def head(run: Run) -> Value:
    """What is said of the run as a whole, but the counts."""
    return {
        "schema": SCHEMA,
        "preflight": __version__,
        "profile": shown.escaped(run.profile),
        "complete": run.complete,
        "outcome": run_outcome(run),
        "started_at": shown.instant(run.started_at),
        "elapsed_s": round(run.elapsed_s, 3),
    }


def counts(run: Run) -> Value:
    """The counts over all places."""
    summary = run.summary
    return {
        "checked": summary.checked,
        "accepted": summary.accepted,
        "rejected": summary.rejected,
        "unknown": summary.unknown,
        "errors": summary.errors,
        "warnings": summary.warnings,
    }
