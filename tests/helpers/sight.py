"""Observations for tests of rules and of the judge: a good one, and what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from preflight.judging import judge
from preflight.observation import (
    Body,
    BodyEnd,
    Content,
    Exchange,
    Failure,
    FailureKind,
    Observation,
    Purpose,
)
from preflight.profile import Profile, load
from preflight.target import Target
from preflight.verdict import Finding, Verdict
from preflight.wire.head import read_head

SINCH = load("sinch")
URL = "https://cdn.example.com/a.jpg"


def exchange(
    *fields: str,
    status: int = 200,
    purpose: Purpose = Purpose.IDENTITY,
    end: BodyEnd | None = BodyEnd.COMPLETE,
    received: int = 1000,
    url: str = URL,
    **others: Any,
) -> Exchange:
    """An exchange whose answer has these field lines; by default a good one of 1000 bytes."""
    lines = fields or ("Content-Type: image/jpeg", "Content-Length: 1000")
    head = read_head(
        "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status} Said", *lines, "")).encode("latin-1")
    )
    body = Body(end=end, received=received) if end and not head.malformed else None
    return Exchange(purpose=purpose, url=url, head=head, body=body, **others)


def failing(kind: FailureKind, detail: str = "it failed", **others: Any) -> Exchange:
    """An exchange without an answer."""
    return Exchange(
        purpose=Purpose.IDENTITY, url=URL, failure=Failure(kind=kind, detail=detail), **others
    )


def seen(*exchanges: Exchange, content: Content | None = None, **others: Any) -> Observation:
    """An observation; by default of one good JPEG."""
    if not exchanges:
        exchanges = (exchange(),)
    if content is None and exchanges[0].status == 200 and exchanges[0].body is not None:
        content = Content(
            length=exchanges[0].body.received,
            detected_type="image/jpeg",
            detected_by="signature table",
        )
    target = others.pop("target", Target(url=URL))
    return Observation(
        target=target, observed_at=1_795_000_000.0, exchanges=exchanges, content=content, **others
    )


def rules_of(observation: Observation, profile: Profile = SINCH) -> set[str]:
    """The ids of all findings."""
    return {finding.rule for finding in judge(observation, profile).findings}


def finding_of(rule: str, observation: Observation, profile: Profile = SINCH) -> Finding:
    """The finding of one rule, which must be there."""
    found = [finding for finding in judge(observation, profile).findings if finding.rule == rule]
    assert len(found) == 1, f"{rule} is not among {rules_of(observation, profile)}"
    return found[0]


def with_limits(**limits: Any) -> Profile:
    """The sinch profile with other limits."""
    return replace(SINCH, limits=replace(SINCH.limits, **limits))


def outcomes(verdicts: Iterable[Verdict]) -> list[str]:
    """The outcomes in order."""
    return [verdict.outcome.value for verdict in verdicts]
