"""Running a command's work on an event loop, and ending it when somebody asks."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from ..wire.loop import runner

INTERRUPTED = 130


def run_loop(work: Coroutine[Any, Any, int], *, plain: bool = False) -> int:
    """Run on the fastest loop there is, or on asyncio's ``plain`` one. The first Ctrl-C (or SIGTERM) cancels the work, the second one ends the process."""
    with runner(plain=plain) as one:
        return one.run(_interruptible(work))


_T = TypeVar("_T")


class Interrupts:
    """Ctrl-C (or SIGTERM) for work without a loop: it ends the wait for the next item, but no item's work halfway.

    ``heard`` is whether there was one before the items were over. A later one waits for what ends the work, so that every report
    is whole, and is then raised. The second one ends the process.
    """

    def __init__(self) -> None:
        self.heard = False
        self._waiting = self._over = self._late = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # not the main thread, which alone hears of them
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._late:
            raise KeyboardInterrupt

    def until_one(self, items: Iterable[_T]) -> Iterator[_T]:
        """The items, as many as come before an interrupt."""
        each = iter(items)
        while not self.heard:
            try:
                self._waiting = True
                item = next(each)
            except (KeyboardInterrupt, StopIteration):
                break
            finally:
                self._waiting = False
            yield item
        self._over = True

    def _hear(self, *_: object) -> None:
        if self.heard or self._late:
            os._exit(INTERRUPTED)
        self.heard, self._late = not self._over, self._over
        if self._waiting:
            raise KeyboardInterrupt


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    interrupts = 0

    def interrupt() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            os._exit(INTERRUPTED)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, interrupt)
        except (NotImplementedError, RuntimeError, ValueError):
            break
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED
