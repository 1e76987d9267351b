"""A verdict cache under a clock that is set, and verdicts to keep in it."""

from __future__ import annotations

from pathlib import Path

from preflight.cache import VerdictCache
from preflight.target import Target
from preflight.text import mask_url
from preflight.verdict import Finding, Media, Outcome, Severity, Skipped, Verdict

URL = "https://cdn.example.com/media/a.jpg?token=s3cr3t&name=x"
NOW = 1_800_000_000.0


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def opened(
    path: Path, clock: Clock, max_age: float | None = 3600.0, prefix: bytes = b"p"
) -> VerdictCache:
    """The cache in this file, under this clock."""
    return VerdictCache(path, prefix=prefix, max_age=max_age, clock=clock, horizon_s=3 * 86_400)


def finding(
    rule: str = "chunked-transfer-encoding",
    severity: Severity = Severity.ERROR,
    *,
    unknown: bool = False,
) -> Finding:
    """A finding at ``URL``."""
    message = f"Seen at {mask_url(URL)}, in every answer."
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        fix="Serve it whole.",
        url=URL,
        unknown=unknown,
    )


def verdict(outcome: Outcome = Outcome.ACCEPT, *findings: Finding, url: str = URL) -> Verdict:
    """A verdict on ``url`` with all that one can have."""
    return Verdict(
        target=Target(url=url), outcome=outcome, profile="sinch", findings=findings,
        skipped=(Skipped(rule="too-many-pixels", reason="no image was seen"),),
        media=Media(declared_type="image/jpeg", length=26_221, width=320, height=240), attempts=2, elapsed_s=0.25,
    )  # fmt: skip
