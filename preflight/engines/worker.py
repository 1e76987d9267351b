"""One worker process of the engine ``processes``: ``python -m preflight.engines.worker``, started by nobody else.

Standard input brings a task and then targets, standard output takes rows back. When its input ends before the parent said so, or
nobody reads its output any more, the parent is gone, and it ends at once.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import BinaryIO

from ..audit import Audit, observe_each
from ..observation import Observation
from ..target import Target
from .base import Task
from .frames import Done, End, Frame, Pause, Work, decode, encode, read
from .packing import Packer, Row

_BATCH = 64
_BATCH_S = 0.02
_NOWHERE = Target(url="")


class _Worker:
    def __init__(
        self, task: Task, reader: asyncio.StreamReader, out: asyncio.WriteTransport
    ) -> None:
        self._task = task
        self._reader = reader
        self._out = out
        self._numbers: dict[int, tuple[int, Target]] = {}
        self._packer = Packer()
        self._rows: list[tuple[int, Row]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._audit: Audit | None = None
        self._watch: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Until the parent has no more work, or is gone."""
        await observe_each(self._task.job, self._targets(), self._take, started=self._started)
        self._flush()

    def _started(self, audit: Audit) -> None:
        self._audit = audit
        audit.paused = lambda origin, seconds: self._out.write(encode(Pause(origin, seconds)))

    async def _targets(self) -> AsyncIterator[Target]:
        while True:
            frame = await self._next()
            if isinstance(frame, End):
                self._watch = asyncio.ensure_future(self._listen_on())
                return
            if isinstance(frame, Work):
                for given in frame.targets:
                    target = Target(
                        url=given.url, declared_type=given.declared_type, declared_length=given.declared_length
                    )  # fmt: skip
                    self._numbers[id(target)] = given.number, target
                    yield target

    async def _next(self) -> Frame:
        body = await read(self._reader)
        if body is None:
            os._exit(1)  # the parent is gone
        frame = decode(body)
        if isinstance(frame, Pause) and self._audit is not None:
            self._audit.pause(frame.origin, frame.seconds)
        return frame

    async def _listen_on(self) -> None:
        while True:
            await self._next()

    def _take(self, observation: Observation) -> None:
        number, _ = self._numbers.pop(id(observation.target))
        seen = self._task.seen(observation)
        if seen.observation is not None:
            seen = replace(seen, observation=replace(seen.observation, target=_NOWHERE))
        self._rows.append((number, self._packer.row(seen)))
        if len(self._rows) >= _BATCH:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_BATCH_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._rows:
            self._out.write(encode(Done(self._packer.news(), self._rows)))
            self._rows = []


class _Output(asyncio.Protocol):
    """The parent's end of our output: when it goes, so do we."""

    def __init__(self) -> None:
        self.drained = asyncio.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            os._exit(1)
        self.drained.set()


async def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
    out, protocol = await loop.connect_write_pipe(_Output, sink)
    first = await read(reader)
    if first is None:
        return
    task = pickle.loads(first)  # noqa: S301 - from the process that started us, through its own pipe
    await _Worker(task, reader, out).run()
    out.close()
    await protocol.drained.wait()


def main() -> None:
    """Serve the process that started us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent decides
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints must not get between the frames
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(source, sink))
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(source, sink))


if __name__ == "__main__":
    main()
