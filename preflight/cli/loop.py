"""Running a command's work on an event loop, and ending it when somebody asks."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

INTERRUPTED = 130


def run_loop(work: Coroutine[Any, Any, int], *, plain: bool = False) -> int:
    """Run on the fastest loop there is, or on asyncio's ``plain`` one, for libraries that need it. The first Ctrl-C (or SIGTERM) cancels the work, the second one ends the process."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if not plain:
        with suppress(ImportError):
            import uvloop

            factory = uvloop.new_event_loop
    # What is loaded by now stays: the collector need not look at it again, nor at each few hundred values that a URL leaves behind.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(_interruptible(work))


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
