"""``jsonl``: one verdict a line as each finishes, then one line of summary. Nothing is kept."""

from __future__ import annotations

from typing import TextIO

from ..observation import Observation
from ..verdict import Verdict
from .base import Look, Run
from .json_values import Encoder, counts, head, message, text


class JsonLines:
    """Writes each line at once and whole, so that a reader at the other end of a pipe sees it."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._encoder = Encoder(look)

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Write one line."""
        self._out.write(self._encoder.verdict(verdict) + "\n")
        self._out.flush()

    def finish(self, run: Run) -> None:
        """Write the line that ends a report: its first key is ``summary``."""
        messages = [message(each, self._look) for each in run.messages]
        self._out.write(text({"summary": counts(run), **head(run), "messages": messages}) + "\n")
        self._out.flush()
