"""Runs of each engine: its options, its workers, and a list to check."""

from __future__ import annotations

import subprocess
from pathlib import Path

from helpers.crowd import Crowd
from helpers.runs import arguments, environment

WORKERS = {"processes": "preflight", "dask": "multiprocessing.spawn"}
"""What stands in the command line of a worker, by engine."""
PER_HOST = 4
"""The limit of each host in these runs."""


def options(engine: str) -> list[str]:
    """A quick run on one engine, with two workers where it has any, reported to ``out.jsonl``."""
    more = [] if engine == "local" else ["--workers", "2"]
    return [
        "--quick",
        "--engine",
        engine,
        *more,
        "--per-host",
        str(PER_HOST),
        "-f",
        "jsonl",
        "-o",
        "out.jsonl",
    ]


def listed(folder: Path, hosts: Crowd, count: int) -> list[str]:
    """A list of URLs over all hosts, every tenth of which stands in it twice."""
    urls = [hosts.url(f"/{number}.png", number % len(hosts.ports)) for number in range(count)]
    places = urls + urls[::10]
    (folder / "urls.txt").write_text("\n".join(places) + "\n")
    return places


def at_a_terminal(*more: str, cwd: Path) -> subprocess.Popen[str]:
    """A check with a process group of its own, all of which Ctrl-C reaches."""
    return subprocess.Popen(
        arguments(*more), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(), start_new_session=True,
    )  # fmt: skip
