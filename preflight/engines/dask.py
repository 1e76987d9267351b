"""A cluster: Dask, on this machine or wherever its scheduler is.

The driver reads the sources, cuts them into shards and reads the parts that the workers write; nothing but names and errors goes through
the scheduler. A shard whose part is there is not fetched again, and that is all there is to resuming. Of the shards that share a host
one is under way at a time, so the limit of a host holds across workers, and a single huge host stays with one worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from typing import Any

from ..audit import observe_each
from ..errors import PreflightError
from ..observation import Observation
from ..target import Target
from . import cluster, parts
from .base import Sink, Task
from .packing import Packer, Row, Unpacker
from .shards import SHARD, Lanes, Shard

_AHEAD = 64 * SHARD
_DEATHS_MOST = 3
_DIED = "the workers that checked it died"
_WORKER_WITHIN_S = 30

_loop_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


async def run(task: Task, targets: AsyncIterable[Target], sink: Sink) -> None:
    """Run a task on a cluster; without an address, on one of ``task.workers`` processes that lives as long as the run."""
    own = None if task.parts is not None else tempfile.mkdtemp(prefix="preflight-parts-")
    try:
        async with contextlib.AsyncExitStack() as stack:
            await _Driver(stack, replace(task, parts=task.parts or own), sink).run(targets)
    finally:
        if own is not None:
            shutil.rmtree(own, ignore_errors=True)


class _Driver:
    """``stack`` holds the cluster, which is not there before a part is missing."""

    def __init__(self, stack: contextlib.AsyncExitStack, task: Task, sink: Sink) -> None:
        assert task.parts is not None  # noqa: S101 - run gives one
        self._stack = stack
        self._client: asyncio.Future[Any] | None = None
        self._directory = task.parts
        self._task = task
        self._sink = sink
        self._lanes = Lanes()
        self._under_way: set[asyncio.Task[None]] = set()
        self._packed = b""
        self._slots = cluster.SLOTS

    async def run(self, targets: AsyncIterable[Target]) -> None:
        """Until every shard is done."""
        try:
            async for target in targets:
                self._lanes.add(target)
                if self._lanes.waiting:
                    await self._go_on(wait=self._lanes.held >= _AHEAD)
            self._lanes.close()
            while self._lanes.waiting or self._under_way:
                await self._go_on(wait=True)
        finally:
            for one in self._under_way:
                one.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _connect(self) -> Any:
        """The cluster; and how many shards may be under way on it, each with its share of the jobs."""
        client = await self._stack.enter_async_context(cluster.client(self._task))
        try:
            await client.wait_for_workers(1, timeout=_WORKER_WITHIN_S)
        except TimeoutError:
            raise PreflightError("the Dask cluster has no worker") from None
        threads: int = sum((await client.nthreads()).values())
        pace = self._task.job.pace
        self._slots = min(threads, max(1, pace.jobs // pace.per_host))
        job = replace(self._task.job, pace=replace(pace, jobs=max(1, pace.jobs // self._slots)))
        self._packed = pickle.dumps(replace(self._task, job=job, address=None))
        return client

    async def _go_on(self, *, wait: bool) -> None:
        """Start what can be started, and take what is done; ``wait`` for a shard to end if none has."""
        while len(self._under_way) < self._slots and (shard := self._lanes.next()):
            self._under_way.add(asyncio.ensure_future(self._do(shard)))
        if not self._under_way:
            return
        done, _ = await asyncio.wait(
            self._under_way, timeout=None if wait else 0, return_when=asyncio.FIRST_COMPLETED
        )
        self._under_way -= done
        for one in done:
            one.result()

    async def _do(self, shard: Shard) -> None:
        name = shard.name()
        part = await asyncio.to_thread(parts.read, self._directory, name)
        while part is None and shard.attempts < _DEATHS_MOST:
            await self._ask(shard, name)
            part = await asyncio.to_thread(parts.read, self._directory, name)
            shard.attempts += part is None
        self._take(shard, part)
        self._lanes.free(shard)

    async def _ask(self, shard: Shard, name: str) -> None:
        """Have a worker make the part. A worker that dies leaves none, and Dask asks another one."""
        given = [(one.url, one.declared_type, one.declared_length) for one in shard.targets]
        if self._client is None:
            self._client = asyncio.ensure_future(self._connect())
        client = await self._client
        future = client.submit(make_part, self._packed, given, self._directory, name, pure=False)
        try:
            await future
        except (
            cluster.distributed().KilledWorker,
            cluster.distributed().client.FutureCancelledError,
        ):
            return
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise PreflightError(f"a worker cannot write to {self._directory}: {reason}") from None
        finally:
            future.release()  # one that nobody holds is not begun any more

    def _take(self, shard: Shard, part: parts.Part | None) -> None:
        if part is None:
            for target in shard.targets:
                self._sink(self._task.given_up(target, _DIED, time.time()))
            return
        unpacker = Unpacker()
        unpacker.lists = part.lists
        for target, row in zip(shard.targets, part.rows, strict=True):
            self._sink(unpacker.seen(row, target))


def make_part(
    packed: bytes, given: list[tuple[str, str | None, int | None]], directory: str, name: str
) -> int:
    """Runs in a worker: check the targets of a shard and write its part, unless it is there. The number of targets fetched."""
    if parts.read(directory, name) is not None:
        return 0
    task: Task = pickle.loads(packed)  # noqa: S301 - Dask brought it, and runs pickled code anyway
    targets = [
        Target(url=url, declared_type=kind, declared_length=length) for url, kind, length in given
    ]
    part = asyncio.run_coroutine_threadsafe(_check(task, targets), _worker_loop()).result()
    parts.write(directory, name, part)
    return len(targets)


def _worker_loop() -> asyncio.AbstractEventLoop:
    """The one loop on which all shards of a worker process run, so that no two threads are ever inside our readers."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="preflight", daemon=True).start()
        return _loop


async def _check(task: Task, targets: list[Target]) -> parts.Part:
    packer = Packer()
    rows: dict[int, Row] = {}

    def take(observations: list[Observation]) -> None:
        for seen in task.seen(observations):
            rows[id(seen.verdict.target)] = packer.row(seen)

    async def stream() -> AsyncIterator[Target]:
        for target in targets:
            yield target

    await observe_each(task.job, stream(), take)
    return parts.Part(packer.news(), [rows[id(target)] for target in targets])
