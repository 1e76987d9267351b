"""Many URLs: who is asked when, and how often.

Targets come from an iterator that may never end, and go through a window of hosts; each host has its own queue, its own limit
of requests under way, its own pace, and its own memory of Retry-After and of failing to connect. Workers take from the hosts in
turn, so that a slow host holds its own requests and nobody else's. What fails for a reason that may go away is put back
with its host and tried again after a random wait; `observe` itself never waits. A URL that stands in several places is
fetched once and reported at each.

Memory is flat: the window bounds what was read and not yet started, and finished observations go to the sink at once.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..observation import Attempt, Exchange, Failure, FailureKind, Observation, Purpose
from ..target import Target
from .trouble import TRANSIENT_FAILURES, transient

_BACKOFF_BASE_S = 0.5
_BACKOFF_MOST_S = 4.0
_BREAKER_FAILURES = 5
_BREAKER_REST_S = 10.0
_WINDOW_PER_JOB = 32
_REMEMBERED = 10_000
_DESCRIPTOR_TRIES = 20

Observe = Callable[[Target, tuple[Attempt, ...]], Awaitable[Observation]]
Sink = Callable[[Observation], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an audit may press. ``rate`` is requests a second for each host, None for no limit."""

    jobs: int = 64
    per_host: int = 16
    rate: float | None = None
    retries: int = 2


@dataclass(slots=True, eq=False)
class _Work:
    target: Target
    attempts: tuple[Attempt, ...] = ()
    starved: int = 0
    last: Observation | None = None
    also: list[Target] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Host:
    """One origin: what waits for it, what is under way, and when it may be asked again (in the loop's clock)."""

    queue: deque[_Work] = field(default_factory=deque)
    running: int = 0
    not_before: float = 0.0
    failures: int = 0
    open_until: float = 0.0
    listed: bool = False


