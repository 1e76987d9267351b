"""``github``: annotations for the log of a job, and the job's summary where GitHub names a file for it.

A step shows 10 annotations a level and drops the rest without a word; so the tenth says how many more there are.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from ..errors import UsageError
from ..verdict import Severity, Verdict
from . import shown
from .base import Look, Run
from .closing import counts_line, exit_line
from .kept import kept, with_findings
from .markdown import render
from .order import SEVERITIES
from .remarks import Remark, remarks, said

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_ANNOTATIONS = 10
_TURNS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_SUMMARY = 900_000  # bytes; over 1,024 kB GitHub drops the whole summary of a step


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    """The summary is appended to; then annotations for the log, which ends with the exit code: that must hold."""
    found = remarks(verdicts, run, look)
    lines = [line for severity in SEVERITIES for line in _level(found, severity, look)]
    lines += [counts_line(run), exit_line(run)]
    if look.summary_file:
        _append(Path(look.summary_file), found, run, look)
    yield "".join(f"{line}\n" for line in lines)


def _level(found: list[Remark], severity: Severity, look: Look) -> list[str]:
    found = [each for each in found if each.finding.severity is severity]
    cut = found if len(found) <= _ANNOTATIONS else found[: _ANNOTATIONS - 1]
    lines = [_annotation(each, look) for each in cut]
    if len(cut) < len(found):
        more = f"{len(found) - len(cut):,} more findings of this level"
        where = " are in the job summary" if look.summary_file else " were made"
        lines.append(f"::{_LEVELS[severity]} title=preflight::{more}{where}")
    return lines


def _annotation(remark: Remark, look: Look) -> str:
    values: dict[str, object] = {"title": shown.escaped(remark.finding.rule)}
    path, line = shown.path_in_project(remark.source, look, default="")
    if path:
        values |= {"file": _spelt(path), "line": line}
        source = remark.source
        if source.column and source.line == line:
            values |= {"col": source.column}
            values |= {"endColumn": source.end} if source.end else {}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in values.items())
    message = shown.disarmed(said(remark, look))
    return f"::{_LEVELS[remark.finding.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _spelt(path: str) -> str:
    """A path as it is, with the spaces and joiners that names have; what moves a cursor or turns a line of the log becomes escapes."""
    if path.isprintable():
        return path
    return "".join(each if _is_of_names(each) else shown.escaped(each) for each in path)


def _is_of_names(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cf":
        return unicodedata.bidirectional(character) not in _TURNS
    return character in "\r\n" or category == "Zs" or character.isprintable()


def _property(text: str) -> str:
    """As the runner reads it: with every colon gone, nothing is left to disarm but ``##[``."""
    return shown.disarmed(_data(text).replace(":", "%3A").replace(",", "%2C"))


def _append(path: Path, found: list[Remark], run: Run, look: Look) -> None:
    """Append to the step's summary; what an earlier command of the step wrote counts towards the limit.

    Raises UsageError where it cannot be written.
    """
    try:
        room = _SUMMARY - (path.stat().st_size if path.exists() else 0)
        text = render(found, run, look, room, rows=200)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"cannot write to {str(path)!r}: {error.strerror}") from None


github = kept(_pieces, with_findings)
