"""What a worker process of the engine ``processes`` does, forked or as ``python -m preflight.engines.worker`` with the socket for its standard input.

A socket brings a task and then targets, and takes rows back. When it ends before the parent said so, the parent is gone, and it ends at once.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
from collections.abc import AsyncIterator

from ..audit import Audit, Pass, observe_each
from ..observation import Observation
from ..target import Target
from ..wire.loop import runner
from .base import Task
from .frames import Done, End, Order, Pause, Work, encode, order, read
from .packing import Packer


class _Worker:
    def __init__(self, task: Task, reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self._task = task
        self._reader = reader
        self._out = out
        self._numbers: dict[int, tuple[int, Target]] = {}
        self._packer = Packer()
        self._audit: Audit[Pass] | None = None
        self._watch: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Until the parent has no more work, or is gone."""
        task = self._task
        await observe_each(
            task.job, self._targets(), self._take, batch=task.batch, started=self._started
        )

    def _started(self, audit: Audit[Pass]) -> None:
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

    async def _next(self) -> Order:
        body = await read(self._reader)
        if body is None:
            os._exit(1)  # the parent is gone
        frame = order(body)
        if isinstance(frame, Pause) and self._audit is not None:
            self._audit.pause(frame.origin, frame.seconds)
        return frame

    async def _listen_on(self) -> None:
        while True:
            await self._next()

    def _take(self, observations: list[Observation]) -> None:
        rows = []
        for seen in self._task.seen(observations):
            number, _ = self._numbers.pop(id(seen.verdict.target))
            rows.append((number, self._packer.row(seen)))
        self._out.write(encode(Done(self._packer.news(), rows)))


async def _serve(line: socket.socket) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=line, limit=1 << 20)
    first = await read(reader)
    if first is None:
        return
    task = pickle.loads(first)  # noqa: S301 - from the process that started us, through its own socket
    await _Worker(task, reader, writer).run()
    writer.close()
    await writer.wait_closed()


def serve(line: socket.socket) -> None:
    """Serve the process at the other end of a socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent decides
    os.dup2(2, 1)  # what a library prints belongs into no report
    with runner() as one:
        one.run(_serve(line))


if __name__ == "__main__":
    serve(socket.socket(fileno=os.dup(0)))
