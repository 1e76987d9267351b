"""``gitlab``: a Code Quality report, a JSON array. GitLab shows one of two entries with the same fingerprint, so none are."""

from __future__ import annotations

from collections.abc import Iterator

from ..verdict import Finding, Severity, Verdict
from . import shown
from .base import Look, Run
from .json_values import text
from .kept import kept, with_findings
from .remarks import fingerprints, remarks, said

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    """The array, an entry a line."""
    found = remarks(verdicts, run, look)
    entries = []
    for remark, fingerprint in zip(found, fingerprints(found), strict=True):
        path, line = shown.path_in_project(remark.source, look)
        entry = {
            "description": said(remark, look),
            "check_name": remark.finding.rule,
            "fingerprint": fingerprint,
            "severity": _severity(remark.finding),
            "location": {"path": shown.storable(path), "lines": {"begin": line}},
        }
        entries.append("\n " + text(entry))
    yield f"[{','.join(entries)}\n]\n"


def _severity(finding: Finding) -> str:
    return "major" if finding.unknown else _SEVERITIES[finding.severity]


gitlab = kept(_pieces, with_findings)
