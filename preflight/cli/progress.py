"""One line on standard error that says how far the run is; only on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from ..verdict import Outcome, Verdict

_EVERY_S = 0.1


class Progress:
    """Counts verdicts and rewrites its line now and then."""

    def __init__(self, *, enabled: bool = True) -> None:
        self._on = enabled and sys.stderr.isatty()
        self._started = time.monotonic()
        self._next = self._started + 0.5
        self._counts = dict.fromkeys(Outcome, 0)
        self._shown = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def step(self, verdict: Verdict) -> None:
        """One more verdict."""
        if not self._on:
            return
        self._counts[verdict.outcome] += 1
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _EVERY_S
            self._draw(now)

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._shown = False

    def _draw(self, now: float) -> None:
        done = sum(self._counts.values())
        rate = done / max(now - self._started, 0.001)
        parts = [
            f"{done:,} checked",
            f"{rate:,.0f}/s",
            f"{self._counts[Outcome.REJECT]:,} rejected",
        ]
        if self._counts[Outcome.UNKNOWN]:
            parts.append(f"{self._counts[Outcome.UNKNOWN]:,} unknown")
        sys.stderr.write("\r\x1b[K" + " · ".join(parts))
        sys.stderr.flush()
        self._shown = True
