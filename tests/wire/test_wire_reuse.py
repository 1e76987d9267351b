"""Kept connections, names, descriptors and the budget of body bytes: nothing of ours becomes a URL's fault."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence

import pytest
from helpers.checking import PNG, good, names, rules, settings, sinch
from helpers.replay import End, Step, Wait, always, serving

from preflight.judging import judge
from preflight.observation import FailureKind, Observation
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.verdict import Verdict
from preflight.wire.budget import Budget
from preflight.wire.connection import Connection
from preflight.wire.fetch import Fetcher
from preflight.wire.reply import Reply
from preflight.wire.resolve import ResolutionError, Resolver, ThreadedLookup

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"


async def look(fetcher: Fetcher, url: str, depth: Depth = Depth.QUICK) -> Verdict:
    return judge(await Observer(fetcher=fetcher, depth=depth).observe(Target(url=url)), sinch())


async def several(answer: Sequence[Step], count: int = 3) -> tuple[list[Verdict], int, int]:
    """So many URLs one after the other by one fetcher: verdicts, connections, requests."""
    async with serving(always(*answer)) as server:
        fetcher = Fetcher(settings(total_s=5.0))
        try:
            verdicts = [
                await look(fetcher, server.url(f"/{number}.png")) for number in range(count)
            ]
        finally:
            await fetcher.close()
        return verdicts, server.seen.connections, len(server.seen.requests)


def test_a_sound_connection_is_used_again() -> None:
    verdicts, connections, requests = asyncio.run(several([good()], 10))
    assert all(verdict.accepted for verdict in verdicts)
    assert (connections, requests) == (1, 10)


def test_so_is_one_of_chunks() -> None:
    chunks = HEAD + b"Transfer-Encoding: chunked\r\n\r\n43\r\n" + PNG + b"\r\n0\r\n\r\n"
    _, connections, requests = asyncio.run(several([chunks]))
    assert (connections, requests) == (1, 3)


@pytest.mark.parametrize(
    "answer",
    [
        good(PNG, "image/png", "Connection: close"),
        good(PNG, "image/png", "Connection: Keep-Alive, Close"),
        good().replace(b"HTTP/1.1", b"HTTP/1.0"),
        good() + b"surplus",
        good(PNG, "image/png", "X: a", " folded"),
        HEAD + b"Content-Length: 67\r\nContent-Length: 67\r\n\r\n" + PNG,
        HEAD + b"Content-Length: 67\r\nTransfer-Encoding: chunked\r\n\r\n" + PNG,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n43\r\n" + PNG + b"\r\n0\r\n\r\nmore",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"not HTTP at all\r\n\r\n",
    ],
    ids=["close", "among others", "1.0", "surplus", "irregular", "repeated length", "both framings", "surplus of chunks", "bad chunk", "101", "no HTTP"],
)  # fmt: skip
def test_a_connection_that_cannot_be_trusted_is_not(answer: bytes) -> None:
    _, connections, requests = asyncio.run(several([answer]))
    assert (connections, requests) == (3, 3)


@pytest.mark.parametrize("end", [End.CLOSE, End.RESET])
def test_a_kept_connection_that_closes_before_any_byte_is_replaced_once_and_no_attempt(
    end: End,
) -> None:
    served: list[bytes] = []

    def answer(request: bytes) -> Sequence[Step]:
        served.append(request)
        return [end] if len(served) == 2 else [good()]

    async def work() -> None:
        async with serving(answer) as server:
            fetcher = Fetcher(settings())
            first = await look(fetcher, server.url("/1.png"))
            second = await look(fetcher, server.url("/2.png"))
            assert first.accepted and second.accepted
            assert not second.findings and second.attempts == 1
            assert (
                server.seen.targets == ["/1.png", "/2.png", "/2.png"]
                and server.seen.connections == 2
            )
            await fetcher.close()

    asyncio.run(work())


def test_a_new_connection_that_closes_before_any_byte_is_not_asked_again() -> None:
    verdicts, connections, requests = asyncio.run(several([End.CLOSE], 1))
    assert (connections, requests) == (1, 1)
    assert rules(verdicts[0]) == ["unreachable-host"] and verdicts[0].outcome == "unknown"


def test_the_second_failure_counts() -> None:
    served: list[bytes] = []

    def answer(request: bytes) -> Sequence[Step]:
        served.append(request)
        return [good()] if len(served) == 1 else [End.CLOSE]

    async def work() -> None:
        async with serving(answer) as server:
            fetcher = Fetcher(settings())
            assert (await look(fetcher, server.url("/1.png"))).accepted
            verdict = await look(fetcher, server.url("/2.png"))
            assert rules(verdict) == ["unreachable-host"] and len(server.seen.requests) == 3
            await fetcher.close()

    asyncio.run(work())


def test_a_kept_connection_that_breaks_after_a_byte_is_judged_as_it_is() -> None:
    served: list[bytes] = []

    def answer(request: bytes) -> Sequence[Step]:
        served.append(request)
        return [good()] if len(served) == 1 else [b"HTTP/1.1 2", End.CLOSE]

    async def work() -> None:
        async with serving(answer) as server:
            fetcher = Fetcher(settings())
            await look(fetcher, server.url("/1.png"))
            verdict = await look(fetcher, server.url("/2.png"))
            assert rules(verdict) == ["malformed-response"] and len(server.seen.requests) == 2
            await fetcher.close()

    asyncio.run(work())


def test_late_bytes_of_one_answer_are_not_taken_for_the_next() -> None:
    late = HEAD + b"Content-Length: 67\r\n\r\n" + PNG

    async def work() -> None:
        async with serving(always(late, Wait(0.02), b"the rest of a longer file")) as server:
            fetcher = Fetcher(settings())
            for number in range(6):
                assert (await look(fetcher, server.url(f"/{number}.png"))).accepted
                if number % 2:
                    await asyncio.sleep(
                        0.03
                    )  # time is the subject: the rest arrives while nobody asks
            await fetcher.close()

    asyncio.run(work())


def test_idle_connections_are_few() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            hosts = {f"h{number}.example": ["127.0.0.1"] for number in range(200)}
            fetcher = Fetcher(settings(), Resolver(names(hosts)))
            for host in hosts:
                assert (await look(fetcher, server.url(host=host))).accepted
            assert len(fetcher._pool) <= 128
            await fetcher.close()

    asyncio.run(work())


# Names


class Slow:
    """A name server on which the names that begin with "hang" never answer; it counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("hang"):
            await asyncio.sleep(60)
        if host.startswith("absent"):
            raise ResolutionError(FailureKind.HOST_NOT_FOUND, "the name does not exist")
        if host.startswith("later"):
            raise ResolutionError(FailureKind.RESOLUTION, "the name servers could not say")
        return ["127.0.0.1"]


def test_hanging_names_hold_up_nobody() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            fetcher = Fetcher(settings(total_s=20.0), Resolver(Slow(), timeout_s=3.0))
            hanging = [
                asyncio.create_task(look(fetcher, server.url(host=f"hang{n}.example")))
                for n in range(20)
            ]
            started = time.monotonic()
            fine = await asyncio.gather(
                *(look(fetcher, server.url(host=f"good{n}.example")) for n in range(180))
            )
            assert all(verdict.accepted for verdict in fine)
            assert not any(task.done() for task in hanging) and time.monotonic() - started < 3.0
            stuck = await asyncio.gather(*hanging)
            assert {(str(verdict.outcome), *rules(verdict)) for verdict in stuck} == {
                ("unknown", "unresolvable-host")
            }
            await fetcher.close()

    asyncio.run(work())


def test_a_lookup_is_shared_and_a_definite_no_is_remembered_for_the_run() -> None:
    async def work() -> None:
        slow = Slow()
        resolver = Resolver(slow)
        fetcher = Fetcher(settings(), resolver)
        absent = await asyncio.gather(
            *(look(fetcher, f"http://absent.example/{n}.png") for n in range(20))
        )
        absent.append(await look(fetcher, "http://absent.example/again.png"))
        assert {str(verdict.outcome) for verdict in absent} == {"reject"}
        assert slow.asked == ["absent.example"]
        later = [await look(fetcher, "http://later.example/x.png") for _ in range(2)]
        assert {str(verdict.outcome) for verdict in later} == {"unknown"}
        assert slow.asked.count("later.example") == 2
        await fetcher.close()

    asyncio.run(work())


