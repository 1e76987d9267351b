"""An audit of URLs on loopback, with its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from helpers.checking import settings, sinch

from preflight.audit import Audit, Pace
from preflight.judging import judge
from preflight.observation import Observation
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.verdict import Verdict
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver

PACE = Pace()
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
"""What a host answers that will do better later."""


async def audit(
    urls: Sequence[str], *, pace: Pace = PACE, jitter: Callable[[], float] = lambda: 0.0, total_s: float = 10.0,
    resolver: Resolver | None = None,
) -> list[Verdict]:  # fmt: skip
    """Verdicts, in the order in which they came."""
    seen: list[Observation] = []
    fetcher = Fetcher(settings(total_s=total_s), resolver)
    observer = Observer(fetcher=fetcher, depth=Depth.QUICK)
    try:
        await Audit(observer.observe, seen.append, pace, jitter=jitter).run(
            [Target(url=url) for url in urls]
        )
    finally:
        await fetcher.close()
    return [judge(one, sinch()) for one in seen]
