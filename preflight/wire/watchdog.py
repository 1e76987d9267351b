"""Ends what overruns its time. One timer watches over all: ``asyncio.timeout`` for each URL would cost as much as reading its head."""

from __future__ import annotations

import asyncio

_LOOK_S = 0.25


class Leash:
    """One task's time, for a ``with`` block. Where it runs out the task is cancelled, and the block raises TimeoutError."""

    __slots__ = ("_dog", "_pulled", "end", "task")

    def __init__(self, dog: Watchdog, task: asyncio.Task[object], end: float) -> None:
        self._dog = dog
        self._pulled = False
        self.task = task
        self.end = end

    def __enter__(self) -> Leash:
        self._dog.watch(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.slip()
        if self._pulled and self.task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError

    def slip(self) -> None:
        """From here on the time does not count any more."""
        self._dog.leave(self)

    def pull(self) -> None:
        """The time is over."""
        self._pulled = True
        self.slip()
        self.task.cancel()


class Watchdog:
    """Looks a few times a second whether somebody's time is over."""

    def __init__(self) -> None:
        self._leashes: set[Leash] = set()
        self._timer: asyncio.TimerHandle | None = None

    def until(self, end: float) -> Leash:
        """The time of the current task, until ``end`` in the loop's clock."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        return Leash(self, task, end)

    def watch(self, leash: Leash) -> None:
        """Begin to watch."""
        self._leashes.add(leash)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def leave(self, leash: Leash) -> None:
        """Watch no more."""
        self._leashes.discard(leash)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for leash in [one for one in self._leashes if one.end <= now]:
            leash.pull()
        self._timer = loop.call_later(_LOOK_S, self._look) if self._leashes else None
