"""Running a command's work on an event loop, and ending it when somebody asks."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Coroutine
from typing import Any

from ..wire.loop import runner

INTERRUPTED = 130


def run_loop(work: Coroutine[Any, Any, int], *, plain: bool = False) -> int:
    """Run on the fastest loop there is, or on asyncio's ``plain`` one. The first Ctrl-C (or SIGTERM) cancels the work, the second one ends the process."""
    with runner(plain=plain) as one:
        return one.run(_interruptible(work))


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
