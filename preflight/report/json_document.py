"""``json``: one document, schema 1, in the order of the sources."""

from __future__ import annotations

from typing import TextIO

from ..observation import Observation
from ..verdict import Verdict
from .base import Look, Run
from .json_values import Encoder, counts, head, message, text
from .order import by_place


class Json:
    """Keeps the verdicts, because the counts stand before them; writes them one a line."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._verdicts: list[Verdict] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict."""
        self._verdicts.append(verdict)

    def finish(self, run: Run) -> None:
        """Write the document."""
        encoder = Encoder(self._look)
        write = self._out.write
        write(text(head(run))[:-1] + ',\n "summary": ' + text(counts(run)) + ',\n "verdicts": [')
        for number, verdict in enumerate(sorted(self._verdicts, key=by_place)):
            write((",\n  " if number else "\n  ") + encoder.verdict(verdict))
        write('],\n "messages": [')
        write(",".join("\n  " + text(message(each, self._look)) for each in run.messages))
        write("]}\n")
        self._out.flush()
