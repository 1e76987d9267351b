"""What one URL costs on its way through the house, in microseconds of CPU: each floor added to the ones below it.

    python benchmarks/layers.py --urls 20000 --jobs 16

One nginx on loopback serves 8 KB JPEGs; every line is a process of its own, and counts its own user and system time without its start-up, in the
median of ``--rounds``. The pure steps are timed alone at the end, on one kept observation, and some on what a CDN sends. It prints figures and judges nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from speed import memory, stage

from preflight.audit import Job, Pace, run
from preflight.judging import judge
from preflight.media.examine import examine
from preflight.observation import Observation, Purpose
from preflight.observe import Depth, Observer
from preflight.profile import Profile, load
from preflight.report import Look, open_report, shown
from preflight.target import Target
from preflight.wire.address import networks
from preflight.wire.fetch import Fetcher
from preflight.wire.head import read_head
from preflight.wire.reply import Keep, Plan
from preflight.wire.request import Ask
from preflight.wire.settings import FetchSettings
from preflight.wire.signed import signed

Step = Callable[[str], Awaitable[object]]

_CDN_HEAD = "\r\n".join(
    [
        "HTTP/1.1 200 OK", "Content-Type: image/jpeg", "Content-Length: {n}", "Connection: keep-alive", "Date: Mon, 23 Nov 2026 03:00:00 GMT",
        "Last-Modified: Mon, 23 Nov 2026 03:28:10 GMT", 'ETag: "{n:032x}"', "x-amz-server-side-encryption: AES256",
        "Cache-Control: public, max-age=31536000", "Accept-Ranges: bytes", "Server: AmazonS3", "X-Cache: Hit from cloudfront",
        "Via: 1.1 {n:032x}.cloudfront.net (CloudFront)", "X-Amz-Cf-Pop: FRA56-P9", "X-Amz-Cf-Id: {n:056x}", "Age: {n}", "", "",
    ]
)  # fmt: skip


def settings(profile: Profile) -> FetchSettings:
    """Loopback is let in."""
    return FetchSettings(profile=profile, allow_networks=networks(["127.0.0.0/8"]))


async def in_turn(urls: list[str], jobs: int, step: Step) -> None:
    """``jobs`` loops that take the next URL each: the least that can be called a schedule."""
    following = iter(urls)

    async def work() -> None:
        for url in following:
            await step(url)

    await asyncio.gather(*(work() for _ in range(jobs)))


async def measured(name: str, urls: list[str], jobs: int) -> None:
    """Run one layer over all URLs."""
    profile = load("sinch")
    if name == "audit":
        job = Job(fetch=settings(profile), depth=Depth.QUICK, pace=Pace(jobs=jobs, per_host=jobs))
        await run(job, [Target(url=url) for url in urls], lambda seen: None)
        return
    fetcher = Fetcher(settings(profile))
    observer = Observer(fetcher=fetcher, depth=Depth.QUICK)
    ask = Ask(
        purpose=Purpose.IDENTITY,
        accept="*/*",
        encoding="identity",
        planner=lambda _: Plan(Keep.BYTES, 1_000_000),
    )

    async def fetch(url: str) -> None:
        fetched = await fetcher.fetch(url, ask, asyncio.get_running_loop().time() + 20)
        fetcher.release(fetched)

    async def observe(url: str) -> Observation:
        return await observer.observe(Target(url=url))

    steps: dict[str, Step] = {"fetch": fetch, "observe": observe}
    await in_turn(urls, jobs, steps[name])
    await fetcher.close()


def child(name: str, urls: list[str], jobs: int) -> None:
    """One layer in this process: prints the CPU it took, user and system, in microseconds a URL."""
    import uvloop

    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    before = resource.getrusage(resource.RUSAGE_SELF)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(measured(name, urls, jobs))
    after = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            [
                (after.ru_utime - before.ru_utime) / len(urls) * 1e6,
                (after.ru_stime - before.ru_stime) / len(urls) * 1e6,
            ]
        )
    )


def alone(urls: list[str]) -> dict[str, float]:
    """The pure steps on one observation: microseconds each, the best of five."""
    profile = load("sinch")
    seen: list[Observation] = []
    job = Job(fetch=settings(profile), depth=Depth.QUICK)
    asyncio.run(run(job, [Target(url=urls[0])], seen.append))
    observation = seen[0]
    raw = observation.identity.raw_head.encode("latin-1")
    data = bytes(asyncio.run(_body(urls[0], profile)))
    verdict = judge(observation, profile)
    with Path(os.devnull).open("w") as nowhere:
        report = open_report("jsonl", nowhere, Look())
        return {
            "head": _best(lambda: read_head(raw)),
            "type, header, structure": _best(
                lambda: examine(
                    data, whole=True, length=len(data), declared="image/jpeg", extension="jpg"
                )
            ),
            "rules": _best(lambda: judge(observation, profile)),
            "report (jsonl)": _best(lambda: report.add(verdict, None)),
        }


def of_a_cdn() -> dict[str, float]:
    """The steps that cost more there than on loopback: heads in which five lines are new each time, and URLs with a query."""
    heads = cycle([_CDN_HEAD.format(n=number).encode() for number in range(2_000)])
    urls = cycle(
        [f"https://cdn.example/2026/11/{number:06}.jpg?v={number}&w=640" for number in range(2_000)]
    )
    look = Look()
    return {
        "head (CDN)": _best(lambda: read_head(next(heads))),
        "signature's end (query)": _best(lambda: signed(next(urls))),
        "URL shown (query)": _best(lambda: shown.url(next(urls), look)),
    }


async def _body(url: str, profile: Profile) -> bytes:
    fetcher = Fetcher(settings(profile))
    ask = Ask(
        purpose=Purpose.IDENTITY,
        accept="*/*",
        encoding="identity",
        planner=lambda _: Plan(Keep.BYTES, 1_000_000),
    )
    fetched = await fetcher.fetch(url, ask, asyncio.get_running_loop().time() + 20)
    await fetcher.close()
    return fetched.body


def _best(step: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        before = time.perf_counter()
        for _ in range(2_000):
            step()
        times.append((time.perf_counter() - before) / 2_000 * 1e6)
    return min(times)


def in_children(layer: str, folder: Path, jobs: int, rounds: int) -> None:
    """One layer in processes of its own: print the medians."""
    command = [
        sys.executable,
        __file__,
        "--jobs",
        str(jobs),
        "--child",
        layer,
        str(folder / "urls.txt"),
    ]
    runs = [
        json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        for _ in range(rounds)
    ]
    user, system = (statistics.median(run[column] for run in runs) for column in (0, 1))
    print(f"{layer:<28}{user:8.1f} user{system:8.1f} system{user + system:8.1f} us")


def whole(folder: Path, jobs: int, count: int) -> None:
    """The command itself, start-up included."""
    command = [
        str(Path(sys.executable).with_name("preflight")), "check", str(folder / "urls.txt"), "--quick", "--workers", "1", "--allow-network", "127.0.0.0/8",
        "--jobs", str(jobs), "--per-host", str(jobs), "-f", "jsonl", "-o", str(folder / "out.jsonl"), "--no-progress",
    ]  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    user = (after.ru_utime - before.ru_utime) / count * 1e6
    system = (after.ru_stime - before.ru_stime) / count * 1e6
    print(
        f"{'check --quick -f jsonl':<28}{user:8.1f} user{system:8.1f} system{user + system:8.1f} us, start-up included"
    )


def main() -> None:
    """Set the stage, and measure each layer."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--urls", type=int, default=5_000)
    options.add_argument("--jobs", type=int, default=16)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]).read_text().split(), given.jobs)
        return
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        folder = Path(name)
        with stage(folder, given.urls) as urls:
            for layer in ("fetch", "observe", "audit"):
                in_children(layer, folder, given.jobs, given.rounds)
            whole(folder, given.jobs, given.urls)
            for step, cost in (alone(urls) | of_a_cdn()).items():
                print(f"{step:<28}{cost:8.1f} us alone")


if __name__ == "__main__":
    main()
