"""How the hosts, or the limits, of one run are shared out among its worker processes; decided by the first targets."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from ..audit import Pace, origin_of
from ..target import Target

_LOOK_S = 0.05
_LOOK_AT = 1_024
_MANY = 4


def processors() -> int:
    """How many processors this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shares(pace: Pace, count: int, first: Sequence[Target]) -> tuple[bool, list[Pace]]:
    """Whether each host belongs to one worker, and the limits of each worker; there may be fewer than ``count``.

    Where the first targets name many hosts, a host keeps its whole limit with its one worker. Where they name few, every worker
    asks every host, with its share of the limit.
    """
    origins = Counter(origin_of(target.url) for target in first)
    many = len(origins) >= _MANY * count and max(origins.values()) * 2 < len(first)
    count = count if many else min(count, pace.per_host)
    per_address = pace.per_address or 2 * pace.per_host
    paces = [
        replace(
            pace, jobs=_share(pace.jobs, count, number), per_address=_share(per_address, count, number),
            per_host=pace.per_host if many else _share(pace.per_host, count, number),
            rate=pace.rate if many or pace.rate is None else pace.rate / count,
        )
        for number in range(min(count, pace.jobs, per_address))
    ]  # fmt: skip
    return many, paces


def _share(total: int, count: int, number: int) -> int:
    """The share of one worker in a limit; the shares of all add up to it."""
    return max(1, total // count + (number < total % count))


class Ahead:
    """A stream of targets whose beginning is looked at before it is gone through."""

    def __init__(self, stream: AsyncIterator[Target]) -> None:
        self._stream = stream
        self._first: list[Target] = []
        self._looking = True
        self._reading = asyncio.ensure_future(self._read())

    async def look(self) -> list[Target]:
        """The first targets, as many as come soon; at least one, unless there is none."""
        await asyncio.wait([self._reading], timeout=_LOOK_S)
        while not self._first and not self._reading.done():
            await asyncio.wait([self._reading], timeout=_LOOK_S)
        self._looking = False
        return self._first.copy()

    async def rest(self, looked_at: int) -> AsyncIterator[Target]:
        """What comes behind the first ``looked_at``."""
        ended = await self._reading
        for target in self._first[looked_at:]:
            yield target
        if not ended:
            async for target in self._stream:
                yield target

    def close(self) -> None:
        """Read no more."""
        self._reading.cancel()

    async def _read(self) -> bool:
        """Until there are enough, or with the next one after nobody looks any more; whether the stream has ended."""
        async for target in self._stream:
            self._first.append(target)
            if not self._looking or len(self._first) >= _LOOK_AT:
                return False
        return True
