"""One worker process, and the socket to it.

Where that is safe, workers are forked before the event loop and any thread begins: they have everything loaded. One that has to take another's
place later, and every one on other systems than Linux, is a new interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence

from . import worker

_LIMIT = 1 << 20


class Hand:
    """A process that serves frames. ``open`` it on a loop, then read ``frames`` until they end; then ``wait`` for it."""

    def __init__(self, line: socket.socket, process: int | subprocess.Popen[bytes]) -> None:
        self._line = line
        self._process = process
        self._writer: asyncio.StreamWriter | None = None
        self._ended = False

    async def open(self) -> asyncio.StreamReader:
        """Begin to talk to it on the running loop: what it says."""
        frames, self._writer = await asyncio.open_unix_connection(sock=self._line, limit=_LIMIT)
        return frames

    def write(self, data: bytes) -> None:
        """Write to the process, which may be gone; who reads its frames notices that."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(data)

    async def wait(self) -> None:
        """Until it has ended; its frames have."""
        self.close()
        if self._ended:
            return
        self._ended = True
        process = self._process
        if isinstance(process, int):
            await asyncio.to_thread(os.waitpid, process, 0)
        else:
            await asyncio.to_thread(process.wait)

    async def kill(self) -> None:
        """End it, if it still runs."""
        if self._ended:
            return
        pid = self._process if isinstance(self._process, int) else self._process.pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await self.wait()

    def close(self) -> None:
        """Let the socket go."""
        if self._writer is not None:
            self._writer.close()
        else:
            self._line.close()


def hire() -> Hand:
    """A new interpreter."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-m", worker.__name__]
        process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=2)  # noqa: S603
    return Hand(ours, process)


def fork(count: int) -> list[Hand]:
    """Copies of this process, which must have one thread and no loop; none where forking is not safe."""
    if sys.platform != "linux":
        return []
    gc.freeze()  # or the children's collector would copy every page that it looks at
    hands: list[Hand] = []
    for _ in range(count):
        hands.append(_fork(hands))
    return hands


def _fork(others: Sequence[Hand]) -> Hand:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return Hand(ours, pid)
    code = 1
    try:
        ours.close()
        for other in others:  # or they would not notice the end of their parent
            other.close()
        random.seed()
        worker.serve(theirs)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
