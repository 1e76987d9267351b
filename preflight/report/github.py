"""``github``: annotations for the log of a job, and the job's summary where GitHub names a file for it.

A step shows 10 annotations a level and drops the rest without a word; so the tenth says how many more there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from ..observation import Observation
from ..verdict import Severity, Verdict
from . import shown
from .base import Look, Run
from .closing import counts_line, exit_line
from .markdown import render
from .order import SEVERITIES
from .remarks import Remark, remarks, said

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_ANNOTATIONS = 10
_SUMMARY = 900_000  # bytes; over 1,024 kB GitHub drops the whole summary of a step


class GitHub:
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
        """Write annotations to the log, and append to the summary. Raises ``OSError`` where that cannot be written."""
        found = remarks(self._verdicts, run, self._look)
        lines = [line for severity in SEVERITIES for line in self._level(found, severity)]
        lines += [counts_line(run), exit_line(run)]
        shown.write(self._out, "".join(f"{line}\n" for line in lines))
        self._out.flush()
        if self._look.summary_file:
            _append(Path(self._look.summary_file), found, run, self._look)

    def _level(self, found: list[Remark], severity: Severity) -> list[str]:
        found = [each for each in found if each.finding.severity is severity]
        cut = found if len(found) <= _ANNOTATIONS else found[: _ANNOTATIONS - 1]
        lines = [self._annotation(each) for each in cut]
        if len(cut) < len(found):
            more = f"{len(found) - len(cut):,} more findings of this level"
            where = " are in the job summary" if self._look.summary_file else " were made"
            lines.append(f"::{_LEVELS[severity]} title=preflight::{more}{where}")
        return lines

    def _annotation(self, remark: Remark) -> str:
        values: dict[str, object] = {"title": shown.escaped(remark.finding.rule)}
        path, line = shown.path_in_project(remark.source, self._look, default="")
        if path:
            values |= {"file": path, "line": line}
            source = remark.source
            if source.column and source.line == line:
                values |= {"col": source.column}
                values |= {"endColumn": source.end} if source.end else {}
        properties = ",".join(f"{key}={_property(str(value))}" for key, value in values.items())
        message = shown.disarmed(said(remark, self._look))
        return f"::{_LEVELS[remark.finding.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(shown.disarmed(text)).replace(":", "%3A").replace(",", "%2C")


def _append(path: Path, found: list[Remark], run: Run, look: Look) -> None:
    """Append to the step's summary; what an earlier command of the step wrote counts towards the limit."""
    room = _SUMMARY - (path.stat().st_size if path.exists() else 0)
    text = render(found, run, look, room, rows=200)
    with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
