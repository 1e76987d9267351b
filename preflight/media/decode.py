"""Decode media to its end in a child process that may be killed (``--deep``).

Decoders are the part of this program that a hostile file can hold up, fill with memory or break, so they run apart: a few children
that are started when first needed and used again, each with one file at a time. A child that overruns its time or memory,
or dies, takes nothing with it: its file is ``stopped``, and the next file gets a fresh child.

Each child is talked to by a thread that blocks on its pipes; killing the child is what ends every wait. That works the same on every
loop and platform.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from ..observation import Decode
from ..text import printable, quoted
from . import decoders
from .decode_child import READY, REPLY, REQUEST
from .decoders import Answer
from .examine import Examined

_T = TypeVar("_T")

PILLOW, PYAV = "Pillow", "PyAV"
NOT_INSTALLED = "audio and video were not decoded: the extra is not installed (pip install 'mms-preflight[deep]')"
START_SECONDS = 30.0
"""How long a child may take to load its libraries; this is not counted as a file's time."""
_SHORTEST = 0.1  # seconds of MP3 that FFmpeg needs to find two frames
_GONE = -1  # in place of a code: the child ended without an answer
_CODES = (READY, *range(decoders.TOO_LARGE + 1))
_OVERRUN, _CLOSED, _CANCELLED = "overrun", "closed", "cancelled"
_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])['path'];"
    "from preflight.media.decode_child import main; main()"
)
"""Isolated from the working directory and the environment, but with the places where this process finds its packages."""
_INHERITED = (
    "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP",
)  # fmt: skip


