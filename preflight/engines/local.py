"""The default engine: one event loop, in this process."""

from __future__ import annotations

from collections.abc import AsyncIterable

from ..audit import observe_each
from ..observation import Observation
from ..target import Target
from .base import Sink, Task


async def run(task: Task, targets: AsyncIterable[Target], sink: Sink) -> None:
    """Observe, judge, hand over."""

    def done(observations: list[Observation]) -> None:
        for seen in task.seen(observations):
            sink(seen)

    await observe_each(task.job, targets, done, batch=task.batch)
