"""``checkstyle``: XML for reviewdog and Jenkins' warnings plug-in."""

from __future__ import annotations

from typing import TextIO
from xml.etree.ElementTree import Element, SubElement

from ..observation import Observation
from ..verdict import Verdict
from . import markup, shown
from .base import Look, Run
from .remarks import Remark, remarks, said


class Checkstyle:
    """Keeps what has findings: they are grouped by file."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._verdicts: list[Verdict] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict."""
        if verdict.findings:
            self._verdicts.append(verdict)

    def finish(self, run: Run) -> None:
        """Write the document."""
        root = Element("checkstyle", version="4.3")
        files: dict[str, Element] = {}
        for remark in remarks(self._verdicts, run, self._look):
            path, line = shown.path_in_project(remark.source, self._look)
            if path not in files:
                files[path] = SubElement(root, "file", name=path)
            self._error(files[path], line, remark)
        markup.write(self._out, root)

    def _error(self, file: Element, line: int, remark: Remark) -> None:
        error = SubElement(file, "error", line=str(line))
        if remark.source.column and line == remark.source.line:
            error.set("column", str(remark.source.column))
        error.set("severity", remark.finding.severity)
        error.set("message", said(remark, self._look))
        error.set("source", f"preflight.{shown.escaped(remark.finding.rule)}")
