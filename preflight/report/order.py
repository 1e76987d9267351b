"""Which verdict comes first, and what a run amounts to."""

from __future__ import annotations

from collections.abc import Iterator

from ..verdict import Finding, Outcome, Severity, Verdict, worst
from .base import Run

OUTCOMES = (Outcome.REJECT, Outcome.UNKNOWN, Outcome.ACCEPT)
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)

Place = tuple[str, int, int]


def by_place(verdict: Verdict) -> Place:
    """A sort key.

    The order of the sources. URLs from the command line come first, as they arrived.
    """
    source = verdict.target.source
    return source.file or "", source.line or 0, source.column or 0


def worst_first(verdict: Verdict) -> tuple[int, Place]:
    """A sort key: rejected, could not tell, accepted; in each the order of the sources."""
    return OUTCOMES.index(verdict.outcome), by_place(verdict)


def finding_rank(finding: Finding) -> tuple[int, bool]:
    """A sort key: errors, warnings, information; among errors the certain ones first."""
    return SEVERITIES.index(finding.severity), finding.unknown


def findings(verdicts: list[Verdict]) -> Iterator[tuple[Verdict, Finding]]:
    """Every finding with its verdict, worst first."""
    ranked = sorted(verdicts, key=worst_first)
    for severity in SEVERITIES:
        for verdict in ranked:
            for finding in verdict.findings:
                if finding.severity is severity:
                    yield verdict, finding


def run_outcome(run: Run) -> Outcome:
    """The worst of all media and messages.

    A run that was cut short, with nothing rejected, could not tell.
    """
    outcomes = [message.outcome for message in run.messages]
    if run.summary.rejected:
        outcomes.append(Outcome.REJECT)
    if run.summary.unknown or not run.complete:
        outcomes.append(Outcome.UNKNOWN)
    return worst(outcomes)


def exit_code(run: Run) -> int:
    """The exit code of the command, where the run does not say: contract's 0, 1, 3 and 130."""
    if run.exit_code is not None:
        return run.exit_code
    if not run.complete:
        return 130
    return {Outcome.ACCEPT: 0, Outcome.REJECT: 1, Outcome.UNKNOWN: 3}[run_outcome(run)]
