"""The scheduler under pressure: limits by the servers' own count, pauses, fairness, duplicates, and memory that does not grow."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing, contextmanager

import pytest
from helpers.checking import good, settings
from helpers.crowd import Crowd, Reply, crowd
from helpers.replay import serving

from preflight.audit import Audit, Job, Once, Pace, Spill, each, read_in_thread, run
from preflight.observation import Attempt, Exchange, Failure, FailureKind, Observation, Purpose
from preflight.observe import Depth
from preflight.target import Source, Target

LATE_S = 0.2
"""A server on a busy machine may notice its first request so much later than it was sent."""


def observed(
    urls: Iterable[str], pace: Pace, total_s: float = 10.0
) -> list[tuple[float, Observation]]:
    """Each observation, and when it was there."""
    found: list[tuple[float, Observation]] = []
    job = Job(fetch=settings(total_s=total_s), depth=Depth.QUICK, pace=pace)
    asyncio.run(
        run(
            job,
            [Target(url=url) for url in urls],
            lambda seen: found.append((time.monotonic(), seen)),
        )
    )
    return found


def spread(servers: Crowd, count: int) -> list[str]:
    return [servers.url(f"/{number}.png", number % len(servers.ports)) for number in range(count)]


def test_hosts_of_one_address_share_its_limit() -> None:
    with crowd(8, latency=0.02) as servers:
        found = observed(spread(servers, 240), Pace(jobs=64, per_host=4))
        assert len(found) == 240
        assert max(servers.peaks.values()) <= 4
        assert 4 < servers.together <= 8


def test_an_address_limit_of_ones_own_holds() -> None:
    with crowd(4, latency=0.02) as servers:
        assert len(observed(spread(servers, 60), Pace(jobs=64, per_host=4, per_address=3))) == 60
        assert servers.together == 3


def test_retry_after_holds_for_the_whole_host_and_for_no_other() -> None:
    busy = good(b"busy", "text/plain", "Retry-After: 1").replace(b"200 OK", b"429 Wait")

    def answer(path: str, times: int) -> Reply:
        return busy if path == "/0.png" and times == 1 else good()

    with crowd(2, answer=answer) as servers:
        found = observed(spread(servers, 40), Pace(jobs=8, per_host=1))
        assert len(found) == 40
        mine = sorted(
            at
            for name, times in servers.times.items()
            if name.startswith(f"{servers.ports[0]}/")
            for at in times
        )
        other = [
            at
            for name, times in servers.times.items()
            if name.startswith(f"{servers.ports[1]}/")
            for at in times
        ]
        assert mine[1] - mine[0] >= 1.0 - LATE_S
        assert max(other) < mine[1]


def test_a_pause_that_is_asked_for_in_the_last_attempt_is_kept_too() -> None:
    busy = good(b"busy", "text/plain", "Retry-After: 1").replace(b"200 OK", b"503 Wait")
    with crowd(1, answer=lambda path, times: busy if path == "/0.png" else good()) as servers:
        assert len(observed(spread(servers, 3), Pace(per_host=1, retries=0))) == 3
        times = sorted(at for one in servers.times.values() for at in one)
        assert times[1] - times[0] >= 1.0 - LATE_S


def test_a_silent_host_holds_nobody_elses_requests() -> None:
    """Though all its URLs come first."""
    silent: list[int] = []
    with crowd(2) as servers:
        silent.append(servers.ports[0])
        servers.answer = lambda path, times: None if path.startswith("/silent") else good()
        urls = [servers.url(f"/silent/{number}.png", 0) for number in range(40)]
        urls += [servers.url(f"/{number}.png", 1) for number in range(300)]
        began = time.monotonic()
        found = observed(urls, Pace(jobs=32, per_host=20, retries=0), total_s=2.0)
        good_ones = [at for at, seen in found if "/silent" not in seen.target.url]
        assert len(found) == 340
        assert max(good_ones) - began < 2.0


def test_a_rate_is_kept_for_each_host() -> None:
    with crowd(2) as servers:
        observed(spread(servers, 24), Pace(jobs=64, per_host=16, rate=20))
        for port in servers.ports:
            times = sorted(
                at
                for name, each in servers.times.items()
                if name.startswith(f"{port}/")
                for at in each
            )
            assert times[-1] - times[0] >= 11 / 20 - LATE_S


def test_a_rate_counts_requests() -> None:
    """The default mode asks for each URL twice."""
    with crowd(1) as servers:
        job = Job(fetch=settings(), pace=Pace(rate=20))
        targets = [Target(url=url) for url in spread(servers, 6)]
        asyncio.run(run(job, targets, lambda seen: None))
        times = sorted(at for each in servers.times.values() for at in each)
        assert len(times) == 12
        assert times[-1] - times[0] >= 10 / 20 - LATE_S


def test_a_rate_counts_the_requests_that_only_some_urls_take() -> None:
    """One that redirects is asked for twice as often as was foreseen, and the next URL waits for that."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /there.png\r\nContent-Length: 0\r\n\r\n"
    times: list[float] = []

    def answer(request: bytes) -> list[bytes]:
        times.append(time.monotonic())
        return [good()] if request.startswith(b"GET /there.png ") else [moved]

    async def work() -> None:
        async with serving(answer) as server:
            job = Job(fetch=settings(), depth=Depth.QUICK, pace=Pace(rate=20, per_host=1))
            await run(job, [Target(url=server.url(f"/{n}.png")) for n in range(6)], lambda seen: None)  # fmt: skip

    asyncio.run(work())
    assert len(times) == 12
    assert times[-1] - times[0] >= 10 / 20 - LATE_S


