"""``gitlab``: a Code Quality report, a JSON array. GitLab shows one of two entries with the same fingerprint, so none are."""

from __future__ import annotations

from typing import TextIO

from ..observation import Observation
from ..verdict import Finding, Severity, Verdict
from . import shown
from .base import Look, Run
from .json_values import text
from .remarks import fingerprints, remarks, said

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


class GitLab:
    """Keeps what has findings: the worst come first."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._verdicts: list[Verdict] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict."""
        if verdict.findings:
            self._verdicts.append(verdict)

    def finish(self, run: Run) -> None:
        """Write the array, an entry a line."""
        found = remarks(self._verdicts, run, self._look)
        entries = []
        for remark, fingerprint in zip(found, fingerprints(found), strict=True):
            path, line = shown.path_in_project(remark.source, self._look)
            entry = {
                "description": said(remark, self._look),
                "check_name": remark.finding.rule,
                "fingerprint": fingerprint,
                "severity": _severity(remark.finding),
                "location": {"path": path, "lines": {"begin": line}},
            }
            entries.append("\n " + text(entry))
        self._out.write(f"[{','.join(entries)}\n]\n")
        self._out.flush()


def _severity(finding: Finding) -> str:
    return "major" if finding.unknown else _SEVERITIES[finding.severity]
