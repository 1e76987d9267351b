"""Whether the process that left an intention may still be at work. A guess that errs towards yes."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path


def this_process() -> str:
    """This process as ``host/pid/start``, so that a number that is used again is not taken for it."""
    return f"{platform.node()}/{os.getpid()}/{_start(os.getpid())}"


def may_be_alive(process: str) -> bool:
    """Whether a process named by ``this_process`` may live. Always yes for another host, and where it cannot be asked."""
    host, _, rest = process.partition("/")
    pid, _, start = rest.partition("/")
    if host != platform.node() or sys.platform == "win32" or not pid.isdecimal():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return _start(int(pid)) == start and not _is_zombie(int(pid))


def _status(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty where there is none. The name before may hold anything but NUL."""
    try:
        return (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()
        )
    except OSError:
        return []


def _start(pid: int) -> str:
    fields = _status(pid)
    return fields[19] if len(fields) > 19 else ""


def _is_zombie(pid: int) -> bool:
    return _status(pid)[:1] in (["Z"], ["X"])
