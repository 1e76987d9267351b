"""One cap on the fetches of the whole process, whichever loops and threads they run in."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque

from ..audit import fetches_at_once

MAX_FETCHES = 256
"""Fetches at once in one process; fewer where its limit of open files would not carry them."""

_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[None]"]


class Cap:
    """A counting lock for several event loops: ``async with cap`` waits its turn, first come first served.

    A forked child begins with an empty one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._free = self._most
        self._waiting: deque[_Waiter] = deque()

    async def __aenter__(self) -> None:
        if self._pid != os.getpid():
            self._reset()
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            turn = (loop, loop.create_future())
            self._waiting.append(turn)
        try:
            await turn[1]
        except asyncio.CancelledError:
            self._give_up(turn)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._release()

    def _give_up(self, turn: _Waiter) -> None:
        with self._lock:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        if not turn[1].cancelled():  # the turn had come in the same moment
            self._release()

    def _release(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                loop, future = self._waiting.popleft()
            try:
                loop.call_soon_threadsafe(self._grant, future)
            except RuntimeError:
                continue  # that loop was closed with somebody waiting in it
            return

    def _grant(self, future: asyncio.Future[None]) -> None:
        if future.cancelled():
            self._release()
        else:
            future.set_result(None)


process_cap = Cap(fetches_at_once(MAX_FETCHES))
