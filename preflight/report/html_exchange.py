"""One observation as the page shows it: chain, requests and answers, times. Everything masked and printable."""

from __future__ import annotations

from ..observation import Exchange, Hop, Observation, Purpose
from ..text import printable
from ..verdict import Verdict
from . import seen, shown
from .base import Look
from .html_facts import ENDS, exactly
from .html_notes import notes
from .json_values import Value

_LINES = 120  # of one head; 64 KiB of it may have come
_LINE = 400  # characters of one line

TITLES = {
    Purpose.IDENTITY: "Asked plainly",
    Purpose.GZIP: "Asked with compression allowed",
    Purpose.SECOND: "Asked a second time",
    Purpose.WEBP: "Asked as a browser would",
    Purpose.BARE: "Asked without the query",
}


def exchanges(verdict: Verdict, observation: Observation, look: Look) -> Value:
    """The exchanges, the redirects before them, and the tries that failed earlier."""
    chains = [_chain(each.hops, look) for each in observation.exchanges]
    return {
        "chain": chains[0],
        "asked": [
            _exchange(each, verdict, observation, look)
            | ({"chain": chain} if chain != chains[0] else {})
            for each, chain in zip(observation.exchanges, chains, strict=True)
        ],
        "tries": [
            [shown.words(each.detail, look), _milliseconds(each.elapsed_s)]
            for each in observation.attempts
        ],
    }


def _chain(hops: tuple[Hop, ...], look: Look) -> list[tuple[str, int, str]]:
    return [
        (
            shown.url(hop.url, look),
            hop.status,
            printable(shown.field("location", hop.location, look), None),
        )
        for hop in hops
    ]


def _exchange(exchange: Exchange, verdict: Verdict, observation: Observation, look: Look) -> Value:
    marks = notes(verdict.findings, exchange, observation)
    about = [
        number
        for number, finding in enumerate(verdict.findings)
        if exchange.failure and seen.exchange_of(finding, observation) is exchange
    ]
    marked = {number for _, number in marks}
    return {
        "title": TITLES[exchange.purpose],
        "url": shown.url(exchange.url, look),
        "status": exchange.status,
        "peer": _peer(exchange),
        "request": _lines(exchange.request, look),
        "head": _lines(exchange.raw_head, look),
        "notes": [mark for mark in marks if mark[0] < _LINES],
        "about": [number for number in about if number not in marked],
        "failure": _failure(exchange, look),
        "body": _body(exchange),
        "times": _times(exchange),
    }


def _peer(exchange: Exchange) -> str:
    parts = [
        printable(exchange.peer) if exchange.peer else "",
        "through the proxy" if exchange.proxied else "",
        "on a connection that was open already" if exchange.reused else "",
    ]
    return ", ".join(filter(None, parts))


def _failure(exchange: Exchange, look: Look) -> str | None:
    if exchange.failure is None:
        return None
    kind, detail = exchange.failure.kind.replace("-", " "), exchange.failure.detail
    return f"{kind}: {shown.words(detail, look)}" if detail else kind


def _body(exchange: Exchange) -> str | None:
    body = exchange.body
    if body is None:
        return None
    surplus = f", then {exactly(body.surplus)} too many" if body.surplus else ""
    return f"{exactly(body.received)}, {ENDS[body.end]}{surplus}"


def _lines(raw: str, look: Look) -> list[str]:
    """A head line by line, without the empty one at its end."""
    if not raw:
        return []
    lines = shown.head(raw, look).split("\n")
    shown_lines = [printable_line(line.removesuffix("\r")) for line in lines[:_LINES]]
    while shown_lines and not shown_lines[-1]:
        shown_lines.pop()
    if len(lines) > _LINES:
        shown_lines.append(f"... {len(lines) - _LINES:,} more lines")
    return shown_lines


def printable_line(line: str) -> str:
    """A line of a head, control characters as escapes and long ones cut."""
    return shown.escaped(line if len(line) <= _LINE else line[: _LINE - 3] + "...")


def _times(exchange: Exchange) -> list[float]:
    """Milliseconds: earlier hops, DNS, connect, TLS, first byte, body."""
    timing = exchange.timing
    phases = [
        _milliseconds(each or 0)
        for each in (timing.dns, timing.connect, timing.tls, timing.first_byte, timing.body)
    ]
    before = _milliseconds(timing.total) - sum(phases) if exchange.hops else 0
    return [max(0, round(before, 2)), *phases]


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
