"""The loops that we run on, and a coroutine run on one of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

import uvloop

T = TypeVar("T")
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
"""A service may be on either; the command takes uvloop where it is there. They differ in what they do when the other side closes."""


def run_on(loop: str, work: Coroutine[object, object, T]) -> T:
    """What it gives on the loop of this name."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(work)


def run(work: Coroutine[object, object, T]) -> T:
    """What it gives, within 20 seconds."""
    return asyncio.run(asyncio.wait_for(work, 20))