def test_a_lookup_goes_on_when_the_first_who_asked_has_gone() -> None:
    async def work() -> None:
        gate = asyncio.Event()

        async def lookup(_: str) -> list[str]:
            await gate.wait()
            return ["127.0.0.1"]

        resolver = Resolver(lookup)
        first = asyncio.create_task(resolver.resolve("a.example"))
        second = asyncio.create_task(resolver.resolve("a.example"))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        assert await second == ["127.0.0.1"]
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(work())


def test_threads_resolve_where_c_ares_cannot() -> None:
    async def work() -> None:
        lookup = ThreadedLookup()
        assert "127.0.0.1" in await lookup("127.0.0.1")
        with pytest.raises(ResolutionError):
            await lookup("no such name")

    asyncio.run(work())


# Descriptors


def test_without_descriptors_no_url_is_rejected() -> None:
    script = """
        import asyncio, json, resource, sys
        sys.path[:0] = ["tests"]
        from helpers.checking import settings, sinch
        from preflight.audit import Audit, Pace
        from preflight.judging import judge
        from preflight.observation import FailureKind
        from preflight.observe import Depth, Observer
        from preflight.target import Target
        from preflight.wire.fetch import Fetcher

        starved = 0

        async def main():
            resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[2]), int(sys.argv[2])))
            fetcher = Fetcher(settings(total_s=20.0))
            observer = Observer(fetcher=fetcher, depth=Depth.QUICK)

            async def observe(target, attempts):
                global starved
                seen = await observer.observe(target, attempts)
                failure = seen.identity.failure
                starved += failure is not None and failure.kind is FailureKind.DESCRIPTORS
                return seen

            pace = Pace(jobs=200, per_host=200, per_address=200)
            targets = [Target(url=f"http://127.0.0.1:{sys.argv[1]}/{n}.png") for n in range(300)]
            await Audit(observe, lambda seen: outcomes.append(judge(seen, sinch())), pace).run(targets)
            await fetcher.close()

        outcomes = []
        asyncio.run(main())
        print(json.dumps([starved, [[str(one.outcome), [finding.rule for finding in one.findings]] for one in outcomes]]))
    """

    async def work() -> tuple[str, str]:
        def answer(_: bytes) -> Sequence[Step]:
            return [Wait(0.01), good(PNG, "image/png", "Connection: close")]

        async with serving(answer) as server:
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", textwrap.dedent(script), str(server.port), "40",
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            out, problems = await asyncio.wait_for(child.communicate(), 50)
            return out.decode(), problems.decode()

    out, problems = asyncio.run(work())
    assert out, problems
    starved, seen = json.loads(out)
    assert starved > 0 and len(seen) == 300
    assert {outcome for outcome, _ in seen} <= {"accept", "unknown"}
    assert {rule for _, found in seen for rule in found} <= {"not-checked"}
    assert sum(outcome == "accept" for outcome, _ in seen) > 250


# The budget of body bytes


