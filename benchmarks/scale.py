"""Rate and memory of large audits, with one process and with several, against a fast server on loopback.

    python benchmarks/scale.py --urls 1000000
    python benchmarks/scale.py --urls 50000 --workers 1 --workers 2 --workers 4 --engine processes --engine dask

The server answers every request with one small JPEG and does nothing else, in a process of its own; on a machine with few cores it
competes with what is measured. Memory is the peak of resident memory: of the largest process, as the kernel counted it. It prints figures
and judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import preflight

PHOTO = Path(preflight.__file__).parent / "sandbox" / "data" / "photo.jpg"


class Server(asyncio.Protocol):
    """Answers without looking at anything but the ends of requests."""

    def __init__(self, answer: bytes, latency: float) -> None:
        self.answer, self.latency = answer, latency
        self.rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        *requests, self.rest = (self.rest + data).split(b"\r\n\r\n")
        for _ in requests:
            if self.latency:
                asyncio.get_running_loop().call_later(
                    self.latency, self.transport.write, self.answer
                )
            else:
                self.transport.write(self.answer)


def serve(hosts: int, latency: float) -> None:
    """Run until the process is ended; the ports go to standard output."""
    import uvloop

    body = PHOTO.read_bytes()
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )

    async def run() -> None:
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(lambda: Server(answer, latency), "127.0.0.1", 0, backlog=1024)
            for _ in range(hosts)
        ]
        print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
        await asyncio.Event().wait()

    uvloop.run(run())


def measure(folder: Path, more: list[str]) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds, peak MB) of one check; it must accept everything."""
    command = [
        sys.executable, "-m", "preflight", "check", "urls.txt", "--quick", "--allow-network", "127.0.0.0/8", "-f", "jsonl",
        "-o", "/dev/null", "--no-progress", *more,
    ]  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"the check ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@contextmanager
def served(hosts: int, latency: float) -> Iterator[list[str]]:
    """The ports of a server in a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--serve",
        "--hosts",
        str(hosts),
        "--latency",
        str(latency),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().split()
    finally:
        server.terminate()
        server.wait()


def listed(path: Path, count: int, ports: list[str]) -> None:
    """A list of so many URLs, the hosts in turn."""
    with path.open("w") as out:
        for number in range(count):
            port = ports[number % len(ports)]
            out.write(f"http://127.0.0.1:{port}/campaign/{number:09}.jpg\n")


def runs(engines: list[str], workers: list[int]) -> Iterator[tuple[str, list[str]]]:
    """The local engine, then each other one with each number of workers: a title and the options."""
    yield "local", ["--engine", "local"]
    for engine in engines:
        for count in workers:
            yield f"{engine} {count}", ["--engine", engine, "--workers", str(count)]


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--urls", type=int, default=100_000)
    options.add_argument("--hosts", type=int, default=16)
    options.add_argument("--latency", type=float, default=0, help="milliseconds before each answer")
    options.add_argument(
        "--engine", action="append", help="processes or dask, beside the local one"
    )
    options.add_argument("--workers", action="append", type=int)
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return options.parse_args()


def main() -> None:
    """Serve, list, measure."""
    given = arguments()
    if given.serve:
        serve(given.hosts, given.latency / 1000)
        return
    engines = given.engine or (["processes"] if given.workers else [])
    with served(given.hosts, given.latency) as ports, tempfile.TemporaryDirectory() as name:
        listed(Path(name) / "urls.txt", given.urls, ports)
        print(f"{given.urls:,} URLs on {given.hosts} hosts")
        print(f"{'engine':<16}{'wall s':>9}{'URLs/s':>9}{'CPU s':>9}{'us/URL':>9}{'MB':>7}")
        for title, more in runs(engines, given.workers or [2]):
            wall, cpu, memory = measure(Path(name), more)
            rate, each = given.urls / wall, cpu / given.urls * 1e6
            print(
                f"{title:<16}{wall:9.1f}{rate:9,.0f}{cpu:9.1f}{each:9.0f}{memory:7.0f}", flush=True
            )


if __name__ == "__main__":
    main()
