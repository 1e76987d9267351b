"""Several processes on this machine, each with an event loop of its own; the parent reads the sources and writes the reports.

Where the first targets name many hosts, each host belongs to one worker and keeps its whole limit there. Where they name few, every
worker asks every host, with its share of the limit. Either way no host sees more requests at once than its limit says.

What was given to a worker stays with the parent until its row is back, so a worker that dies loses nothing: a new one gets
what the dead one still owed. What two dead workers owed is tried apart at the end, in smaller and smaller groups; a target that
ends a process of its own is the cause, and is not checked.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import AsyncIterable, Sequence
from dataclasses import replace

from ..audit import origin_of
from ..errors import PreflightError
from ..target import Target
from .base import Engine, Sink, Task
from .frames import Done, End, encode, read, report
from .hand import Hand, fork, hire
from .packing import Unpacker
from .place import Place
from .sharing import Ahead, processors, shares

_OWED = 2_048
_BATCH_S = 0.02
_DEATHS_SUSPECT = 2
_DEATHS_BEFORE_ANY_RESULT = 3
_SUSPECT = "checking it ended the process that checked it"


async def run(
    task: Task, targets: AsyncIterable[Target], sink: Sink, hands: Sequence[Hand] = ()
) -> None:
    """Run a task in ``task.workers`` processes. ``hands`` wait for work already."""
    pool = _Pool(task, sink, list(hands))
    try:
        await pool.run(targets)
    finally:
        await pool.close()


def forked(count: int) -> Engine:
    """The engine with its processes forked now, which must be before the event loop and any thread begins."""
    hands = fork(count)

    async def run_forked(task: Task, targets: AsyncIterable[Target], sink: Sink) -> None:
        await run(task, targets, sink, hands)

    return run_forked


class _Pool:
    def __init__(self, task: Task, sink: Sink, hands: list[Hand]) -> None:
        self._task = task
        self._sink = sink
        self._hands = hands
        self._count = task.workers or processors()
        self._workers: list[Place] = []
        self._owners: dict[str, Place] | None = None
        self._number = 0
        self._deaths: dict[int, int] = {}
        self._suspects: list[Target] = []
        self._room = asyncio.Event()
        self._ended = False

    async def run(self, targets: AsyncIterable[Target]) -> None:
        """Share the targets out and gather the rows."""
        ahead = Ahead(aiter(targets))
        try:
            await self._run(await ahead.look(), ahead)
        finally:
            ahead.close()
        await self._try_suspects()

    async def _run(self, first: list[Target], ahead: Ahead) -> None:
        self._share_out(first)
        talking = [(worker, await self._start(worker)) for worker in self._workers]
        try:
            async with asyncio.TaskGroup() as group:
                readers = [group.create_task(self._attend(*each)) for each in talking]
                flusher = group.create_task(self._flush_now_and_then())
                for target in first:
                    await self._give(target)
                async for target in ahead.rest(len(first)):
                    await self._give(target)
                self._end()
                await asyncio.gather(*readers)
                flusher.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def close(self) -> None:
        """End every process that still runs."""
        hands = [*self._hands, *(worker.hand for worker in self._workers if worker.hand)]
        await asyncio.gather(*(hand.kill() for hand in hands))

    # Sharing out

    def _share_out(self, first: list[Target]) -> None:
        many, paces = shares(self._task.job.pace, self._count, first)
        self._owners = {} if many else None
        self._workers += [Place(pace=pace) for pace in paces]

    async def _give(self, target: Target) -> None:
        worker = self._choose(target)
        while len(worker.owed) >= _OWED:
            self._room.clear()
            await self._room.wait()
            worker = self._choose(target)
        self._number += 1
        worker.give(self._number, target)

    def _choose(self, target: Target) -> Place:
        least = self._workers[0]
        for worker in self._workers:
            if len(worker.owed) < len(least.owed):
                least = worker
        return (
            least if self._owners is None else self._owners.setdefault(origin_of(target.url), least)
        )

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(_BATCH_S)
            for worker in self._workers:
                worker.flush()

    def _end(self) -> None:
        self._ended = True
        for worker in self._workers:
            self._end_input(worker)

    def _end_input(self, worker: Place) -> None:
        worker.flush()
        worker.send(encode(End()))

    # Processes

    async def _start(self, worker: Place) -> asyncio.StreamReader:
        """Give a place to a process; what it says from then on."""
        worker.unpacker = Unpacker()
        worker.hand = self._hands.pop() if self._hands else hire()
        frames = await worker.hand.open()
        job = replace(self._task.job, pace=worker.pace)
        body = pickle.dumps(replace(self._task, job=job))
        worker.send(len(body).to_bytes(4, "big") + body)
        return frames

    async def _attend(self, worker: Place, frames: asyncio.StreamReader) -> None:
        """Take rows from a worker until nothing is owed, whatever happens to its process."""
        while True:
            await self._read(worker, frames)
            if not worker.owed and self._ended:
                return
            self._bury(worker)
            frames = await self._start(worker)
            for number, target in worker.owed.copy().items():
                worker.give(number, target)
            if self._ended:
                self._end_input(worker)

    async def _read(self, worker: Place, frames: asyncio.StreamReader) -> None:
        """Until the process has ended."""
        while body := await read(frames):
            frame = report(body)
            if isinstance(frame, Done):
                self._take(worker, frame)
            else:
                for other in self._workers:
                    if other is not worker:
                        other.send(encode(frame))
        if worker.hand is not None:
            await worker.hand.wait()

    def _take(self, worker: Place, done: Done) -> None:
        worker.deaths = 0
        worker.unpacker.lists += done.lists
        for number, row in done.rows:
            target = worker.owed.pop(number)
            self._deaths.pop(number, None)
            self._sink(worker.unpacker.seen(row, target))
        if len(worker.owed) * 2 < _OWED:
            self._room.set()

    def _bury(self, worker: Place) -> None:
        """What a dead worker owed is owed by the next one, but for what was owed too often."""
        worker.deaths += 1
        worker.batch.clear()
        if worker.deaths >= _DEATHS_BEFORE_ANY_RESULT and not self._deaths:
            raise PreflightError(
                "a worker process ends before it has done anything; try --engine local"
            )
        for number, target in list(worker.owed.items()):
            deaths = self._deaths[number] = self._deaths.get(number, 0) + 1
            if deaths >= _DEATHS_SUSPECT:
                del worker.owed[number], self._deaths[number]
                self._suspects.append(target)
        self._room.set()

    async def _try_suspects(self) -> None:
        """In processes of their own, in halves, until the one that ends its process is alone."""
        groups = [self._suspects] if self._suspects else []
        while groups:
            group = groups.pop()
            worker = Place(pace=self._workers[0].pace)
            self._workers.append(worker)
            frames = await self._start(worker)
            for number, target in enumerate(group):
                worker.give(number, target)
            self._end_input(worker)
            await self._read(worker, frames)
            left = list(worker.owed.values())
            if len(left) == 1:
                self._sink(self._task.given_up(left[0], _SUSPECT, time.time()))
            elif left:
                groups += [left[: len(left) // 2], left[len(left) // 2 :]]