def test_many_large_bodies_never_exceed_the_budget_and_all_end() -> None:
    body = PNG + b"\0" * 200_000
    limit = 450_000

    async def work() -> None:
        async with serving(always(good(body))) as server:
            fetcher = Fetcher(settings(budget=limit, total_s=20.0))
            most = 0

            async def one(number: int) -> Observation:
                nonlocal most
                seen = await Observer(fetcher=fetcher, depth=Depth.QUICK).observe(
                    Target(url=server.url(f"/{number}.png"))
                )
                most = max(most, fetcher.budget.used)
                return seen

            seen = await asyncio.gather(*(one(number) for number in range(40)))
            assert {
                observation.identity.body.received
                for observation in seen
                if observation.identity.body
            } == {len(body)}
            assert 0 < most <= limit and fetcher.budget.used == 0
            await fetcher.close()

    asyncio.run(work())


def test_a_small_body_that_waited_for_room_leaves_a_connection_that_can_be_read() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            fetcher = Fetcher(settings(budget=100, total_s=5.0))
            other = Reply()
            assert fetcher.budget.ask(Connection(asyncio.get_running_loop()), other, 100)
            for number in range(3):  # there is no room, but all of the body comes with its head
                assert (await look(fetcher, server.url(f"/{number}.png"))).accepted
            assert server.seen.connections == 1
            fetcher.budget.release(other)
            assert fetcher.budget.used == 0
            await fetcher.close()

    asyncio.run(work())


def test_waiting_for_room_is_not_the_servers_silence() -> None:
    body = PNG + b"\0" * 300_000

    def answer(request: bytes) -> Sequence[Step]:
        if b"/first.png" in request:
            return [
                HEAD + b"Content-Length: 300067\r\n\r\n",
                body[:200_000],
                Wait(1.0),
                body[200_000:],
            ]
        return [good(body)]

    async def work() -> None:
        async with serving(answer) as server:
            fetcher = Fetcher(settings(budget=310_000, total_s=20.0, stall_s=5.0))
            first = asyncio.create_task(look(fetcher, server.url("/first.png")))
            while not fetcher.budget.used:
                await asyncio.sleep(0.001)
            fetcher.settings = settings(budget=310_000, total_s=20.0, stall_s=0.4)
            verdicts = await asyncio.gather(
                first, *(look(fetcher, server.url(f"/{n}.png")) for n in range(3))
            )
            assert all(rules(verdict) == [] for verdict in verdicts)
            await fetcher.close()

    asyncio.run(work())


def test_cancelling_gives_room_and_connections_back() -> None:
    async def work() -> None:
        slow: list[Step] = [HEAD + b"Content-Length: 100000\r\n\r\n" + PNG, End.HANG]
        async with serving(always(*slow)) as server:
            fetcher = Fetcher(settings(budget=150_000, total_s=30.0))
            tasks = [asyncio.create_task(look(fetcher, server.url(f"/{n}.png"))) for n in range(10)]
            while fetcher.budget.used == 0 or len(server.seen.requests) < 10:
                await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert fetcher.budget.used == 0 and not fetcher._active
            await fetcher.close()

    asyncio.run(work())


def test_the_budget_is_first_come_first_served() -> None:
    class Paused(Connection):
        resumed = 0

        def resume(self) -> None:
            type(self).resumed += 1

    async def work() -> None:
        loop = asyncio.get_running_loop()
        budget = Budget(100)
        replies = [Reply() for _ in range(5)]
        assert budget.ask(Paused(loop), replies[0], 90)
        assert not budget.ask(Paused(loop), replies[1], 50)
        assert not budget.ask(
            Paused(loop), replies[2], 5
        )  # there would be room, but it is not first
        assert not budget.ask(Paused(loop), replies[3], 1_000)
        budget.release(replies[1])  # gives up while it waits
        assert (budget.used, Paused.resumed) == (95, 1)
        budget.release(replies[0])
        budget.release(replies[0])
        assert (budget.used, Paused.resumed) == (5, 1)
        budget.release(replies[2])
        assert (budget.used, Paused.resumed) == (100, 2)  # larger than all of it, and alone
        budget.release(replies[3])
        assert budget.used == 0

    asyncio.run(work())
