"""What was seen is examined, judged and reported some at a time: while one function runs over many, the processor has it at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 64
SOON_S = 0.02


class Batch(Generic[T]):
    """Hands things to ``done``, ``most`` at a time, and what is there after ``SOON_S`` seconds at the latest."""

    def __init__(self, done: Callable[[list[T]], None], most: int = MOST) -> None:
        self._done = done
        self._most = most
        self._waiting: list[T] = []
        self._timer: asyncio.TimerHandle | None = None
        self._problem: Exception | None = None

    def add(self, one: T) -> None:
        """Take one. Raises what an earlier handing over raised."""
        if self._problem is not None:
            raise self._problem
        self._waiting.append(one)
        if len(self._waiting) >= self._most:
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
