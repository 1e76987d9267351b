"""``jsonl``: one verdict a line as each finishes, then one line of summary. Nothing is kept."""

from __future__ import annotations

import time
from typing import TextIO

from ..observation import Observation
from ..verdict import Verdict
from .base import Look, Run
from .json_values import Encoder, counts, head, message, text

_SOON_S = 0.02


class JsonLines:
    """Writes each line whole and in turn, and lets go of it at once where lines are rare, so that a reader at the other end of a pipe sees it.

    Where many come together, who runs the check flushes the stream now and then: a system call for each would cost as much as its verdict.
    """

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._encoder = Encoder(look)
        self._flushed = 0.0

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Write one line."""
        self._out.write(self._encoder.verdict(verdict) + "\n")
        now = time.monotonic()
        if now - self._flushed > _SOON_S:
            self._flushed = now
            self._out.flush()

    def finish(self, run: Run) -> None:
        """Write the line that ends a report: its first key is ``summary``."""
        messages = [message(each, self._look) for each in run.messages]
        self._out.write(text({"summary": counts(run), **head(run), "messages": messages}) + "\n")
        self._out.flush()
