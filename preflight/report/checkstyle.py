"""``checkstyle``: XML for reviewdog and Jenkins' warnings plug-in, findings by file."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from ..verdict import Verdict
from . import markup, shown
from .base import Look, Run
from .kept import kept, with_findings
from .remarks import Remark, remarks, said


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    root = Element("checkstyle", version="4.3")
    files: dict[str, Element] = {}
    for remark in remarks(verdicts, run, look):
        path, line = shown.path_in_project(remark.source, look)
        path = shown.storable(path)
        if path not in files:
            files[path] = SubElement(root, "file", name=path)
        _error(files[path], line, remark, look)
    yield markup.document(root)


def _error(file: Element, line: int, remark: Remark, look: Look) -> None:
    error = SubElement(file, "error", line=str(line))
    if remark.source.column and line == remark.source.line:
        error.set("column", str(remark.source.column))
    error.set("severity", remark.finding.severity)
    error.set("message", said(remark, look))
    error.set("source", f"preflight.{shown.escaped(remark.finding.rule)}")


checkstyle = kept(_pieces, with_findings)
