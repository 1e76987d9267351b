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


def main() -> None:
    """Serve, list, measure."""
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
    given = options.parse_args()
    if given.serve:
        serve(given.hosts, given.latency / 1000)
        return
    command = [
        sys.executable,
        __file__,
        "--serve",
        "--hosts",
        str(given.hosts),
        "--latency",
        str(given.latency),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        ports = server.stdout.readline().split()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with (folder / "urls.txt").open("w") as out:
                for number in range(given.urls):
                    out.write(
                        f"http://127.0.0.1:{ports[number % len(ports)]}/campaign/{number:09}.jpg\n"
                    )
            print(
                f"{given.urls:,} URLs on {given.hosts} hosts\n{'engine':<16}{'wall s':>9}{'URLs/s':>9}{'CPU s':>9}{'us/URL':>9}{'MB':>7}"
            )
            runs = [("local", ["--engine", "local"])]
            for engine in given.engine or (["processes"] if given.workers else []):
                for workers in given.workers or [2]:
                    runs.append(
                        (f"{engine} {workers}", ["--engine", engine, "--workers", str(workers)])
                    )
            for title, more in runs:
                wall, cpu, memory = measure(folder, more)
                print(
                    f"{title:<16}{wall:9.1f}{given.urls / wall:9,.0f}{cpu:9.1f}{cpu / given.urls * 1e6:9.0f}{memory:7.0f}",
                    flush=True,
                )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