class Audit:
    """One audit. ``observe`` makes one pass over one target; ``sink`` takes each observation as it is done."""

    def __init__(
        self,
        observe: Observe,
        sink: Sink,
        pace: Pace = Pace(),
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._observe = observe
        self._sink = sink
        self._pace = pace
        self._jitter = jitter
        self._hosts: dict[str, _Host] = {}
        self._ready: deque[_Host] = deque()
        self._later: list[tuple[float, int, _Host]] = []
        self._retries: list[tuple[float, int, _Work]] = []
        self._serial = 0
        self._waiting = 0
        self._unfinished = 0
        self._exhausted = False
        self._pending: dict[str, _Work] = {}
        self._done: OrderedDict[str, Observation] = OrderedDict()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._jobs = pace.jobs

    async def run(self, targets: Iterable[Target] | AsyncIterable[Target]) -> None:
        """Observe every target. Where reading them fails, what was read is finished first, and then that error is raised."""
        problem: Exception | None = None
        async with asyncio.TaskGroup() as group:
            for number in range(self._pace.jobs):
                group.create_task(self._work(number))
            try:
                await self._read(targets)
            except Exception as error:
                problem = error
            self._exhausted = True
            self._wake.set()
        if problem is not None:
            raise problem

    # Reading

    async def _read(self, targets: Iterable[Target] | AsyncIterable[Target]) -> None:
        window = self._pace.jobs * _WINDOW_PER_JOB
        async for target in _each(targets):
            self._add(target)
            if self._waiting >= window:
                self._room.clear()
                await self._room.wait()

    def _add(self, target: Target) -> None:
        known = self._done.get(target.url)
        if known is not None:
            self._done.move_to_end(target.url)
            self._sink(replace(known, target=target))
            return
        pending = self._pending.get(target.url)
        if pending is not None:
            pending.also.append(target)
            return
        work = _Work(target)
        self._pending[target.url] = work
        self._unfinished += 1
        self._enqueue(work)

    def _enqueue(self, work: _Work) -> None:
        name = origin_of(work.target.url)
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host()
        host.queue.append(work)
        self._waiting += 1
        self._list(host)

    def _list(self, host: _Host) -> None:
        """Put a host in line, if it has work and may be asked."""
        if host.listed or not host.queue or host.running >= self._pace.per_host:
            return
        host.listed = True
        now = asyncio.get_running_loop().time()
        if host.not_before > now:
            self._serial += 1
            heapq.heappush(self._later, (host.not_before, self._serial, host))
        else:
            self._ready.append(host)
        if not self._wake.is_set():
            self._wake.set()

    # Working

    async def _work(self, number: int) -> None:
        while True:
            spare = number >= self._jobs
            taken = None if spare else self._take()
            if taken is None:
                if self._exhausted and not self._unfinished:
                    return
                await self._rest(for_ever=spare)
                continue
            host, work = taken
            observation = await self._try(host, work)
            host.running -= 1
            if observation is not None:
                self._finish(work, observation)
            self._list(host)

    def _take(self) -> tuple[_Host, _Work] | None:
        now = asyncio.get_running_loop().time()
        while self._retries and self._retries[0][0] <= now:
            self._enqueue(heapq.heappop(self._retries)[2])
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        host = self._next_host()
        if host is None:
            return None
        work = host.queue.popleft()
        self._waiting -= 1
        if self._waiting * 2 < self._pace.jobs * _WINDOW_PER_JOB:
            self._room.set()
        host.running += 1
        if self._pace.rate:
            host.not_before = max(host.not_before, now) + 1 / self._pace.rate
        self._list(host)
        return host, work

    def _next_host(self) -> _Host | None:
        while self._ready:
            host = self._ready.popleft()
            host.listed = False
            if host.not_before <= asyncio.get_running_loop().time():
                return host
            self._list(host)  # it asked for a pause while it stood in line
        return None

    async def _rest(self, *, for_ever: bool = False) -> None:
        """Until there may be something to do: new work, a host whose pause is over, a retry that is due, or the end."""
        self._wake.clear()
        due = [queue[0][0] for queue in (self._later, self._retries) if queue and not for_ever]
        wait = min(due) - asyncio.get_running_loop().time() if due else None
        try:
            async with asyncio.timeout(wait if wait is None else max(wait, 0.0)):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _try(self, host: _Host, work: _Work) -> Observation | None:
        """One pass; None where it is to be tried again."""
        now = asyncio.get_running_loop().time()
        if host.open_until > now:
            return work.last or _skipped(work)
        observation = await self._observe(work.target, work.attempts)
        self._remember(host, observation)
        if _starved(observation) and work.starved < _DESCRIPTOR_TRIES:
            work.starved += 1
            # our own limit: press less, and never blame the URL
            self._jobs = max(1, self._jobs // 2)
            self._put_back(work, 0.1 * work.starved)
            return None
        trouble = transient(observation)
        if trouble is None or len(work.attempts) >= self._pace.retries:
            return observation
        wait = self._jitter() * min(_BACKOFF_MOST_S, _BACKOFF_BASE_S * 2 ** len(work.attempts))
        if trouble.retry_after is not None:
            wait = max(wait, trouble.retry_after)
            host.not_before = max(
                host.not_before, asyncio.get_running_loop().time() + trouble.retry_after
            )
        work.attempts = (
            *work.attempts,
            Attempt(detail=trouble.detail, elapsed_s=observation.elapsed_s),
        )
        work.last = observation
        self._put_back(work, wait)
        return None

    def _put_back(self, work: _Work, wait: float) -> None:
        self._serial += 1
        heapq.heappush(
            self._retries, (asyncio.get_running_loop().time() + wait, self._serial, work)
        )
        self._wake.set()

    def _remember(self, host: _Host, observation: Observation) -> None:
        """The circuit breaker: an origin that cannot even be connected to is left alone for a while."""
        first = observation.identity
        if not (
            first.failure is not None
            and first.failure.kind in TRANSIENT_FAILURES
            and first.peer is None
            and not first.hops  # a redirect's own host is another one
        ):
            host.failures = 0
            return
        host.failures += 1
        if host.failures >= _BREAKER_FAILURES:
            host.open_until = asyncio.get_running_loop().time() + _BREAKER_REST_S
            host.failures = _BREAKER_FAILURES - 1  # the next one after the rest decides again

    def _finish(self, work: _Work, observation: Observation) -> None:
        url = work.target.url
        del self._pending[url]
        self._sink(observation)
        for target in work.also:
            self._sink(replace(observation, target=target))
        self._done[url] = observation
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        self._unfinished -= 1
        if self._exhausted and not self._unfinished:
            self._wake.set()


async def _each(targets: Iterable[Target] | AsyncIterable[Target]) -> AsyncIterator[Target]:
    """One target after the other; now and then the loop gets a turn."""
    if isinstance(targets, AsyncIterable):
        async for target in targets:
            yield target
        return
    iterator: Iterator[Target] = iter(targets)
    for count, target in enumerate(iterator):
        yield target
        if count % 64 == 63:
            await asyncio.sleep(0)


def origin_of(url: str) -> str:
    """The host and port that requests are counted by; of a text that is no URL, whatever stands in their place."""
    _, slashes, rest = url.partition("//")
    return rest.partition("/")[0].partition("?")[0].lower() if slashes else ""


def _starved(observation: Observation) -> bool:
    """Whether our own descriptors ran out in any of the requests."""
    return any(
        one.failure is not None and one.failure.kind is FailureKind.DESCRIPTORS
        for one in observation.exchanges
    )


def _skipped(work: _Work) -> Observation:
    failure = Failure(
        kind=FailureKind.BREAKER,
        detail="not tried: the host could not be connected to several times in a row",
    )
    exchange = Exchange(purpose=Purpose.IDENTITY, url=work.target.url, failure=failure)
    return Observation(
        target=work.target, observed_at=time.time(), exchanges=(exchange,), attempts=work.attempts
    )
