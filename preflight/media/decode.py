"""Decode media to its end in a child process that may be killed (``--deep``).

Decoders are the part of this program that a hostile file can hold up, fill with memory or break, so they run apart: a few children
that are started when first needed and used again, each with one file at a time. A child that overruns its time or memory,
or dies, takes nothing with it: its file is ``stopped``, and the next file gets a fresh child.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from ..observation import Decode
from ..text import printable, quoted
from . import decode_answer as answers
from .decode_answer import Answer
from .decode_child import READY
from .decode_process import CANCELLED, CLOSED, GONE, OVERRUN, Child
from .decoders import IMAGES, STREAMS
from .examine import Examined

_T = TypeVar("_T")

PILLOW, PYAV = "Pillow", "PyAV"
NOT_INSTALLED = "audio and video were not decoded: the extra is not installed (pip install 'mms-preflight[deep]')"
START_SECONDS = 30.0
"""How long a child may take to load its libraries; this is not counted as a file's time."""
_SHORTEST = 0.1  # seconds of MP3 that FFmpeg needs to find two frames


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
        self._children: set[Child] = set()
        # Last in, first out: a child that works is used again before another one is started.
        self._slots: asyncio.LifoQueue[Child | None] = asyncio.LifoQueue()
        for _ in range(children):
            self._slots.put_nowait(None)
        self._closed = False

    async def decode(self, data: bytes, examined: Examined) -> Decode | None:
        """Decode a whole file. None where nobody decodes its type. Whatever the file does, nothing is raised."""
        media_type = examined.content.detected_type
        if media_type is None or not examined.content.whole:
            return None
        if media_type in IMAGES:
            decoder = PILLOW
        elif media_type in STREAMS:
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
            child.kill(CLOSED)
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
                    return GONE, CLOSED
                child = self._start()
                started = await self._within(child, START_SECONDS, child.started)
                if started is None or started[0] != READY:
                    child.kill(CLOSED)
                    return GONE, CLOSED if self._closed else "the decoder could not be started"
                self.made_with = json.loads(started[1])
            work = partial(child.decode, media_type, data)
            answer = await self._within(child, self._seconds, work)
            return answer or (GONE, CLOSED)
        except OSError:
            return GONE, "the decoder could not be started"
        finally:
            if child is not None and not child.alive:
                self._retire(child)
                child = None
            self._slots.put_nowait(child)

    def _start(self) -> Child:
        child = Child(self._memory, self._seconds)
        self._children.add(child)
        return child

    def _retire(self, child: Child | None) -> None:
        if child is None:
            return
        self._children.discard(child)
        if self._closed:
            child.close()
        else:
            self._threads.submit(child.close)

    async def _within(self, child: Child, seconds: float, work: Callable[[], _T]) -> _T | None:
        """Let a thread talk to a child for so long at most; None where everything was closed meanwhile."""
        if self._closed:
            return None
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, child.kill, OVERRUN)
        try:
            return await loop.run_in_executor(self._threads, work)
        except asyncio.CancelledError:
            child.kill(CANCELLED)
            raise
        finally:
            timer.cancel()

    def _seen(self, answer: Answer, decoder: str) -> Decode:
        """An answer as a value. The child's text is shown quoted, whatever the child says."""
        code, text = answer
        if code == answers.FINE:
            return Decode(decoder=decoder)
        if code == answers.ERRORS:
            return Decode(decoder=decoder, errors=f"it says {quoted(text)}")
        if code == answers.SECOND_ERRORS:
            return Decode(decoder=PYAV, errors=f"it says {quoted(text)}")
        if code == answers.MISSING:
            return Decode(decoder=decoder, skipped=NOT_INSTALLED)
        if code == answers.UNKNOWN:
            return Decode(
                decoder=decoder, skipped=f"it was not decoded: {decoder} has no decoder for it"
            )
        if code == answers.FAULT:
            return Decode(decoder=decoder, stopped=f"{decoder} could not be used: {quoted(text)}")
        return Decode(decoder=decoder, stopped=self._stopped(code, text))

    def _stopped(self, code: int, text: str) -> str:
        if code == answers.MEMORY:
            return f"the decoder used more than {self._memory // 1_000_000} MB and was stopped"
        if code == answers.TOO_LARGE:
            return f"the decoder was stopped: {printable(text, 100)}"
        if code == GONE and text == OVERRUN:
            return f"the decoder used more than {self._seconds:g} seconds and was stopped"
        if code == GONE and text == CLOSED:
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
