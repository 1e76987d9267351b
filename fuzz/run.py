"""Fuzz the pure rooms with atheris, one child a target, side by side: python fuzz/run.py --minutes 10

A target is a function that takes bytes and raises where a promise is broken. A finding is printed with the bytes that made it, and the
exit code is 1; put them into fixtures/wire/vectors.toml or the table of the test that should have known.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = ("head", "chunks", "url", "address", "masking")


def main() -> int:
    """Run every target for its share of the time, two at once; report the executions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="for all targets together")
    parser.add_argument("targets", nargs="*", default=TARGETS)
    chosen = parser.parse_args()
    seconds = max(1, int(chosen.minutes * 60 * 2 / len(chosen.targets)))
    failed = 0
    waiting, running = list(chosen.targets), {}
    while waiting or running:
        while waiting and len(running) < 2:
            name = waiting.pop(0)
            command = [
                sys.executable,
                str(HERE / f"fuzz_{name}.py"),
                f"-max_total_time={seconds}",
                "-max_len=4096",
                "-print_final_stats=1",
            ]
            running[name] = subprocess.Popen(
                command, stderr=subprocess.PIPE, text=True, cwd=HERE.parent
            )
        name, process = next(iter(running.items()))
        _, told = process.communicate()
        del running[name]
        failed += _report(name, process.returncode, told)
    return 1 if failed else 0


def _report(name: str, code: int, told: str) -> bool:
    count = re.search(r"number_of_executed_units: (\d+)", told)
    rate = re.search(r"average_exec_per_sec:\s+(\d+)", told)
    shown = f"{int(count[1]):,} runs, {int(rate[1]):,} a second" if count and rate else "no figures"
    print(
        f"{time.strftime('%H:%M:%S')} {name}: {shown}{'' if code == 0 else ': FAILED'}", flush=True
    )
    if code:
        print(told[-4_000:])
    return code != 0


if __name__ == "__main__":
    sys.exit(main())
