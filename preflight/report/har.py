"""``har``: every exchange as HTTP Archive 1.2, for the network panels of browsers and for other tools.

Bodies are not in it. Each entry has our notes as ``_preflight``; times are in milliseconds, as the format wants.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import parse_qsl, urlsplit

from .._version import __version__
from ..observation import Exchange, FailureKind, Head, Hop, Observation
from ..text import printable
from ..verdict import Verdict
from . import seen, shown
from .base import Look, Run
from .json_values import Value, finding, text


class Har:
    """Writes entries as they come, and keeps none. What was not asked for has none."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._separator = "\n"
        creator = {"name": "preflight", "version": __version__}
        self._out.write(f'{{"log":{{"version":"1.2","creator":{text(creator)},"entries":[')

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Write the entries of one observation: its exchanges, each after its redirects."""
        if observation is None:
            return
        start = observation.observed_at
        for exchange in observation.exchanges:
            notes = self._notes(verdict, observation, exchange)
            for entry in self._entries(exchange, start, notes):
                self._out.write(self._separator + text(entry))
                self._separator = ",\n"
            start += exchange.timing.total

    def finish(self, run: Run) -> None:
        """Close the archive."""
        comment = f"profile {run.profile}{'' if run.complete else '; interrupted'}"
        self._out.write(f'\n],"comment":{text(printable(comment))}}}}}\n')
        self._out.flush()

    def _notes(self, verdict: Verdict, observation: Observation, exchange: Exchange) -> Value:
        about = [
            each for each in verdict.findings if seen.exchange_of(each, observation) is exchange
        ]
        notes: Value = {
            "url": shown.url(verdict.url, self._look),
            "purpose": exchange.purpose,
            "outcome": verdict.outcome,
            "findings": [finding(each, self._look) for each in about],
        }
        if exchange.failure:
            failure = exchange.failure
            notes["failure"] = {
                "kind": failure.kind,
                "detail": shown.words(failure.detail, self._look),
            }
        return notes

    def _entries(self, exchange: Exchange, start: float, notes: Value) -> list[Value]:
        look = self._look
        when = datetime.fromtimestamp(start, UTC).isoformat(timespec="milliseconds")
        hops = [_hop(each, look) for each in exchange.hops]
        common: Value = {"startedDateTime": when, "cache": {}}
        if not _asked_for(exchange):
            if hops:  # the last of them is where the findings are about
                hops[-1]["_preflight"] = {**notes, "purpose": "redirect"}
            return [{**common, **entry} for entry in hops]
        last: Value = {
            "time": _total(exchange),
            "request": _request(exchange, look),
            "response": _response(exchange, look),
            "timings": _timings(exchange),
            "_preflight": notes,
        }
        if exchange.peer:
            last["serverIPAddress"] = printable(exchange.peer)
        return [{**common, **entry} for entry in (*hops, last)]


def _asked_for(exchange: Exchange) -> bool:
    """Whether there was a request after the redirects: of none, the archive would have a URL that may be no URL, which makes all of it invalid."""
    kind = exchange.failure and exchange.failure.kind
    return bool(exchange.request or exchange.head) and kind is not FailureKind.PRIVATE_ADDRESS


def _hop(hop: Hop, look: Look) -> Value:
    """A redirect: only its URL, status and Location were kept."""
    location = shown.field("location", hop.location, look)
    response = _answer(hop.status, "", [("Location", hop.location)], look)
    return {
        "time": 0,
        "request": _asked("GET", shown.url(hop.url, look), []),
        "response": {**response, "redirectURL": printable(location, None)},
        "timings": {"send": 0, "wait": 0, "receive": 0},
        "_preflight": {"purpose": "redirect"},
    }


def _request(exchange: Exchange, look: Look) -> Value:
    lines = shown.head(exchange.request, look).replace("\r\n", "\n").split("\n")
    fields = [line.partition(":")[::2] for line in lines[1:] if ":" in line]
    headers = [_pair(name, value.strip()) for name, value in fields]
    method = lines[0].partition(" ")[0] or "GET"
    return _asked(printable(method), shown.url(exchange.url, look), headers)


def _asked(method: str, url: str, headers: list[Value]) -> Value:
    return {
        "method": method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "queryString": _query(url),
        "headersSize": -1,
        "bodySize": 0,
    }


def _query(url: str) -> list[Value]:
    """Names and values of a URL that is already masked."""
    try:
        query = urlsplit(url).query
    except ValueError:
        return []
    return [_pair(name, value) for name, value in parse_qsl(query, keep_blank_values=True)]


def _pair(name: str, value: str) -> Value:
    return {"name": printable(name), "value": printable(value, None)}


def _response(exchange: Exchange, look: Look) -> Value:
    head = exchange.head or Head(version=None, status=None)
    answer = _answer(head.status or 0, shown.reason(head.reason, look), head.fields, look)
    answer["httpVersion"] = printable(head.version or "")
    received = exchange.body.received if exchange.body else 0
    answer["content"] = {"size": received, "mimeType": _media_type(head, look)}
    answer["bodySize"] = received if exchange.body else -1
    if exchange.raw_head:
        answer["headersSize"] = len(exchange.raw_head)
    return answer


def _media_type(head: Head, look: Look) -> str:
    return printable(shown.field("content-type", head.value("content-type") or "", look))


def _answer(
    status: int,
    reason: str,
    fields: list[tuple[str, str]] | tuple[tuple[str, str], ...],
    look: Look,
) -> Value:
    return {
        "status": status,
        "statusText": printable(reason),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [_pair(name, shown.field(name, value, look)) for name, value in fields],
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _timings(exchange: Exchange) -> Value:
    """Phases that did not happen are -1; ``connect`` includes ``ssl`` (HAR 1.2)."""
    timing = exchange.timing
    connect, tls = _milliseconds(timing.connect), _milliseconds(timing.tls)
    return {
        "blocked": -1,
        "dns": -1 if timing.dns is None else _milliseconds(timing.dns),
        "connect": -1 if connect is None else round(connect + (tls or 0), 3),
        "ssl": -1 if tls is None else tls,
        "send": 0,
        "wait": _milliseconds(timing.first_byte) or 0,
        "receive": _milliseconds(timing.body) or 0,
    }


def _total(exchange: Exchange) -> float:
    """The sum of the phases of the last hop, without counting ``ssl`` twice."""
    timing = exchange.timing
    phases = (timing.dns, timing.connect, timing.tls, timing.first_byte, timing.body)
    return round(sum(phase or 0 for phase in phases) * 1000, 3)
