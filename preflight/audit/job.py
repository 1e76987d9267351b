"""What one run of checks is, as a value that can go to another process; and doing it on one event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..observation import Observation
from ..observe import Depth, Observer, again
from ..target import Target
from ..values import dataclass
from ..wire.connect import ConnectError
from ..wire.dial import addresses_of
from ..wire.fetch import Fetcher
from ..wire.resolve import Resolver
from ..wire.settings import FetchSettings
from ..wire.url import Problem, parse
from .batch import MOST, Batch
from .feed import each
from .hosts import Pace
from .once import Once
from .scheduler import Audit, Locate
from .trouble import Pass

if TYPE_CHECKING:
    from ..media.decode import Decoder

_SPARE_DESCRIPTORS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How to fetch, how much to ask, and how hard to press. ``digests`` keeps a SHA-256 of every body, for recordings."""

    fetch: FetchSettings
    depth: Depth = Depth.DEFAULT
    pace: Pace = Pace()
    digests: bool = False
    thumbnails: bool = False

    @property
    def turns(self) -> Pace:
        """The pace, with the requests that each URL takes at this depth."""
        return replace(self.pace, asks=1 + len(again(self.depth, self.fetch.profile)))


async def run(
    job: Job, targets: Iterable[Target] | AsyncIterable[Target], sink: Callable[[Observation], None], *,
    resolver: Resolver | None = None,
) -> None:  # fmt: skip
    """Observe all targets, each URL once, and give an observation for each place to ``sink`` as it is done."""
    once: Once[Observation] = Once(sink, lambda seen, target: replace(seen, target=target))

    def done(observations: list[Observation]) -> None:
        for seen in observations:
            once.done(seen.target, seen)

    await observe_each(job, once.fresh(each(targets)), done, resolver=resolver)


async def observe_each(
    job: Job, targets: AsyncIterable[Target], sink: Callable[[list[Observation]], None], *, batch: int = MOST,
    resolver: Resolver | None = None, started: Callable[[Audit[Pass]], None] | None = None,
) -> None:  # fmt: skip
    """Observe targets whose URLs all differ; ``sink`` takes them as they are done, up to ``batch`` at a time.

    Cancelling it loses only what was under way. ``started`` is shown the audit.
    """
    lookout = Lookout(job, resolver, children=os.cpu_count() or 1)
    finish = lookout.observer.finish

    def done(sights: list[Pass]) -> None:
        sink([finish(sight) for sight in sights])

    finished: Batch[Pass] = Batch(done, batch)
    audit: Audit[Pass] = Audit(
        lookout.observer.look,
        finished.add,
        _within_descriptors(job.turns),
        locate=None if job.fetch.proxy else _locator(lookout.fetcher),
    )
    if started is not None:
        started(audit)
    try:
        try:
            await audit.run(targets)
        finally:
            finished.flush()
    finally:
        await lookout.close()


class Lookout:
    """All that one event loop observes a job with: its connections, and the decoder and its ``children`` where the job goes deep."""

    def __init__(self, job: Job, resolver: Resolver | None = None, *, children: int = 1) -> None:
        self.fetcher = Fetcher(job.fetch, resolver)
        self._decoder = _decoder(children) if job.depth is Depth.DEEP else None
        self.observer = Observer(
            fetcher=self.fetcher, depth=job.depth, digests=job.digests,
            decode=self._decoder.decode if self._decoder else None,
            thumbnail=_draw() if job.thumbnails else None,
        )  # fmt: skip

    async def close(self) -> None:
        """Close every connection, and end the decoder's children."""
        await self.fetcher.close()
        if self._decoder is not None:
            await self._decoder.close()
        await asyncio.sleep(0)  # let the transports notice that they are closed


def _decoder(children: int) -> Decoder:
    from ..media.decode import Decoder

    return Decoder(children=children)


def _draw() -> Callable[[bytes], str | None]:
    from ..media.thumbnail import draw

    return draw


def _locator(fetcher: Fetcher) -> Locate:
    """The addresses that a URL's host will be asked at; none where that will not come to pass."""

    async def locate(text: str) -> tuple[str, ...]:
        url = parse(text)
        if isinstance(url, Problem):
            return ()
        try:
            addresses, _ = await addresses_of(url, fetcher.resolver, fetcher.settings)
        except ConnectError:
            return ()
        return tuple(addresses)

    return locate


def _within_descriptors(pace: Pace) -> Pace:
    most = fetches_at_once(pace.jobs)
    return pace if pace.jobs <= most else replace(pace, jobs=most)


def fetches_at_once(wanted: int) -> int:
    """No more than half of the descriptors that are left can carry: a closing socket lingers beside the next one."""
    try:
        import resource
    except ImportError:  # no such limit on this platform
        return wanted
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, (soft - _SPARE_DESCRIPTORS) // 2))
