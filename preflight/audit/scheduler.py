"""Many URLs on one event loop: as many at once as may be, each until nothing about it may go away by itself.

Targets come from an iterator that may never end, and go through the queues of their hosts. What fails for a reason that may go away is put
back with its host and tried again after a random wait; ``observe`` itself never waits. Memory is flat: the window bounds what was read
and is not yet done, and finished observations go to the sink at once.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import Generic

from ..observation import Attempt, Exchange, Failure, FailureKind, Observation, Purpose
from ..target import Target
from ..wire.signed import signed
from .feed import each
from .hosts import Host, Hosts, Pace, Work, origin_of
from .trouble import P, Trouble, at_rest, requests, starved, transient, unconnected

_BACKOFF_BASE_S = 0.5
_BACKOFF_MOST_S = 4.0
_WINDOW = 8_192
_DESCRIPTOR_TRIES = 20

Observe = Callable[[Target, tuple[Attempt, ...]], Awaitable[P]]
Sink = Callable[[P], None]
Locate = Callable[[str], Awaitable[tuple[str, ...]]]
"""A URL to the addresses that its host will be asked at; empty where that is not known."""


class Audit(Generic[P]):
    """One audit. ``observe`` makes one pass over one target; ``sink`` takes each observation as it is done."""

    def __init__(
        self, observe: Observe[P], sink: Sink[P], pace: Pace = Pace(), *, jitter: Callable[[], float] = random.random,
        locate: Locate | None = None, paused: Callable[[str, float], None] | None = None,
    ) -> None:  # fmt: skip
        self._observe: Observe[P] = observe
        self._sink: Sink[P] = sink
        self._pace = pace
        self._jitter = jitter
        self._locate = locate
        self.paused = paused
        self.hosts = Hosts(pace, located=locate is not None)
        self._jobs = pace.jobs
        self._running = 0
        self._starting = 0
        self._unfinished = 0
        self._window = max(_WINDOW, 4 * pace.jobs)
        self._room = asyncio.Event()
        self._exhausted = False
        self._drained = asyncio.Event()
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._ringing_at = 0.0

    async def run(self, targets: Iterable[Target] | AsyncIterable[Target]) -> None:
        """Observe every target. Where reading them fails, what was read is finished first, and then that error is raised."""
        self._loop = asyncio.get_running_loop()
        problem: Exception | None = None
        try:
            async with asyncio.TaskGroup() as self._group:
                try:
                    problem = await self._read(targets)
                    self._exhausted = True
                    if self._unfinished:
                        await self._drained.wait()
                finally:
                    self._stop()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the sink's: the reader of a report may have gone
        if problem is not None:
            raise problem

    def pause(self, origin: str, seconds: float) -> None:
        """Leave an origin alone for a while, because it asked for that."""
        now = asyncio.get_running_loop().time()
        host = self.hosts.named(origin, now)
        host.not_before = max(host.not_before, now + seconds)

    def _stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    # Reading

    async def _read(self, targets: Iterable[Target] | AsyncIterable[Target]) -> Exception | None:
        try:
            async for target in each(targets):
                self.hosts.put(Work(target), self._loop.time())
                self._unfinished += 1
                self._fill()
                if self._unfinished >= self._window:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:
            return error
        return None

    # Working

    def _fill(self) -> None:
        """Begin as many jobs as there are hosts in line, within the limit; each job goes on while there is something for it."""
        while len(self.hosts.ready) > self._starting and self._running < self._jobs:
            if self._stopped:
                return
            self._starting += 1
            self._running += 1
            self._group.create_task(self._work())
        due = self.hosts.due()
        if due is not None and not self._stopped:
            self._arm(due)

    def _arm(self, due: float) -> None:
        """Be called again when something that waits for its time is due."""
        if self._timer is None or due < self._ringing_at:
            if self._timer is not None:
                self._timer.cancel()
            self._timer, self._ringing_at = self._loop.call_at(due, self._ring), due

    def _ring(self) -> None:
        self._timer = None
        self.hosts.wake(self._loop.time())
        self._fill()

    async def _work(self) -> None:
        self._starting -= 1
        try:
            while self._running <= self._jobs:
                taken = self.hosts.take(self._loop.time())
                if taken is None:
                    break
                self._fill()
                host, work = taken
                if work is None:
                    await self._find(host)
                    continue
                observation = await self._try(host, work)
                asked = requests(observation or work.last) if self._pace.rate else 0
                self.hosts.leave(host, asked, self._loop.time())
                if observation is not None:
                    self._finish(observation)
        except BaseException:
            self._stop()
            raise
        finally:
            self._running -= 1
        self._fill()

    async def _find(self, host: Host) -> None:
        assert self._locate is not None  # noqa: S101 - a host without addresses is handed out only then
        addresses = await self._locate(host.queue[0].target.url)
        self.hosts.settle(host, addresses, self._loop.time())

    async def _try(self, host: Host, work: Work[P]) -> P | None:
        """One pass; None where it is to be tried again."""
        if host.open_until > self._loop.time():
            return work.last or _skipped(work)
        observation = await self._observe(work.target, work.attempts)
        if at_rest(observation):
            host.remember(failed=False, now=self._loop.time())
            return observation
        return self._weigh(host, work, observation)

    def _weigh(self, host: Host, work: Work[P], observation: P) -> P | None:
        """What an observation with some trouble means for its host and for the next try."""
        host.remember(failed=unconnected(observation), now=self._loop.time())
        if starved(observation) and work.starved < _DESCRIPTOR_TRIES:
            work.starved += 1
            # our own limit: press less, and never blame the URL
            self._jobs = max(1, self._jobs // 2)
            self.hosts.put_back(work, self._loop.time() + 0.1 * work.starved)
            return None
        trouble = transient(observation)
        if trouble is None:
            return observation
        if trouble.retry_after:
            self._hold(host, origin_of(work.target.url), trouble.retry_after)
        if len(work.attempts) >= self._pace.retries:
            return observation
        work.last = observation
        self._try_again(work, trouble, observation.elapsed_s)
        return None

    def _try_again(self, work: Work[P], trouble: Trouble, elapsed_s: float) -> None:
        wait = self._jitter() * min(_BACKOFF_MOST_S, _BACKOFF_BASE_S * 2 ** len(work.attempts))
        work.attempts = (*work.attempts, Attempt(detail=trouble.detail, elapsed_s=elapsed_s))
        self.hosts.put_back(work, self._loop.time() + max(wait, trouble.retry_after or 0.0))

    def _hold(self, host: Host, origin: str, seconds: float) -> None:
        """The server named a time: nobody asks this host before."""
        until = self._loop.time() + seconds
        if until > host.not_before:
            host.not_before = until
            if self.paused is not None:
                self.paused(origin, seconds)

    def _finish(self, observation: P) -> None:
        self._unfinished -= 1
        if self._unfinished * 2 < self._window:
            self._room.set()
        self._sink(observation)
        if self._exhausted and not self._unfinished:
            self._drained.set()


def _skipped(work: Work[P]) -> Observation:
    failure = Failure(
        kind=FailureKind.BREAKER,
        detail="not tried: the host could not be connected to several times in a row",
    )
    exchange = Exchange(purpose=Purpose.IDENTITY, url=work.target.url, failure=failure)
    return Observation(
        target=work.target, observed_at=time.time(), exchanges=(exchange,), attempts=work.attempts,
        signed=signed(work.target.url),
    )  # fmt: skip
