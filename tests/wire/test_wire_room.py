"""Descriptors and the budget of body bytes: what we have no room for becomes no URL's fault."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence

from helpers.checking import HEAD, PNG, good, look, rules, settings
from helpers.replay import End, Step, Wait, always, serving

from preflight.observation import Observation
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.wire.budget import Budget
from preflight.wire.connection import Connection
from preflight.wire.fetch import Fetcher
from preflight.wire.reply import Reply


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
