"""What passes is tried again, and what will not is left alone: retries, pauses and breakers, by the servers' own counts."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from helpers.auditing import BUSY, audit
from helpers.checking import good, joined, names, rules, sinch
from helpers.replay import End, Step, always, serving

from preflight.audit import Audit, Pace
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
from preflight.target import Target
from preflight.verdict import Severity
from preflight.wire.resolve import Resolver


def by_count(*steps: Sequence[Step]) -> tuple[Callable[[bytes], Sequence[Step]], Counter[str]]:
    """An answer that goes on from step to step for each path; the last one for ever. And how often each was asked."""
    asked: Counter[str] = Counter()

    def answer(request: bytes) -> Sequence[Step]:
        path = request.split(b" ")[1].decode()
        asked[path] += 1
        return steps[min(asked[path], len(steps)) - 1]

    return answer, asked


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


@pytest.mark.parametrize("pause", ["2", "date"])
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
                if pause == "2"
                else time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3))
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
            assert max(times["other"]) < 1.9
            assert min(times["busy"][1:]) >= 1.9

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
