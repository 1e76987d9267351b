"""Formats that are written when all verdicts are in: what they keep until then, and that they are written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TextIO

from ..observation import Observation
from ..verdict import Verdict
from . import shown
from .base import Format, Look, Report, Run

Pieces = Callable[[list[Verdict], Run, Look], Iterable[str]]
"""The text of a report, in pieces, of what was kept and the run."""


class _Kept:
    def __init__(
        self, out: TextIO, look: Look, pieces: Pieces, wanted: Callable[[Verdict], bool]
    ) -> None:
        self._out, self._look = out, look
        self._pieces, self._wanted = pieces, wanted
        self._verdicts: list[Verdict] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict, where the format has a use for it."""
        if self._wanted(verdict):
            self._verdicts.append(verdict)

    def finish(self, run: Run) -> None:
        """Write the report."""
        try:
            for piece in self._pieces(self._verdicts, run, self._look):
                shown.write(self._out, piece)
        finally:
            self._out.flush()


def every_verdict(verdict: Verdict) -> bool:
    """For formats that list or count all of them."""
    return True


def with_findings(verdict: Verdict) -> bool:
    """For formats that list findings."""
    return bool(verdict.findings)


def with_findings_or_ignored(verdict: Verdict) -> bool:
    """For formats that also list what the settings ignore."""
    return bool(verdict.findings or verdict.ignored)


def kept(pieces: Pieces, wanted: Callable[[Verdict], bool]) -> Format:
    """The format that keeps the wanted verdicts and writes these pieces of them."""

    def begin(out: TextIO, look: Look) -> Report:
        return _Kept(out, look, pieces, wanted)

    return begin
