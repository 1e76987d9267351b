"""One private event loop in one daemon thread, for the blocking forms: they work anywhere, inside a running loop too."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ..errors import UsageError

_T = TypeVar("_T")
_LEAVE_S = 2.0


class LoopThread:
    """Started when first needed, and again after a fork. The work sees the caller's context variables."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()

    def run(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Run a coroutine function to its end. Whatever interrupts the wait (Ctrl-C) cancels it first.

        Raises UsageError on the private thread itself, which would wait for itself.
        """
        loop = self._get()
        if threading.current_thread() is self._thread:
            raise UsageError(
                "a blocking call was made from a callback of preflight; await the asynchronous form there"
            )
        ended = threading.Event()

        async def whole() -> _T:
            try:
                return await work()
            finally:
                ended.set()

        future = asyncio.run_coroutine_threadsafe(whole(), loop)
        try:
            return future.result()
        except BaseException:
            if future.cancel():
                ended.wait(_LEAVE_S)
            raise

    def _get(self) -> asyncio.AbstractEventLoop:
        if self._pid != os.getpid():  # a forked child has the loop, but not the thread that ran it
            self._lock, self._loop, self._pid = threading.Lock(), None, os.getpid()
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_forever, args=(self._loop,), name="preflight", daemon=True
                )
                self._thread.start()
            return self._loop


def _forever(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop. asyncio lets these two out of it, where a callback raises them; the caller has them too, and others still wait."""
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            continue
        return


private_loop = LoopThread()
