"""What one run of checks is, as a value that can go to another process; and doing it on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass

from ..observation import Observation
from ..observe import Depth, Observer
from ..target import Target
from ..wire.fetch import Fetcher
from ..wire.resolve import Resolver
from ..wire.settings import FetchSettings
from .scheduler import Audit, Pace

_SPARE_DESCRIPTORS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How to fetch, how much to ask, and how hard to press. ``digests`` keeps a SHA-256 of every body, for recordings."""

    fetch: FetchSettings
    depth: Depth = Depth.DEFAULT
    pace: Pace = Pace()
    digests: bool = False
    thumbnails: bool = False


async def run(
    job: Job, targets: Iterable[Target] | AsyncIterable[Target], sink: Callable[[Observation], None], *,
    resolver: Resolver | None = None,
) -> None:  # fmt: skip
    """Observe all targets and give each observation to ``sink`` as it is done. Cancelling it loses only what was under way."""
    fetcher = Fetcher(job.fetch, resolver)
    observer = Observer(fetcher=fetcher, depth=job.depth, digests=job.digests)
    try:
        await Audit(observer.observe, sink, _within_descriptors(job.pace)).run(targets)
    finally:
        await fetcher.close()
        await asyncio.sleep(0)  # let the transports notice that they are closed


def _within_descriptors(pace: Pace) -> Pace:
    """No more jobs than half of the descriptors that are left can carry: a closing socket lingers beside the next one."""
    try:
        import resource
    except ImportError:  # no such limit on this platform
        return pace
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return pace
    most = max(1, (soft - _SPARE_DESCRIPTORS) // 2)
    return (
        pace
        if pace.jobs <= most
        else Pace(jobs=most, per_host=pace.per_host, rate=pace.rate, retries=pace.retries)
    )
