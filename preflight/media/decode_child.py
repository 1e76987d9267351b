"""The child that decodes foreign media to its end, started by ``decode.py`` and trusted by nobody: what it answers is data.

A request on standard input is ``!HI`` (length of the type, length of the body), then both; a reply on standard output is
``!B?I`` (code, whether this child should be replaced, length of the text), then the text in UTF-8. The first reply, READY with the
libraries' versions, comes unasked. End of input ends it; so does an alarm in the middle of a file, so that it cannot outlive its
parent by long.

Once the libraries are loaded it gives up what it does not need: memory above what it has then, new descriptors (hence files and
sockets), writing to files, core dumps. A platform that lacks one of these limits goes without it.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import struct
import sys
import time
from typing import BinaryIO

from .decode_answer import MEMORY
from .decoders import decode, prepare

if sys.platform != "win32":
    import resource

REQUEST = struct.Struct("!HI")
REPLY = struct.Struct("!B?I")
READY = 100
"""The code of the first reply; the others are those of ``decode_answer``."""


class Limits:
    """What the child may use. ``memory`` in bytes above what it has now, ``seconds`` a file."""

    def __init__(self, memory: int, seconds: float) -> None:
        self._seconds = seconds
        self._statm: int | None = None
        if sys.platform == "win32":
            return
        with contextlib.suppress(OSError):  # Linux only
            self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._tired = self._size() + memory // 8
        if self._statm is not None:
            _limit(resource.RLIMIT_AS, self._size() + memory)
        _limit(resource.RLIMIT_NOFILE, 3 if self._statm is None else self._statm + 1)
        _limit(resource.RLIMIT_FSIZE, 0)
        _limit(resource.RLIMIT_CORE, 0)

    def _size(self) -> int:
        """The address space in use, in bytes; 0 where it cannot be known."""
        if self._statm is None:
            return 0
        return int(os.pread(self._statm, 64, 0).split()[0]) * resource.getpagesize()

    def begin(self) -> None:
        """Backstops for one file, for a parent that no longer watches: both end the process."""
        if sys.platform == "win32":
            return
        signal.setitimer(signal.ITIMER_REAL, 2 * self._seconds + 1)
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + self._seconds) + 1)

    def end(self) -> bool:
        """One file is done: whether so much memory was kept that a new child should take over."""
        if sys.platform == "win32":
            return False
        signal.setitimer(signal.ITIMER_REAL, 0)
        return self._statm is not None and self._size() > self._tired


def _limit(kind: int, most: int) -> None:
    """Lower a limit as far as the platform knows it and allows."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        # The time of a process that lives on must be raised again for its next file.
        resource.setrlimit(kind, (most, hard if kind == resource.RLIMIT_CPU else most))


def serve(requests: BinaryIO, replies: BinaryIO, limits: Limits) -> None:
    """Answer requests until their end."""
    while len(head := requests.read(REQUEST.size)) == REQUEST.size:
        name, length = REQUEST.unpack(head)
        limits.begin()
        media_type = requests.read(name).decode("ascii")
        try:
            code, text = decode(requests.read(length), media_type)
        except MemoryError:
            code, text = MEMORY, ""
        reply(replies, code, text, tired=limits.end() or code == MEMORY)


def reply(replies: BinaryIO, code: int, text: str, *, tired: bool) -> None:
    """Write one reply; of a long text, the beginning."""
    octets = text[:1000].encode("utf-8", "replace")
    replies.write(REPLY.pack(code, tired, len(octets)) + octets)
    replies.flush()


def main() -> None:
    """Load, limit, answer."""
    settings = json.loads(sys.argv[1])
    versions = prepare()
    limits = Limits(settings["memory"], settings["seconds"])
    reply(sys.stdout.buffer, READY, versions, tired=False)
    serve(sys.stdin.buffer, sys.stdout.buffer, limits)
