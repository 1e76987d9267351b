"""Which lines of an answer the HTML report marks for which finding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from preflight.observation import (
    Exchange,
    Fault,
    FaultKind,
    Observation,
    Purpose,
)
from preflight.report.html_notes import ABSENT, STATUS, notes
from preflight.rules import BY_ID
from preflight.target import Target
from preflight.verdict import Finding, Severity

HEAD_LINES: dict[str, list[int]] = {
    "missing-content-length": [],
    "unexpected-status": [STATUS],
    "media-type-mismatch": [1],
    "missing-content-type": [1],
    "content-too-large": [3],
    "truncated-content": [3],
    "content-encoding-applied": [4],
    "redirected": [5],
    "cmyk-image": [],
    "private-address": [],
    "no-such-rule": [],
}


@pytest.mark.parametrize("rule", HEAD_LINES)
def test_each_rule_marks_its_lines(rule: str) -> None:
    exchange = _exchange(
        "Content-Type: image/png",
        "Server: x",
        "content-LENGTH : 5",
        "Content-Encoding: gzip",
        "Location: /x",
    )
    exchange = replace(exchange, head=replace(_head(exchange), codings=("gzip",)))
    assert notes((_finding(rule),), exchange, _seen(exchange)) == [
        (line, 0) for line in HEAD_LINES[rule]
    ]


def test_a_missing_field_is_marked_as_missing() -> None:
    exchange = _exchange("Server: x")
    findings = (_finding("missing-content-length"), _finding("missing-content-type"))
    assert notes(findings, exchange, _seen(exchange)) == [(ABSENT, 0), (ABSENT, 1)]


def test_faults_mark_their_own_lines() -> None:
    exchange = _exchange("A: b", "no colon", " folded", "C : d")
    faults = (
        Fault(FaultKind.MALFORMED, "no colon", 3),
        Fault(FaultKind.IRREGULAR, "folded", 4),
        Fault(FaultKind.IRREGULAR, "space", 5),
        Fault(FaultKind.IRREGULAR, "somewhere"),
    )
    exchange = replace(exchange, head=replace(_head(exchange), faults=faults))
    findings = (_finding("malformed-response"), _finding("irregular-response"))
    assert notes(findings, exchange, _seen(exchange)) == [(2, 0), (3, 1), (4, 1)]


def test_folded_lines_are_not_taken_for_fields() -> None:
    exchange = _exchange("X: a", " Content-Type: image/png", "Content-Type: image/gif")
    assert notes((_finding("generic-content-type"),), exchange, _seen(exchange)) == [(3, 0)]


@pytest.mark.parametrize(
    ("second", "status", "lines"),
    [
        (("Content-Type: image/png", "Content-Length: 5"), 200, []),
        (("Content-Type: image/png", "Content-Length: 6"), 200, [2]),
        (("Content-Type: image/png", "Transfer-Encoding: chunked"), 200, [2]),
        (("Content-Type: image/png",), 200, [ABSENT]),
        (("Content-Type: image/png", "Content-Length: 5"), 503, [STATUS]),
    ],
)
def test_what_differs_is_marked_in_the_later_answer(
    second: tuple[str, ...], status: int, lines: list[int]
) -> None:
    one = _exchange("Content-Type: image/png", "Content-Length: 5")
    two = replace(_exchange(*second), purpose=Purpose.GZIP)
    two = replace(two, head=replace(_head(two), status=status))
    seen = Observation(target=Target(url=one.url), observed_at=0, exchanges=(one, two))
    findings = (_finding("unstable-hosting"),)
    assert notes(findings, one, seen) == []
    assert notes(findings, two, seen) == [(line, 0) for line in lines]


def test_every_mapped_rule_exists() -> None:
    from preflight.report import html_notes

    named = {
        *html_notes._FIELDS,
        *html_notes._STATUS_RULES,
        *html_notes._FAULT_RULES,
        *html_notes._EVERY_ANSWER,
    }
    assert named <= set(BY_ID)


def _finding(rule: str) -> Finding:
    return Finding(
        rule=rule, severity=Severity.ERROR, message="m", fix="f", url="https://a.example/"
    )


def _exchange(*lines: str) -> Exchange:
    from preflight.observation import Head

    fields = tuple(
        (name, value.strip()) for name, _, value in (line.partition(":") for line in lines)
    )
    head = Head(version="HTTP/1.1", status=200, fields=fields)
    raw = "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines, ""))
    return Exchange(purpose=Purpose.IDENTITY, url="https://a.example/", raw_head=raw, head=head)


def _head(exchange: Exchange) -> Any:
    assert exchange.head is not None
    return exchange.head


def _seen(exchange: Exchange) -> Observation:
    return Observation(target=Target(url=exchange.url), observed_at=0, exchanges=(exchange,))