class _Child:
    """One process. ``reason`` says why we ended it, where we did."""

    def __init__(self, memory: int, seconds: float) -> None:
        settings = {
            "path": [*filter(os.path.isabs, sys.path), str(Path(__file__).parents[2])],
            "memory": memory,
            "seconds": seconds,
        }
        self.reason: str | None = None
        self.tired = False
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and file
            [sys.executable, "-I", "-c", _BOOTSTRAP, json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # The keys of the gateway are no business of a process that reads foreign media.
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def alive(self) -> bool:
        return not self.tired and self.reason is None and self._process.poll() is None

    def kill(self, reason: str) -> None:
        """End it now; whoever waits for its answer gets one, and reaps it. Safe from any thread."""
        self.reason = self.reason or reason
        self._process.kill()

    def started(self) -> Answer:
        """Wait until the libraries are loaded: READY and their versions, as JSON."""
        return self._answer()

    def decode(self, media_type: str, data: bytes) -> Answer:
        """Hand over a file and wait for the answer. Blocks until it comes or the process ends."""
        stdin = self._process.stdin
        name = media_type.encode("ascii")
        try:
            if stdin is None:
                return self._gone()
            stdin.write(REQUEST.pack(len(name), len(data)) + name)
            stdin.write(data)
            stdin.flush()
        except (OSError, ValueError):
            return self._gone()
        return self._answer()

    def _answer(self) -> Answer:
        stdout = self._process.stdout
        head = stdout.read(REPLY.size) if stdout is not None else b""
        if stdout is None or len(head) < REPLY.size or head[0] not in _CODES:
            return self._gone()
        code, self.tired, length = REPLY.unpack(head)
        text = stdout.read(min(length, 4000))
        return code, text.decode("utf-8", "replace")

    def _gone(self) -> Answer:
        status = self.close()
        return _GONE, self.reason or _ending(status)

    def close(self) -> int:
        """Kill it if it lives, reap it, close its pipes. Its exit status. Safe from any thread, and twice."""
        self._process.kill()
        status = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was still buffered for a dead process
                if pipe is not None:
                    pipe.close()
        return status


def _ending(status: int) -> str:
    """An exit status in words; a backstop of the child's own counts as an overrun."""
    try:
        name = signal.Signals(-status).name
    except ValueError:
        return f"the decoder died with exit code {status}"
    return _OVERRUN if name in ("SIGALRM", "SIGXCPU") else f"the decoder died of {name}"


class Decoder:
    """Decodes files in child processes, one file at a time in each; callers beyond that wait their turn.

    ``children`` is how many processes at most, started when needed; ``seconds`` of wall clock and ``memory`` in bytes are what one
    file may cost. Belongs to one event loop; ``close`` must be awaited at the end.
    """

    def __init__(
        self, *, children: int = 1, seconds: float = 2.0, memory: int = 256_000_000
    ) -> None:
        self.made_with: dict[str, str] = {}
        """The decoding libraries with their versions, known once a child has started."""
        self._seconds = seconds
        self._memory = memory
        self._threads = ThreadPoolExecutor(children, thread_name_prefix="preflight-decode")
        self._children: set[_Child] = set()
        # Last in, first out: a child that works is used again before another one is started.
        self._slots: asyncio.LifoQueue[_Child | None] = asyncio.LifoQueue()
        for _ in range(children):
            self._slots.put_nowait(None)
        self._closed = False

    async def decode(self, data: bytes, examined: Examined) -> Decode | None:
        """Decode a whole file. None where nobody decodes its type. Whatever the file does, nothing is raised."""
        media_type = examined.content.detected_type
        if media_type is None or not examined.content.whole:
            return None
        if media_type in decoders.IMAGES:
            decoder = PILLOW
        elif media_type in decoders.STREAMS:
            decoder = PYAV
        else:
            return None
        reason = _undecodable(data, examined)
        if reason is not None:
            return Decode(decoder=decoder, skipped=f"it was not decoded: {reason}")
        return self._seen(await self._ask(media_type, data), decoder)

    async def close(self) -> None:
        """End every child, reap them, and answer those who still wait that it was closed."""
        self._closed = True
        for child in self._children:
            child.kill(_CLOSED)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._threads.shutdown()
        for child in tuple(self._children):
            child.close()

    async def _ask(self, media_type: str, data: bytes) -> Answer:
        """Wait for a child's turn, start one where none lives, and give it the file."""
        child = await self._slots.get()
        try:
            if child is None or not child.alive:
                self._retire(child)
                child = None
                if self._closed:
                    return _GONE, _CLOSED
                child = self._start()
                started = await self._within(child, START_SECONDS, child.started)
                if started is None or started[0] != READY:
                    child.kill(_CLOSED)
                    return _GONE, _CLOSED if self._closed else "the decoder could not be started"
                self.made_with = json.loads(started[1])
            work = partial(child.decode, media_type, data)
            answer = await self._within(child, self._seconds, work)
            return answer or (_GONE, _CLOSED)
        except OSError:
            return _GONE, "the decoder could not be started"
        finally:
            if child is not None and not child.alive:
                self._retire(child)
                child = None
            self._slots.put_nowait(child)

    def _start(self) -> _Child:
        child = _Child(self._memory, self._seconds)
        self._children.add(child)
        return child

    def _retire(self, child: _Child | None) -> None:
        if child is None:
            return
        self._children.discard(child)
        if self._closed:
            child.close()
        else:
            self._threads.submit(child.close)

    async def _within(self, child: _Child, seconds: float, work: Callable[[], _T]) -> _T | None:
        """Let a thread talk to a child for so long at most; None where everything was closed meanwhile."""
        if self._closed:
            return None
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, child.kill, _OVERRUN)
        try:
            return await loop.run_in_executor(self._threads, work)
        except asyncio.CancelledError:
            child.kill(_CANCELLED)
            raise
        finally:
            timer.cancel()

    def _seen(self, answer: Answer, decoder: str) -> Decode:
        """An answer as a value. The child's text is shown quoted, whatever the child says."""
        code, text = answer
        if code == decoders.FINE:
            return Decode(decoder=decoder)
        if code == decoders.ERRORS:
            return Decode(decoder=decoder, errors=f"it says {quoted(text)}")
        if code == decoders.SECOND_ERRORS:
            return Decode(decoder=PYAV, errors=f"it says {quoted(text)}")
        if code == decoders.MISSING:
            return Decode(decoder=decoder, skipped=NOT_INSTALLED)
        if code == decoders.UNKNOWN:
            return Decode(
                decoder=decoder, skipped=f"it was not decoded: {decoder} has no decoder for it"
            )
        return Decode(decoder=decoder, stopped=self._stopped(code, text))

    def _stopped(self, code: int, text: str) -> str:
        if code == decoders.MEMORY:
            return f"the decoder used more than {self._memory // 1_000_000} MB and was stopped"
        if code == decoders.TOO_LARGE:
            return f"the decoder was stopped: {printable(text, 100)}"
        if code == _GONE and text == _OVERRUN:
            return f"the decoder used more than {self._seconds:g} seconds and was stopped"
        if code == _GONE and text == _CLOSED:
            return "the decoder was closed before it was done"
        return text


def _undecodable(data: bytes, examined: Examined) -> str | None:
    """Why decoding these bytes would tell nothing new."""
    content = examined.content
    if content.length != len(data):
        return "these are not the bytes that were examined"
    if content.overrun is not None:
        return "its structure has too many parts"
    part = examined.image or examined.video or examined.audio
    if part is not None and part.problem is not None:
        return "its header cannot be read"
    seconds = examined.audio.duration_s if examined.audio is not None else None
    if content.detected_type == "audio/mpeg" and seconds is not None and seconds < _SHORTEST:
        return "it is too short for FFmpeg to recognise its frames"
    return None
