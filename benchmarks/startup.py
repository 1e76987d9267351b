"""What starting costs, against a bare interpreter: ``import preflight`` and ``preflight --version``.

python benchmarks/startup.py

Medians of 20 processes each, in turn, so that a noisy machine harms all alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 20
COMMAND = Path(sys.executable).with_name("preflight")
RUNS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "import preflight": [sys.executable, "-c", "import preflight"],
    "import preflight; preflight.judge": [sys.executable, "-c", "import preflight; preflight.judge"],
    "import preflight; preflight.Guard": [sys.executable, "-c", "import preflight; preflight.Guard"],
    "preflight --version": [str(COMMAND), "--version"] if COMMAND.exists() else [sys.executable, "-m", "preflight", "--version"],
}  # fmt: skip
GOALS = {"import preflight": 50, "preflight --version": 100}


def milliseconds(words: list[str]) -> float:
    before = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True, cwd=os.sep)
    return (time.perf_counter() - before) * 1000


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in RUNS}
    for number in range(ROUNDS + 1):
        for name, words in RUNS.items():
            took = milliseconds(words)
            if number:  # the first round warms the disk's cache
                times[name].append(took)
    bare = statistics.median(times["bare interpreter"])
    for name, all_of_them in times.items():
        median = statistics.median(all_of_them)
        goal = f"   (goal: under {GOALS[name]})" if name in GOALS else ""
        print(f"{name:<36}{median:8.1f} ms   {median - bare:+8.1f} ms{goal}")


if __name__ == "__main__":
    main()
