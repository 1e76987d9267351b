"""What a guard, or one call of check, observes with on one event loop: connections, names, decoders, and its turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from ..audit import Audit, Job, Lookout, origin_of
from ..audit.trouble import transient
from ..observation import Attempt, Failure, FailureKind, Observation
from ..target import Target
from ..wire.resolve import REMEMBERED_S, Lookup, Resolver
from ..wire.signed import signed
from ..wire.unasked import unasked
from .cap import process_cap


@dataclass(slots=True)
class _Progress:
    """How far a URL came: whether it was begun, and the last pass that is to be tried again."""

    begun: bool = False
    attempts: tuple[Attempt, ...] = ()
    last: Observation | None = None


class Session:
    """Observes for one event loop, in any number of calls at once. Close it when done; its connections close with it."""

    def __init__(self, job: Job, lookup: Lookup | None = None) -> None:
        self._job = job
        self._resolver = Resolver(lookup)
        self._lookout = Lookout(job, self._resolver)
        self._named_at = time.monotonic()
        self._jobs = asyncio.Semaphore(job.pace.jobs)
        # Whoever has a turn, or waits for one, holds the semaphore; it goes with the last of them.
        self._origins: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def observe(
        self, targets: Sequence[Target], within: float | None = None
    ) -> list[Observation]:
        """One observation a target, in order, in ``within`` seconds at most; what is not done by then says so."""
        self._forget_names()
        self._calls += 1
        self._idle.clear()
        try:
            return await self._observe(targets, within)
        finally:
            self._calls -= 1
            if not self._calls:
                self._idle.set()

    async def close(self) -> None:
        """Let the calls under way end, and close every connection."""
        try:
            await self._idle.wait()
        finally:
            await self._lookout.close()

    async def _observe(self, targets: Sequence[Target], within: float | None) -> list[Observation]:
        unique = {target.url: target for target in targets}
        progress = {url: _Progress() for url in unique}
        seen: dict[str, Observation] = {}

        async def observe(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
            return await self._one(target, attempts, progress[target.url])

        def sink(observation: Observation) -> None:
            seen[observation.target.url] = observation

        pace = replace(self._job.turns, jobs=min(self._job.pace.jobs, max(1, len(unique))))
        started, began = time.time(), time.monotonic()
        try:
            async with asyncio.timeout(within) as bound:
                await Audit(observe, sink, pace).run(unique.values())
        except TimeoutError:
            if not bound.expired():
                raise
        elapsed = time.monotonic() - began
        for url in unique.keys() - seen.keys():
            seen[url] = self._late(unique[url], progress[url], started, elapsed, within or 0.0)
        return [replace(seen[target.url], target=target) for target in targets]

    async def _one(
        self, target: Target, attempts: tuple[Attempt, ...], progress: _Progress
    ) -> Observation:
        """One pass, when this origin, this session and this process have room for it."""
        async with self._origin(target.url), self._jobs, process_cap:
            progress.begun = True
            observation = await self._lookout.observer.observe(target, attempts)
        trouble = transient(observation)
        if trouble is not None:
            failed = Attempt(detail=trouble.detail, elapsed_s=observation.elapsed_s)
            progress.attempts = (*attempts, failed)
            progress.last = observation
        return observation

    def _origin(self, url: str) -> asyncio.Semaphore:
        name = origin_of(url)
        turns = self._origins.get(name)
        if turns is None:
            turns = self._origins[name] = asyncio.Semaphore(self._job.pace.per_host)
        return turns

    def _forget_names(self) -> None:
        now = time.monotonic()
        if now - self._named_at > REMEMBERED_S:
            self._resolver.forget_absent()
            self._named_at = now

    def _late(
        self, target: Target, progress: _Progress, started: float, elapsed: float, within: float
    ) -> Observation:
        """What is known of a target when the time for the whole call is over."""
        allowed = f"within the {within:g} s allowed for the whole call"
        if not progress.begun:
            failure = Failure(kind=FailureKind.INTERNAL, detail=f"its turn did not come {allowed}")
        else:
            before = f"; before that: {progress.attempts[-1].detail}" if progress.attempts else ""
            failure = Failure(
                kind=FailureKind.TIMEOUT, detail=f"no complete answer {allowed}{before}"
            )
        elapsed = max(0.0, elapsed - sum(one.elapsed_s for one in progress.attempts))
        exchange = unasked(target.url, self._job.fetch.allow_networks)
        exchange = replace(exchange, failure=exchange.failure or failure)
        last = progress.last
        if last is not None:  # what it saw counts beside what it did not come to see
            exchange = replace(exchange, permitted=last.identity.permitted)
            return replace(
                last, exchanges=(*last.exchanges, exchange), attempts=progress.attempts, elapsed_s=elapsed
            )  # fmt: skip
        return Observation(
            target=target, observed_at=started, exchanges=(exchange,), signed=signed(target.url), elapsed_s=elapsed
        )  # fmt: skip
