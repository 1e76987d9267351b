"""Which verdict, and which finding, comes first."""

from __future__ import annotations

from ..verdict import Finding, Outcome, Severity, Verdict

OUTCOMES = (Outcome.REJECT, Outcome.UNKNOWN, Outcome.ACCEPT)
SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)

Place = tuple[str, int, int]


def by_place(verdict: Verdict) -> Place:
    """A sort key: the order of the sources. URLs from the command line come first, as they arrived."""
    source = verdict.target.source
    return source.file or "", source.line or 0, source.column or 0


def worst_first(verdict: Verdict) -> tuple[int, Place]:
    """A sort key: rejected, could not tell, accepted; in each the order of the sources."""
    return OUTCOMES.index(verdict.outcome), by_place(verdict)


def finding_rank(finding: Finding) -> tuple[int, bool]:
    """A sort key: errors, warnings, information; among errors the certain ones first."""
    return SEVERITIES.index(finding.severity), finding.unknown
