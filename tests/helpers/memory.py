"""The memory that this process takes, by the kernel's count: that of C libraries is in it. Linux only."""

from __future__ import annotations

import re
from pathlib import Path

_PROCESS = Path("/proc/self")


def mark() -> int:
    """The bytes taken now; from now on the kernel notes the most anew."""
    (_PROCESS / "clear_refs").write_text("5")
    return _most()


def growth_since(mark: int) -> int:
    """How many bytes more than at the mark were taken at the most."""
    return _most() - mark


def _most() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", (_PROCESS / "status").read_text())
    assert found is not None
    return int(found[1]) * 1024
