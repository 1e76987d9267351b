"""Many URLs at once: limits by the servers' own count, slow and bad ones among others, and how a run ends."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from helpers.auditing import BUSY, audit
from helpers.checking import good, joined, names, rules, settings, sinch
from helpers.replay import End, Step, Wait, always, serving

from preflight.audit import Job, Pace, run
from preflight.judging import judge
from preflight.observation import Observation
from preflight.observe import Depth
from preflight.target import Source, Target
from preflight.wire.resolve import Resolver


def test_a_url_in_two_places_is_fetched_once_and_reported_twice() -> None:
    async def work() -> None:
        async with serving(always(Wait(0.02), good())) as server:
            seen: list[Observation] = []
            places = [
                Target(url=server.url(), source=Source(file="a.txt", line=line))
                for line in range(1, 6)
            ]
            await run(Job(fetch=settings(), depth=Depth.QUICK), places, seen.append)
            assert sorted(one.target.source.line or 0 for one in seen) == [1, 2, 3, 4, 5]
            assert len(server.seen.requests) == 1

    asyncio.run(work())


def test_the_limits_are_never_exceeded() -> None:
    async def work() -> None:
        async with serving(always(Wait(0.005), good())) as server:
            verdicts = await audit(
                [server.url(f"/{n}.png") for n in range(120)], pace=Pace(jobs=64, per_host=3)
            )
            assert set(joined(verdicts)) == {"accept"}
            assert server.seen.most_open == 3
        async with serving(always(Wait(0.005), good())) as server:
            hosts = {f"h{n}.example": ["127.0.0.1"] for n in range(30)}
            urls = [server.url(f"/{n}.png", host) for n in range(4) for host in hosts]
            await audit(urls, pace=Pace(jobs=7, per_host=3), resolver=Resolver(names(hosts)))
            assert server.seen.most_open == 7

    asyncio.run(work())


def test_a_slow_host_holds_up_only_itself() -> None:
    async def work() -> None:
        def answer(request: bytes) -> Sequence[Step]:
            return [Wait(0.3), good()] if b"Host: slow" in request else [good()]

        async with serving(answer) as server:
            resolver = Resolver(
                names({"slow.example": ["127.0.0.1"], "quick.example": ["127.0.0.1"]})
            )
            urls = [server.url(f"/{n}.png", "slow.example") for n in range(8)]
            urls += [server.url(f"/{n}.png", "quick.example") for n in range(50)]
            verdicts = await audit(urls, pace=Pace(jobs=6, per_host=4), resolver=resolver)
            order = ["slow" if "slow" in verdict.url else "quick" for verdict in verdicts]
            assert order.index("slow") >= 30

    asyncio.run(work())


def test_the_rate_holds_for_each_host() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            started = time.monotonic()
            await audit([server.url(f"/{n}.png") for n in range(11)], pace=Pace(rate=25.0))
            assert 0.36 <= time.monotonic() - started < 5

    asyncio.run(work())


def test_a_few_bad_ones_among_many_leave_the_others_alone() -> None:
    async def work() -> None:
        flapping: Counter[str] = Counter()

        def answer(request: bytes) -> Sequence[Step]:
            path = request.split(b" ")[1].decode()
            number = int(path.strip("/").partition(".")[0])
            if number % 100 == 7:
                return [End.HANG]
            if number % 100 == 33:
                return [End.RESET]
            flapping[path] += 1
            if number % 100 == 55 and flapping[path] < 3:
                return [BUSY]
            return [good()]

        async with serving(answer) as server:
            urls = [server.url(f"/{n}.png") for n in range(600)]
            verdicts = await audit(urls, pace=Pace(per_host=32), total_s=1.0)
            found = Counter((str(verdict.outcome), *rules(verdict)) for verdict in verdicts)
            assert found == {
                ("accept",): 588,
                ("unknown", "timeout"): 6,
                ("unknown", "unreachable-host"): 6,
            }

    asyncio.run(work())


def test_cancelling_stops_at_once_and_keeps_what_was_done() -> None:
    async def work() -> None:
        def answer(request: bytes) -> Sequence[Step]:
            return [good()] if b"/good" in request else [End.HANG]

        async with serving(answer) as server:
            seen: list[Observation] = []
            targets = [Target(url=server.url(f"/good{n}.png")) for n in range(10)]
            targets += [Target(url=server.url(f"/hang{n}.png")) for n in range(200)]
            task = asyncio.create_task(
                run(Job(fetch=settings(total_s=30.0), depth=Depth.QUICK), targets, seen.append)
            )
            while len(seen) < 10:
                await asyncio.sleep(0.005)
            started = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - started < 10
            assert [judge(one, sinch()).accepted for one in seen] == [True] * 10

    asyncio.run(work())


def test_a_source_that_breaks_is_told_after_what_was_read_is_done() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:

            def targets() -> Iterator[Target]:
                yield from (Target(url=server.url(f"/{n}.png")) for n in range(5))
                raise OSError("the disk is gone")

            seen: list[Observation] = []
            with pytest.raises(OSError, match="disk"):
                await run(Job(fetch=settings(), depth=Depth.QUICK), targets(), seen.append)
            assert len(seen) == 5

    asyncio.run(work())


def test_many_names_of_one_address_share_its_limit() -> None:
    async def work() -> None:
        async with serving(always(Wait(0.005), good())) as server:
            hosts = {f"h{n}.example": ["127.0.0.1"] for n in range(40)}
            targets = [
                Target(url=server.url(f"/{n}.png", host)) for n in range(3) for host in hosts
            ]
            seen: list[Observation] = []
            job = Job(
                fetch=settings(), depth=Depth.QUICK, pace=Pace(jobs=64, per_host=2, per_address=5)
            )
            await run(job, targets, seen.append, resolver=Resolver(names(hosts)))
            assert len(seen) == 120 and server.seen.most_open <= 5

    asyncio.run(work())
