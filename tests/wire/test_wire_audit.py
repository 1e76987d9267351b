"""Many URLs: retries, pauses, breakers and limits, by the servers' own counts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import pytest
from helpers.checking import good, joined, names, rules, settings, sinch
from helpers.replay import End, Step, Wait, always, serving

from preflight.audit import Audit, Job, Pace, run
from preflight.judging import judge
from preflight.observation import (
    Attempt,
    Exchange,
    Failure,
    FailureKind,
    Head,
    Observation,
    Purpose,
)
from preflight.observe import Depth, Observer
from preflight.target import Source, Target
from preflight.verdict import Severity, Verdict
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver

PACE = Pace()


async def audit(
    urls: Sequence[str], *, pace: Pace = PACE, jitter: Callable[[], float] = lambda: 0.0, total_s: float = 10.0,
    resolver: Resolver | None = None,
) -> list[Verdict]:  # fmt: skip
    """Verdicts in the order in which they came."""
    seen: list[Observation] = []
    fetcher = Fetcher(settings(total_s=total_s), resolver)
    observer = Observer(fetcher=fetcher, depth=Depth.QUICK)
    try:
        await Audit(observer.observe, seen.append, pace, jitter=jitter).run(
            [Target(url=url) for url in urls]
        )
    finally:
        await fetcher.close()
    return [judge(one, sinch()) for one in seen]


def by_count(*steps: Sequence[Step]) -> tuple[Callable[[bytes], Sequence[Step]], Counter[str]]:
    """An answer that goes on from step to step for each path; the last one for ever. And how often each was asked."""
    asked: Counter[str] = Counter()

    def answer(request: bytes) -> Sequence[Step]:
        path = request.split(b" ")[1].decode()
        asked[path] += 1
        return steps[min(asked[path], len(steps)) - 1]

    return answer, asked


BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "bad",
    [
        [BUSY], [End.CLOSE], [End.RESET], [b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"],
        [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"], [b"HTTP/1.1 503 Busy\r\nno colon\r\n\r\n"],
        [b"HTTP/1.1 429 Slow\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    ],
    ids=["503", "closed", "reset", "429", "503 of two framings", "503 with a bad line", "429 of two lengths"],
)  # fmt: skip
def test_what_passes_is_tried_again_and_shown(bad: Sequence[Step]) -> None:
    async def work() -> None:
        answer, asked = by_count(bad, bad, [good()])
        async with serving(answer) as server:
            (verdict,) = await audit([server.url()])
            assert verdict.accepted and verdict.attempts == 3 and asked["/x.png"] == 3

    asyncio.run(work())


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_no_more_than_the_retries_asked_for(retries: int) -> None:
    async def work() -> None:
        async with serving(always(BUSY)) as server:
            (verdict,) = await audit([server.url()], pace=Pace(retries=retries))
            assert (str(verdict.outcome), verdict.attempts) == ("unknown", retries + 1)
            assert len(server.seen.requests) == retries + 1

    asyncio.run(work())


@pytest.mark.parametrize(
    "bad",
    [
        b"HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 302 F\r\nLocation: /x.png\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_what_stays_is_asked_once(bad: bytes) -> None:
    async def work() -> None:
        async with serving(always(bad)) as server:
            (verdict,) = await audit([server.url()])
            assert verdict.attempts == 1 and len(server.seen.requests) == 1

    asyncio.run(work())


def test_the_wait_is_full_jitter_under_a_doubling_cap() -> None:
    async def work() -> None:
        seen: list[float] = []

        async def observe(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
            seen.append(asyncio.get_running_loop().time())
            return failed(target, FailureKind.TIMEOUT, attempts)

        async def waits(jitter: Callable[[], float]) -> list[float]:
            seen.clear()
            await Audit(observe, lambda _: None, Pace(retries=2), jitter=jitter).run(
                [Target(url="http://a.example/")]
            )
            return [after - before for before, after in pairwise(seen)]

        assert all(gap < 0.3 for gap in await waits(lambda: 0.0))
        assert all(
            low <= gap < low + 0.3
            for gap, low in zip(await waits(lambda: 0.1), (0.05, 0.1), strict=True)
        )

    asyncio.run(work())


def failed(
    target: Target, kind: FailureKind, attempts: tuple[Attempt, ...] = (), peer: str | None = None
) -> Observation:
    exchange = Exchange(
        purpose=Purpose.IDENTITY, url=target.url, peer=peer, failure=Failure(kind=kind, detail="so")
    )
    return Observation(target=target, observed_at=0.0, exchanges=(exchange,), attempts=attempts)


def fine(target: Target) -> Observation:
    head = Head(version="HTTP/1.1", status=200)
    return Observation(
        target=target,
        observed_at=0.0,
        exchanges=(Exchange(purpose=Purpose.IDENTITY, url=target.url, head=head),),
    )


@pytest.mark.parametrize("pause", ["1", "date"])
def test_retry_after_holds_the_whole_host_and_no_other(pause: str) -> None:
    async def work() -> None:
        times: dict[str, list[float]] = {"busy": [], "other": []}
        started = time.monotonic()

        def answer(request: bytes) -> Sequence[Step]:
            host = "busy" if b"Host: busy" in request else "other"
            first = not times[host]
            times[host].append(time.monotonic() - started)
            when = (
                pause
                if pause == "1"
                else time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2))
            )
            if host == "busy" and first:
                return [
                    f"HTTP/1.1 429 Slow\r\nRetry-After: {when}\r\nContent-Length: 0\r\n\r\n".encode()
                ]
            return [good()]

        async with serving(answer) as server:
            resolver = Resolver(
                names({"busy.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]})
            )
            urls = [
                server.url(f"/{n}.png", host)
                for n in range(10)
                for host in ("busy.example", "other.example")
            ]
            verdicts = await audit(urls, pace=Pace(per_host=1), resolver=resolver)
            assert set(joined(verdicts)) == {"accept"} and len(verdicts) == 20
            assert max(times["other"]) < 0.9
            assert min(times["busy"][1:]) >= 0.9

    asyncio.run(work())


def test_an_origin_that_cannot_be_connected_to_is_left_alone_and_never_rejected() -> None:
    async def work() -> None:
        calls: Counter[str] = Counter()

        async def observe(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
            calls[target.url] += 1
            await asyncio.sleep(0)
            return (
                fine(target)
                if "good" in target.url
                else failed(target, FailureKind.TIMEOUT, attempts)
            )

        seen: list[Observation] = []
        targets = [
            Target(url=f"http://{host}.example:8080/{n}")
            for n in range(100)
            for host in ("dead", "good")
        ]
        await Audit(observe, seen.append, Pace(per_host=1, retries=0)).run(targets)
        dead = [judge(one, sinch()) for one in seen if "dead" in one.target.url]
        assert len(dead) == 100 and {str(verdict.outcome) for verdict in dead} == {"unknown"}
        assert sum(count for url, count in calls.items() if "dead" in url) == 5
        assert Counter(rule for verdict in dead for rule in rules(verdict)) == {
            "timeout": 5,
            "not-checked": 95,
        }
        skipped = [verdict for verdict in dead if rules(verdict) == ["not-checked"]]
        assert not any(rules(verdict, Severity.WARNING) for verdict in skipped)
        assert sum(count for url, count in calls.items() if "good" in url) == 100

    asyncio.run(work())


def test_a_url_that_was_seen_to_fail_keeps_what_was_seen_when_the_breaker_opens() -> None:
    async def work() -> None:
        async def observe(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
            return failed(target, FailureKind.TIMEOUT, attempts)

        seen: list[Observation] = []
        targets = [Target(url=f"http://dead.example/{n}") for n in range(5)]
        await Audit(observe, seen.append, Pace(retries=2), jitter=lambda: 0.0).run(targets)
        assert {rules(judge(one, sinch()))[0] for one in seen} == {"timeout"}

    asyncio.run(work())


@pytest.mark.parametrize("kind", [FailureKind.CLOSED, FailureKind.TIMEOUT])
def test_slow_answers_of_a_host_that_can_be_reached_open_no_breaker(kind: FailureKind) -> None:
    async def work() -> None:
        async def observe(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
            return failed(target, kind, attempts, peer="127.0.0.1")

        seen: list[Observation] = []
        await Audit(observe, seen.append, Pace(retries=0)).run(
            [Target(url=f"http://a.example/{n}") for n in range(30)]
        )
        assert not any("not-checked" in rules(judge(one, sinch())) for one in seen)

    asyncio.run(work())


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
