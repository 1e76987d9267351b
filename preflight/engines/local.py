"""The default engine: one event loop, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterable

from ..audit import observe_each
from ..target import Target
from .base import Sink, Task


async def run(task: Task, targets: AsyncIterable[Target], sink: Sink) -> None:
    """Observe, judge, hand over."""
    await observe_each(task.job, targets, lambda observation: sink(task.seen(observation)))
