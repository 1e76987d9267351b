"""The command from outside: a process of its own, in a directory of its own, with an environment that nobody else set."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from preflight.sandbox import Hosting, Sandbox
from preflight.sandbox.gateway import SandboxGateway

T = TypeVar("T")
LOCAL = ("--allow-network", "127.0.0.0/8")
"""What lets a check reach the sandbox."""
LOOPBACK = ("127.0.0.0/8",)
"""What lets a guard reach it."""
_DROPPED = ("PREFLIGHT_", "GITHUB_", "_PREFLIGHT", "COV_", "PYTHON")
_ALSO = {
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "CI",
    "TERM",
}


@dataclass(frozen=True)
class Result:
    """How a run ended, and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def all(self) -> str:
        """Everything that anyone could read."""
        return self.out + self.err


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without anything that a run would heed, and with ``extra``."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and name.upper() not in _ALSO
    }
    return {**kept, "TERM": "xterm-256color", **(extra or {})}


def command(*words: str) -> list[str]:
    """The words of a run."""
    return [sys.executable, "-m", "preflight", *words]


def preflight(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str | bytes = b"",
    under: Iterable[str] = (),
) -> Result:  # fmt: skip
    """Run the command to its end, in ``cwd`` or in the root directory, perhaps ``under`` another program."""
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [*under, *command(*words)], cwd=cwd or "/", env=environment(env), input=given, capture_output=True, timeout=45, check=False
    )  # fmt: skip
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def together(runs: Iterable[tuple[str, ...]], cwd: Path | None = None) -> list[Result]:
    """Several runs at once, in order."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda words: preflight(*words, cwd=cwd), runs))


class Stage:
    """The sandbox on a loop of its own, so that the processes of a test can be served while the test waits for them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.box = Sandbox(Hosting(slow_s=60), SandboxGateway())
        self.run(self.box.__aenter__())

    @property
    def hosting(self) -> Hosting:
        """The web server."""
        return self.box.hosting

    @property
    def gateway(self) -> SandboxGateway:
        """The gateway."""
        return self.box.gateway

    def url(self, path: str) -> str:
        """The whole URL of a path."""
        return self.box.hosting.url(path)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something on the servers' loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def close(self) -> None:
        """Stop the servers."""
        self.run(self.box.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def asked(self, path: str, times: int = 1) -> None:
        """Wait until a path was asked for so often."""
        async with asyncio.timeout(30):
            while self.hosting.counts[path] < times:
                await asyncio.sleep(0.01)
