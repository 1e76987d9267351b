"""The command ``preflight`` from outside, against hosts on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PREFLIGHT = (sys.executable, "-m", "preflight")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def arguments(*more: str | Path) -> list[str]:
    """``preflight check`` that may reach loopback."""
    return [*PREFLIGHT, "check", "--allow-network", "127.0.0.0/8", *map(str, more)]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would change a command."""
    dropped = ("PREFLIGHT_", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "NO_COLOR": "1", **more}


def check(
    *more: str | Path, cwd: Path | None = None, stdin: str | None = None, timeout: float = 50
) -> Ended:
    """Run it to its end."""
    done = subprocess.run(
        arguments(*more),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
        env=environment(),
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start(*more: str | Path, cwd: Path | None = None) -> subprocess.Popen[str]:
    """Begin it."""
    return subprocess.Popen(
        arguments(*more), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environment(),
    )  # fmt: skip


def interrupted(process: subprocess.Popen[str], within_s: float = 10) -> str:
    """What a check has written when Ctrl-C has ended it: in time, silently, with 130."""
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, said = process.communicate(timeout=30)
    assert time.monotonic() - began < within_s
    assert (process.returncode, said) == (130, "")
    return out


def verdicts(path: Path) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The verdict lines of a jsonl report, and its last line."""
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    assert "summary" in lines[-1]
    return lines[:-1], lines[-1]


def children(pid: int) -> list[int]:
    """The child processes of a process, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob(
        "*/children"
    ):  # a thread's children are listed under it
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def command_of(pid: int) -> str:
    """The command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
