"""How the hosts, or the limits, of one run are shared out among its worker processes; decided by the first targets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from ..audit import Pace, origin_of
from ..target import Target

_LOOK_S = 0.05
_LOOK_AT = 1_024
_MANY = 4


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


async def look_ahead(
    stream: AsyncIterator[Target],
) -> tuple[list[Target], asyncio.Future[Target] | None]:
    """The first targets, as many as come at once; and the one that is being waited for, if there is one."""
    first: list[Target] = []
    loop = asyncio.get_running_loop()
    end = loop.time() + _LOOK_S
    while len(first) < _LOOK_AT:
        pending = asyncio.ensure_future(anext(stream))
        await asyncio.wait([pending], timeout=max(0.0, end - loop.time()) if first else None)
        if not pending.done():
            return first, pending
        try:
            first.append(pending.result())
        except StopAsyncIteration:
            return first, None
    return first, asyncio.ensure_future(anext(stream))