# Duplicates


def emitted(
    places: list[str], once_of: Once[tuple[str, Target]], out: list[tuple[str, Target]]
) -> list[str]:
    """What was let through, where each is done before the next is read."""
    through = []

    async def read() -> None:
        targets = [Target(url=url, source=Source(line=line)) for line, url in enumerate(places, 1)]
        async for target in once_of.fresh(each(targets)):
            through.append(target.url)
            once_of.done(target, (f"result of {target.url}", target))

    asyncio.run(read())
    return through


Emitted = list[tuple[str, Target]]


@contextmanager
def keeping(
    most: int, window: int | None = None
) -> Iterator[tuple[Once[tuple[str, Target]], Emitted]]:
    out: Emitted = []
    spill: Spill[tuple[str, Target]] = Spill(
        lambda result: result[0].encode(), lambda packed, target: (packed.decode(), target), window=window, most=most
    )  # fmt: skip
    with closing(spill):
        yield Once(out.append, lambda result, target: (result[0], target), spill), out


@pytest.mark.parametrize("most", [1, 6_000, 1 << 20])
def test_a_duplicate_is_found_however_long_ago_it_was(most: int) -> None:
    urls = [f"http://h/{number}" for number in range(2_000)]
    with keeping(most) as (once, out):
        assert emitted([*urls, *reversed(urls), *urls[:50]], once, out) == urls
    assert Counter(target.source.line for _, target in out) == Counter(range(1, 4_051))
    assert all(result == f"result of {target.url}" for result, target in out)


def test_on_a_stream_the_window_is_what_it_says() -> None:
    urls = [f"http://h/{number}" for number in range(2_000)]
    with keeping(1, window=512) as (once, out):
        through = emitted([*urls, *urls[-500:], urls[0]], once, out)
    assert through == [*urls, urls[0]]
    assert len(out) == 2_501


def test_a_result_that_is_kept_again_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places of one URL in a resumed run bring its result each time."""
    monkeypatch.setattr("tempfile.TemporaryFile", None)  # what fits into memory needs no file
    target = Target(url="http://h/1")
    with keeping(100) as (once, out):
        for _ in range(1_000):
            once.known(target, ("result of http://h/1", target))
        assert emitted(["http://h/1"], once, out) == []
    assert [result for result, _ in out] == ["result of http://h/1"]


def test_places_of_a_url_that_is_under_way_wait_for_it() -> None:
    with crowd(1, latency=0.1) as servers:
        url = servers.url("/a.png")
        found = observed([url] * 500, Pace())
        assert len(found) == 500
        assert servers.requests == 1


# Sources


def test_a_source_that_blocks_holds_nobody() -> None:
    go_on = threading.Event()

    def source() -> Iterator[Target]:
        yield Target(url="http://h/1")
        go_on.wait(20)
        yield Target(url="http://h/2")

    async def read() -> list[str]:
        seen = []
        async for target in read_in_thread(source()):
            seen.append(target.url)
            go_on.set()  # only somebody who was given the first one can do this
        return seen

    assert asyncio.run(asyncio.wait_for(read(), 10)) == ["http://h/1", "http://h/2"]


def test_an_error_of_a_source_in_a_thread_comes_after_what_was_read() -> None:
    def source() -> Iterator[Target]:
        for number in range(3_000):
            yield Target(url=f"http://h/{number}")
        raise ValueError("broken")

    seen = []

    async def read() -> None:
        async for target in read_in_thread(source()):
            seen.append(target.url)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(read())
    assert len(seen) == 3_000


# Memory


async def unreachable(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
    failure = Failure(kind=FailureKind.REFUSED)
    exchange = Exchange(purpose=Purpose.IDENTITY, url=target.url, failure=failure)
    return Observation(target=target, observed_at=0.0, exchanges=(exchange,), attempts=attempts)


def test_hosts_are_forgotten() -> None:
    done = Counter[str]()
    audit = Audit(unreachable, lambda seen: done.update([seen.target.url]), Pace())
    asyncio.run(audit.run(Target(url=f"http://h{number}.example/") for number in range(30_000)))
    assert len(done) == 30_000
    assert len(audit.hosts) < 15_000


def test_no_more_is_read_than_the_window_holds() -> None:
    read = 0
    stop = asyncio.Event()

    async def source() -> AsyncIterator[Target]:
        nonlocal read
        while True:
            read += 1
            yield Target(url=f"http://h/{read}")

    async def never(target: Target, attempts: tuple[Attempt, ...]) -> Observation:
        await stop.wait()
        raise AssertionError

    async def audit() -> None:
        async with asyncio.timeout(0.5):
            await Audit(never, lambda seen: None, Pace()).run(source())

    with pytest.raises(TimeoutError):
        asyncio.run(audit())
    assert 64 < read <= 8_193
