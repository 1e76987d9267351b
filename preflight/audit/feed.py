"""Targets as an asynchronous stream, from whatever they come from."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable

from ..target import Target

SOURCE_THREAD = "preflight-source"
"""The name of the thread that may be blocked in reading a source when everything else has ended."""
_AHEAD = 1_024


async def each(targets: Iterable[Target] | AsyncIterable[Target]) -> AsyncIterator[Target]:
    """One target after the other; now and then the loop gets a turn."""
    if isinstance(targets, AsyncIterable):
        async for target in targets:
            yield target
        return
    for count, target in enumerate(targets):
        yield target
        if count % 64 == 63:
            await asyncio.sleep(0)


async def read_in_thread(targets: Iterable[Target]) -> AsyncIterator[Target]:
    """Targets of a source that may block, such as a pipe that stays open: each as soon as it is there.

    An error of the source is raised where it occurred. The thread is a daemon: nobody waits for it at the end.
    """
    reader = _Reader(targets)
    threading.Thread(target=reader.read, name=SOURCE_THREAD, daemon=True).start()
    try:
        async for target in reader:
            yield target
    finally:
        reader.stop()


class _Reader:
    def __init__(self, targets: Iterable[Target]) -> None:
        self._targets = targets
        self._queue: deque[Target] = deque()
        self._room = threading.Semaphore(_AHEAD)
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._ended = False
        self._stopped = False
        self._problem: BaseException | None = None

    def read(self) -> None:
        """Runs in the thread."""
        try:
            for target in self._targets:
                self._room.acquire()
                if self._stopped:
                    return
                self._queue.append(target)
                if not self._arrived.is_set():
                    self._loop.call_soon_threadsafe(self._arrived.set)
        except BaseException as error:
            self._problem = error
        finally:
            self._ended = True
            if not self._stopped:
                self._loop.call_soon_threadsafe(self._arrived.set)

    def stop(self) -> None:
        """Nobody listens any more."""
        self._stopped = True
        self._room.release()

    async def __aiter__(self) -> AsyncIterator[Target]:
        while True:
            self._arrived.clear()
            ended = self._ended
            while self._queue:
                yield self._queue.popleft()
                self._room.release()
            if ended:
                if self._problem is not None:
                    raise self._problem
                return
            await self._arrived.wait()
