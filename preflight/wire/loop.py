"""The event loop that an audit runs on."""

from __future__ import annotations

import gc
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def calm_collector() -> None:
    """Let the collector look rarely: what a start loads stays for good, and what a URL leaves behind is no garbage in circles."""
    gc.set_threshold(50_000, 20, 20)


def load() -> None:
    """Load the fastest loop there is now: once for all of the processes that are forked next, each of which runs one."""
    with suppress(ImportError):
        import uvloop  # noqa: F401


def runner(*, plain: bool = False) -> asyncio.Runner:
    """The fastest loop there is, or asyncio's ``plain`` one, for libraries that need it; and a collector that leaves an audit alone."""
    import asyncio

    gc.freeze()  # what is loaded by now stays, and need not be looked at again
    calm_collector()
    if not plain:
        with suppress(ImportError):
            import uvloop

            return asyncio.Runner(loop_factory=uvloop.new_event_loop)
    return asyncio.Runner()
