"""Which lines of a response head a finding is about, so that it can stand beside them."""

from __future__ import annotations

from ..observation import Exchange, Head, Observation
from ..verdict import Finding
from . import seen

ABSENT = -1
"""Stands for a line that is not there: what is wrong is that it is missing."""

STATUS = 0
"""The status line."""

_LENGTH, _CODING, _TYPE = "content-length", "transfer-encoding", "content-type"

_FIELDS: dict[str, tuple[str, ...]] = {
    "chunked-transfer-encoding": (_CODING,),
    "missing-content-length": (_LENGTH,),
    "truncated-content": (_LENGTH,),
    "content-length-mismatch": (_LENGTH,),
    "empty-content": (_LENGTH,),
    "content-encoding-applied": ("content-encoding",),
    "missing-content-type": (_TYPE,),
    "malformed-content-type": (_TYPE,),
    "unresolved-octet-stream": (_TYPE,),
    "generic-content-type": (_TYPE,),
    "media-type-mismatch": (_TYPE,),
    "unaccepted-media-type": (_TYPE,),
    "web-page-content": (_TYPE,),
    "misleading-extension": (_TYPE,),
    "negotiated-media-type": (_TYPE,),
    "content-too-large": (_LENGTH,),
    "oversized-for-carriers": (_LENGTH,),
    "too-many-redirects": ("location",),
    "redirected": ("location",),
    "insecure-redirect": ("location",),
}
"""The fields that a rule judges."""

_MISSED = frozenset({"missing-content-length", "missing-content-type"})
_STATUS_RULES = frozenset({"unexpected-status", "query-dependent-media"})
_FAULT_RULES = frozenset({"malformed-response", "irregular-response"})
_EVERY_ANSWER = frozenset(
    {"chunked-transfer-encoding", "missing-content-length", "content-encoding-applied"}
)
"""Rules that every answer is held to, so that each one that shows the fault is marked."""


def notes(
    findings: tuple[Finding, ...], exchange: Exchange, observation: Observation
) -> list[tuple[int, int]]:
    """(line, number of the finding), lines counted from 0, the status line; ``ABSENT`` for one that is missing."""
    head = exchange.head
    if head is None:
        return []
    marks = []
    for number, finding in enumerate(findings):
        first = seen.exchange_of(finding, observation) is exchange
        if first or finding.rule in _EVERY_ANSWER or finding.rule == "unstable-hosting":
            lines = _lines(finding.rule, exchange, head, observation)
            marks += [(line, number) for line in lines]
    return marks


def _lines(rule: str, exchange: Exchange, head: Head, observation: Observation) -> list[int]:
    if rule in _STATUS_RULES:
        return [STATUS]
    if rule in _FAULT_RULES:
        kind = rule.partition("-")[0]
        faults = {fault.line for fault in head.faults if fault.kind == kind}
        return sorted(line - 1 for line in faults if line)
    if rule == "unstable-hosting":
        return _differing(exchange, observation)
    if rule == "chunked-transfer-encoding" and not head.chunked:
        return []
    if rule == "missing-content-length" and head.codings is not None:
        return []
    found = [line for line, name, _ in named(exchange.raw_head) if name in _FIELDS.get(rule, ())]
    return found or ([ABSENT] if rule in _MISSED else [])


def _differing(exchange: Exchange, observation: Observation) -> list[int]:
    """The lines of a later answer that the first answer does not have, and those that it has and this one lacks."""
    first = observation.identity
    if exchange is first or first.head is None:
        return []
    if exchange.status != first.status:
        return [STATUS]
    judged = (_LENGTH, _CODING, _TYPE)
    before = {(name, value) for _, name, value in named(first.raw_head) if name in judged}
    here = [(line, name, value) for line, name, value in named(exchange.raw_head) if name in judged]
    changed = [line for line, name, value in here if (name, value) not in before]
    lost = {name for name, _ in before} - {name for _, name, _ in here}
    return changed or ([ABSENT] if lost else [])


def named(raw_head: str) -> list[tuple[int, str, str]]:
    """(line from 0, field name in lower case, value) of every line of a raw head that has a name."""
    found = []
    for number, line in enumerate(raw_head.split("\n")):
        name, colon, value = line.partition(":")
        if number and colon and line[:1] not in (" ", "\t"):
            found.append((number, name.strip().lower(), value.strip()))
    return found
