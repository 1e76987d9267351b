"""Observations are judged and reported some at a time: while one function runs over many, the processor has it at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..observation import Observation

MOST = 64
SOON_S = 0.02


class Batch:
    """Hands observations to ``done``, ``MOST`` at a time, and what is there after ``SOON_S`` at the latest."""

    def __init__(self, done: Callable[[list[Observation]], None]) -> None:
        self._done = done
        self._waiting: list[Observation] = []
        self._timer: asyncio.TimerHandle | None = None
        self._problem: Exception | None = None

    def add(self, observation: Observation) -> None:
        """Take one. Raises what an earlier handing over raised."""
        if self._problem is not None:
            raise self._problem
        self._waiting.append(observation)
        if len(self._waiting) >= MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON_S, self._ring)

    def flush(self) -> None:
        """Hand over what is there."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._problem is not None:
            raise self._problem
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._done(waiting)

    def _ring(self) -> None:
        try:
            self.flush()
        except Exception as error:  # nobody hears it here; the next call raises it
            self._problem = error
