"""The parent's side of one decoding child: start it, hand it a file, take its answer, end it.

A child is talked to by a thread that blocks on its pipes; killing the child is what ends every wait. That works the same on every
loop and platform.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from .decode_answer import TOO_LARGE, Answer
from .decode_child import READY, REPLY, REQUEST

GONE = -1
"""In place of a code: the child ended without an answer."""
OVERRUN, CLOSED, CANCELLED = "overrun", "closed", "cancelled"
"""Why we ended a child, in place of the text."""
_CODES = (READY, *range(TOO_LARGE + 1))
_BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])['path'];"
    "from preflight.media.decode_child import main; main()"
)
"""Isolated from the working directory and the environment, but with the places where this process finds its packages."""
_INHERITED = (
    "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP",
)  # fmt: skip


class Child:
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
        """Whether it can be given another file."""
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
        return GONE, self.reason or _ending(status)

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
    return OVERRUN if name in ("SIGALRM", "SIGXCPU") else f"the decoder died of {name}"
