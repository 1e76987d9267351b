"""Which exchange of an observation a finding is about, and its head in one line."""

from __future__ import annotations

from collections.abc import Callable

from ..observation import Exchange, Observation, Purpose
from ..text import printable
from ..verdict import Finding
from . import shown
from .base import Look

_FIELDS = (
    "content-length", "transfer-encoding", "content-type", "content-encoding", "location", "server",
)  # fmt: skip
_LIMIT = 120  # characters of one field value

_SHOWS: dict[str, Callable[[Exchange], bool]] = {
    "chunked-transfer-encoding": lambda each: bool(each.head and each.head.chunked),
    "missing-content-length": lambda each: bool(
        each.head and each.head.lengths is None and each.head.codings is None
    ),
    "malformed-response": lambda each: bool(each.head and each.head.malformed),
    "irregular-response": lambda each: bool(each.head and each.head.faults),
    "truncated-content": lambda each: bool(each.body and not each.body.whole),
    "content-length-mismatch": lambda each: bool(each.body and each.body.surplus),
    "content-encoding-applied": lambda each: bool(
        each.head and each.head.value("content-encoding") is not None
    ),
    "redirected": lambda each: bool(each.hops),
    "query-dependent-media": lambda each: each.purpose is Purpose.BARE,
    "negotiated-media-type": lambda each: each.purpose is Purpose.WEBP,
}
"""What an exchange must show to be the one that a rule on several variants objects to."""


def exchange_of(finding: Finding, observation: Observation) -> Exchange | None:
    """The first exchange that shows what the finding says; else the first one at its URL, else the
    first.
    """
    shows = _SHOWS.get(finding.rule)
    if shows:
        for each in observation.exchanges:
            if shows(each):
                return each
    at_url = [each for each in observation.exchanges if each.url == finding.url]
    return next(iter([*at_url, *observation.exchanges]), None)


def head_line(exchange: Exchange, look: Look) -> str:
    """The status line and the fields that decide, as seen: ``HTTP/1.1 200 OK | Content-Length:
    12``.

    Foreign text is masked and printable; where there was no head, the failure in our own words.
    """
    parts = []
    if exchange.head:
        head = exchange.head
        version, status = head.version or "no HTTP version", head.status or "no status"
        parts.append(
            f"{printable(version)} {status} {printable(shown.reason(head.reason, look))}".strip()
        )
        parts += [
            f"{printable(name)}: {printable(shown.field(name, value, look), _LIMIT)}"
            for name, value in head.fields
            if name.strip().lower() in _FIELDS
        ]
    if exchange.failure:
        failure = exchange.failure
        parts.append(
            f"{failure.kind}{': ' if failure.detail else ''}{shown.words(failure.detail, look)}"
        )
    return " | ".join(parts)


def asked(exchange: Exchange) -> str:
    """What was asked for, where it was not simply the file: ``asked for gzip``."""
    return {
        Purpose.IDENTITY: "",
        Purpose.GZIP: "asked for gzip",
        Purpose.SECOND: "asked a second time",
        Purpose.WEBP: "asked for WebP",
        Purpose.BARE: "asked without the query",
    }[exchange.purpose]
