"""Sample values for the report tests, handed out as fixtures."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import pytest

from preflight.observation import Body, BodyEnd, Exchange, Head, Hop, Observation, Purpose, Timing
from preflight.report import Look, Run, Summary, open_report
from preflight.target import Source, Target
from preflight.verdict import (
    Finding,
    Ignored,
    Media,
    MessageVerdict,
    Outcome,
    Severity,
    Skipped,
    Verdict,
)

CHUNKED = Finding(
    rule="chunked-transfer-encoding",
    severity=Severity.ERROR,
    message="the answer to a request for gzip has Transfer-Encoding: chunked",
    fix="switch off compression on the fly for image/jpeg",
    url="https://cdn.example.com/a.jpg",
)
SKIPPED = tuple(Skipped(rule=f"rule-{number}", reason="no image was seen") for number in range(30))
STARTED = 1_795_341_600.0  # 2026-11-22T10:00:00Z

Pair = tuple[Verdict, Observation | None]


def _verdict(
    url: str = "https://cdn.example.com/a.jpg",
    *findings: Finding,
    outcome: Outcome | None = None,
    file: str | None = "media.txt",
    line: int | None = 3,
    ignored: tuple[Ignored, ...] = (),
    skipped: tuple[Skipped, ...] = SKIPPED,
    media: Media | None = None,
    **rest: float,
) -> Verdict:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    judged = Outcome.ACCEPT
    if errors:
        judged = Outcome.UNKNOWN if all(each.unknown for each in errors) else Outcome.REJECT
    source = Source(file=file, line=line if file else None, column=1 if file else None)
    return Verdict(
        target=Target(url=url, source=source),
        outcome=outcome or judged,
        profile="sinch",
        findings=findings,
        ignored=ignored,
        skipped=skipped,
        media=media
        or Media(
            declared_type="image/jpeg",
            detected_type="image/jpeg",
            length=26221,
            width=320,
            height=240,
        ),
        attempts=int(rest.get("attempts", 1)),
        elapsed_s=0.12,
        from_cache_s=rest.get("from_cache_s"),
    )


def _exchange(url: str, purpose: Purpose, reason: str, *extra: tuple[str, str]) -> Exchange:
    chunked = purpose is Purpose.GZIP
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "26221")
    fields = (("Server", "nginx/1.22"), ("Content-Type", "image/jpeg"), framing, *extra)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return Exchange(
        purpose=purpose,
        url=url,
        hops=(Hop(url="http://cdn.example.com/a.jpg?old=SECRET", status=301, location=url),),
        request=(
            f"GET /a.jpg?sig=SECRET HTTP/1.1\r\nHost: cdn.example.com\r\n"
            f"Accept-Encoding: {purpose}\r\nAuthorization: Bearer SECRET\r\n\r\n"
        ),
        peer="203.0.113.7",
        timing=Timing(dns=0.001, connect=0.01, tls=0.02, first_byte=0.03, body=0.04, total=0.101),
        raw_head=f"HTTP/1.1 200 {reason}\r\n{lines}\r\n",
        head=Head(
            version="HTTP/1.1",
            status=200,
            reason=reason,
            fields=fields,
            lengths=None if chunked else ("26221",),
            codings=("chunked",) if chunked else None,
        ),
        body=Body(end=BodyEnd.COMPLETE, received=26221),
    )


def _observation(
    verdict: Verdict, reason: str = "OK", fields: Iterable[tuple[str, str]] = ()
) -> Observation:
    extra = tuple(fields)
    return Observation(
        target=verdict.target,
        observed_at=STARTED,
        exchanges=(
            _exchange(verdict.url, Purpose.IDENTITY, reason, *extra),
            _exchange(verdict.url, Purpose.GZIP, reason, *extra),
        ),
        elapsed_s=0.2,
    )


def _run(
    verdicts: Iterable[Verdict],
    messages: tuple[MessageVerdict, ...] = (),
    *,
    complete: bool = True,
    notes: tuple[str, ...] = (),
    exit_code: int | None = None,
) -> Run:
    kept = list(verdicts)
    severities = [each.severity for verdict in kept for each in verdict.findings]
    outcomes = [verdict.outcome for verdict in kept]
    ages = [verdict.from_cache_s for verdict in kept if verdict.from_cache_s is not None]
    return Run(
        profile="sinch",
        started_at=STARTED,
        elapsed_s=1.2,
        complete=complete,
        messages=messages,
        notes=notes,
        exit_code=exit_code,
        summary=Summary(
            checked=len(kept),
            accepted=outcomes.count(Outcome.ACCEPT),
            rejected=outcomes.count(Outcome.REJECT),
            unknown=outcomes.count(Outcome.UNKNOWN),
            errors=severities.count(Severity.ERROR),
            warnings=severities.count(Severity.WARNING),
            ignored=sum(len(verdict.ignored) for verdict in kept),
            cached=len(ages),
            oldest_cached_s=max(ages, default=None),
        ),
    )


def _rendered(
    name: str, pairs: Iterable[Pair | Verdict], look: Look | None = None, run: Run | None = None
) -> str:
    out = io.StringIO()
    report = open_report(name, out, look or Look())
    kept = []
    for pair in pairs:
        verdict, observation = pair if isinstance(pair, tuple) else (pair, None)
        kept.append(verdict)
        report.add(verdict, observation)
    report.finish(run or _run(kept))
    return out.getvalue()


@pytest.fixture
def chunked() -> Finding:
    """An error about chunked framing."""
    return CHUNKED


@pytest.fixture
def verdict_of() -> Callable[..., Verdict]:
    """``verdict_of(url, *findings, file=, line=, ...)``: the outcome follows from the findings."""
    return _verdict


@pytest.fixture
def observation_of() -> Callable[..., Observation]:
    """``observation_of(verdict, reason=, fields=)``: identity and gzip, after one redirect."""
    return _observation


@pytest.fixture
def run_of() -> Callable[..., Run]:
    """``run_of(verdicts, messages=, complete=, notes=, exit_code=)``: counts are taken."""
    return _run


@pytest.fixture
def rendered() -> Callable[..., str]:
    """``rendered(format, verdicts or pairs, look=, run=)``: the report as text."""
    return _rendered
