"""Many URLs: who is asked when, and how often.

Targets come from an iterator that may never end, and go through a window of hosts; each host has its own queue, its own limit
of requests under way, its own pace, and its own memory of Retry-After and of failing to connect. Hosts that share an address
share its limit too, so that a thousand names of one server are not a thousand servers. Workers take from the hosts in
turn, so that a slow host holds its own requests and nobody else's. What fails for a reason that may go away is put back
with its host and tried again after a random wait; `observe` itself never waits.

Memory is flat: the window bounds what was read and is not yet done, finished observations go to the sink at once, and a host
that has nothing to do and nothing to remember is forgotten.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ..observation import Attempt, Exchange, Failure, FailureKind, Observation, Purpose
from ..target import Target
from .feed import each
from .trouble import TRANSIENT_FAILURES, transient

_BACKOFF_BASE_S = 0.5
_BACKOFF_MOST_S = 4.0
_BREAKER_FAILURES = 5
_BREAKER_REST_S = 10.0
_WINDOW = 8_192
_HOSTS_KEPT = 4_096
_DESCRIPTOR_TRIES = 20

Observe = Callable[[Target, tuple[Attempt, ...]], Awaitable[Observation]]
Sink = Callable[[Observation], None]
Locate = Callable[[str], Awaitable[tuple[str, ...]]]
"""A URL to the addresses that its host will be asked at; empty where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How hard an audit may press. ``rate`` is requests a second for each host, None for no limit.

    ``per_address`` bounds the URLs under way at one address, whatever the hosts are called; None is twice ``per_host``.
    """

    jobs: int = 64
    per_host: int = 16
    per_address: int | None = None
    rate: float | None = None
    retries: int = 2


@dataclass(slots=True, eq=False)
class _Work:
    target: Target
    attempts: tuple[Attempt, ...] = ()
    starved: int = 0
    last: Observation | None = None


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Address:
    """One address: the URLs under way there, and the hosts that wait for it."""

    running: int = 0
    parked: deque[_Host] = field(default_factory=deque)


@dataclass(slots=True, eq=False)
class _Host:
    """One origin: what waits for it, what is under way, and when it may be asked again (in the loop's clock)."""

    queue: deque[_Work] = field(default_factory=deque)
    running: int = 0
    not_before: float = 0.0
    failures: int = 0
    open_until: float = 0.0
    listed: bool = False
    held: bool = False
    addresses: tuple[_Address, ...] | None = None

    def idle(self, now: float) -> bool:
        """Whether there is nothing to do for it and nothing to remember about it."""
        quiet = not (self.queue or self.running or self.listed or self.held or self.failures)
        return quiet and self.not_before <= now and self.open_until <= now


class Audit:
    """One audit. ``observe`` makes one pass over one target; ``sink`` takes each observation as it is done."""

    def __init__(
        self,
        observe: Observe,
        sink: Sink,
        pace: Pace = Pace(),
        *,
        jitter: Callable[[], float] = random.random,
        locate: Locate | None = None,
        paused: Callable[[str, float], None] | None = None,
    ) -> None:
        self._observe = observe
        self._sink = sink
        self._pace = pace
        self._jitter = jitter
        self._locate = locate
        self.paused = paused
        self._per_address = pace.per_address or 2 * pace.per_host
        self._hosts: dict[str, _Host] = {}
        self._addresses: WeakValueDictionary[str, _Address] = WeakValueDictionary()
        self._ready: deque[_Host] = deque()
        self._later: list[tuple[float, int, _Host]] = []
        self._retries: list[tuple[float, int, _Work]] = []
        self._serial = 0
        self._unfinished = 0
        self._window = max(_WINDOW, 4 * pace.jobs)
        self._exhausted = False
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._jobs = pace.jobs

    async def run(self, targets: Iterable[Target] | AsyncIterable[Target]) -> None:
        """Observe every target. Where reading them fails, what was read is finished first, and then that error is raised."""
        problem: Exception | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self._pace.jobs):
                    group.create_task(self._work(number))
                try:
                    await self._read(targets)
                except Exception as error:
                    problem = error
                self._exhausted = True
                self._wake.set()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # the sink's: the reader of a report may have gone
        if problem is not None:
            raise problem

    def pause(self, origin: str, seconds: float) -> None:
        """Leave an origin alone for a while, because it asked for that."""
        host = self._host(origin)
        host.not_before = max(host.not_before, asyncio.get_running_loop().time() + seconds)

    # Reading

    async def _read(self, targets: Iterable[Target] | AsyncIterable[Target]) -> None:
        async for target in each(targets):
            self._unfinished += 1
            self._enqueue(_Work(target))
            if self._unfinished >= self._window:
                self._room.clear()
                await self._room.wait()

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            if len(self._hosts) >= _HOSTS_KEPT:
                self._forget()
            host = self._hosts[name] = _Host()
        return host

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._hosts = {name: host for name, host in self._hosts.items() if not host.idle(now)}

    def _enqueue(self, work: _Work) -> None:
        host = self._host(origin_of(work.target.url))
        host.queue.append(work)
        self._list(host)

    def _list(self, host: _Host) -> None:
        """Put a host in line, if it has work and may be asked."""
        if host.listed or host.held or not host.queue or host.running >= self._pace.per_host:
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
            if work is None:
                await self._find(host)
                continue
            observation = await self._try(host, work)
            self._leave(host)
            if observation is not None:
                self._finish(observation)

    def _take(self) -> tuple[_Host, _Work | None] | None:
        """The next host that may be asked, and what; no work where its addresses have to be found first."""
        now = asyncio.get_running_loop().time()
        while self._retries and self._retries[0][0] <= now:
            self._enqueue(heapq.heappop(self._retries)[2])
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        while self._ready:
            host = self._ready.popleft()
            host.listed = False
            now = asyncio.get_running_loop().time()
            if host.not_before > now:  # it asked for a pause while it stood in line
                self._list(host)
            elif host.addresses is None and self._locate is not None:
                host.held = True
                return host, None
            elif not self._parked(host):
                return host, self._enter(host, now)
        return None

    async def _find(self, host: _Host) -> None:
        assert self._locate is not None  # noqa: S101 - _take asks for it only then
        names = await self._locate(host.queue[0].target.url)
        found = []
        for name in names:
            address = self._addresses.get(name)
            if address is None:
                address = self._addresses[name] = _Address()
            found.append(address)
        host.addresses = tuple(found)
        host.held = False
        self._list(host)

    def _parked(self, host: _Host) -> bool:
        """Whether some address of the host has no place left; the host then waits for that one."""
        for address in host.addresses or ():
            if address.running >= self._per_address:
                host.held = True
                address.parked.append(host)
                return True
        return False

    def _enter(self, host: _Host, now: float) -> _Work:
        work = host.queue.popleft()
        host.running += 1
        for address in host.addresses or ():
            address.running += 1
        if self._pace.rate:
            host.not_before = max(host.not_before, now) + 1 / self._pace.rate
        self._list(host)
        return work

    def _leave(self, host: _Host) -> None:
        host.running -= 1
        for address in host.addresses or ():
            address.running -= 1
            if address.parked:
                waiting = address.parked.popleft()
                waiting.held = False
                self._list(waiting)
        self._list(host)

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
        if trouble is not None and trouble.retry_after:
            self._hold(host, origin_of(work.target.url), trouble.retry_after)
        if trouble is None or len(work.attempts) >= self._pace.retries:
            return observation
        wait = self._jitter() * min(_BACKOFF_MOST_S, _BACKOFF_BASE_S * 2 ** len(work.attempts))
        wait = max(wait, trouble.retry_after or 0.0)
        work.attempts = (
            *work.attempts,
            Attempt(detail=trouble.detail, elapsed_s=observation.elapsed_s),
        )
        work.last = observation
        self._put_back(work, wait)
        return None

    def _hold(self, host: _Host, origin: str, seconds: float) -> None:
        """The server named a time: nobody asks this host before."""
        until = asyncio.get_running_loop().time() + seconds
        if until > host.not_before:
            host.not_before = until
            if self.paused is not None:
                self.paused(origin, seconds)

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

    def _finish(self, observation: Observation) -> None:
        self._unfinished -= 1
        if self._unfinished * 2 < self._window:
            self._room.set()
        self._sink(observation)
        if self._exhausted and not self._unfinished:
            self._wake.set()


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
