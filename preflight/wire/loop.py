"""The event loop that an audit runs on."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress


def load() -> None:
    """Load the fastest loop there is now: once for all of the processes that are forked next, each of which runs one."""
    with suppress(ImportError):
        import uvloop  # noqa: F401


def runner(*, plain: bool = False) -> asyncio.Runner:
    """The fastest loop there is, or asyncio's ``plain`` one, for libraries that need it; and a collector that leaves an audit alone."""
    # What is loaded by now stays: the collector need not look at it again, nor at each few hundred values that a URL leaves behind.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    if not plain:
        with suppress(ImportError):
            import uvloop

            return asyncio.Runner(loop_factory=uvloop.new_event_loop)
    return asyncio.Runner()
