"""A long list comes through a pipe in constant memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = """
import resource, sys
from preflight import manifest
count, last = 0, None
for last in manifest.read("-", form=sys.argv[1] or None, options=manifest.Options(base_url="https://h")):
    count += 1
print(count, last.source.line, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
LINES: dict[str, Callable[[int], str]] = {
    "text": lambda n: f"https://cdn.example.com/campaign/2026/spring/{n:09}.jpg\n",
    "csv": lambda n: (
        f"{'id,url,size' if n == 0 else f'{n},https://cdn.example.com/{n:09}.jpg,{n}'}\n"
    ),
    "json": lambda n: (
        f'{{"id": {n}, "url": "https:\\/\\/cdn.example.com/{n:09}.jpg", "tags": ["a", null]}}\n'
    ),
    "inventory": lambda n: (
        f'"my-bucket","campaign/2026/{n:09}.jpg","{n}","2026-11-01T00:00:00.000Z"\n'
    ),
    "rss": lambda n: (
        f'{"<rss>" if n == 0 else ""}<item><enclosure url="https://h/{n:09}.mp3" length="{n}"/></item>\n'
    ),
}


def piped(kind: str, count: int, *, packed: bool = False) -> tuple[int, int, int]:
    """(entries, last line, peak memory in KB) of a reader at the other end of a pipe."""
    line = LINES[kind]
    command = [sys.executable, "-c", READ, ""]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        into = (
            gzip.GzipFile(fileobj=process.stdin, mode="wb", compresslevel=1)
            if packed
            else process.stdin
        )
        for start in range(0, count, 1000):
            into.write("".join(map(line, range(start, min(start + 1000, count)))).encode())
        if kind == "rss":
            into.write(b"</rss>")
        into.close()
        process.stdin.close()
        entries, last, peak = map(int, process.stdout.read().split())
    assert process.returncode == 0
    return entries, last, peak


@pytest.mark.parametrize(("kind", "packed"), [*((kind, False) for kind in LINES), ("text", True)])
def test_memory_does_not_grow_with_the_source(kind: str, packed: bool) -> None:
    small = piped(kind, 2_000, packed=packed)
    large = piped(kind, 60_000, packed=packed)
    header = 1 if kind == "csv" else 0
    assert small[:2] == (2_000 - header, 2_000)
    assert large[:2] == (60_000 - header, 60_000)
    assert large[2] < small[2] + 3_000
