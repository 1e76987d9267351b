"""Ends what overruns its time. One timer watches over all: ``asyncio.timeout`` for each URL would cost as much as reading its head."""

from __future__ import annotations

import asyncio

from ..values import dataclass

_LOOK_S = 0.25


@dataclass(slots=True, eq=False)
class Leash:
    """One task's time, for a ``with`` block. Where it runs out the task is cancelled, and the block raises TimeoutError."""

    held: set[Leash]
    task: asyncio.Task[object]
    end: float
    pulled: bool = False

    def __enter__(self) -> Leash:
        self.held.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.held.discard(self)
        if self.pulled and self.task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError

    def slip(self) -> None:
        """From here on the time does not count any more."""
        self.held.discard(self)

    def pull(self) -> None:
        """The time is over."""
        self.pulled = True
        self.slip()
        self.task.cancel()


class Watchdog:
    """Looks a few times a second whether somebody's time is over."""

    def __init__(self) -> None:
        self._leashes: set[Leash] = set()
        self._timer: asyncio.TimerHandle | None = None

    def until(self, end: float, loop: asyncio.AbstractEventLoop) -> Leash:
        """The time of the current task, until ``end`` in the clock of its loop."""
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        if self._timer is None:
            self._timer = loop.call_later(_LOOK_S, self._look)
        return Leash(self._leashes, task, end)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for leash in [one for one in self._leashes if one.end <= now]:
            leash.pull()
        self._timer = loop.call_later(_LOOK_S, self._look) if self._leashes else None
