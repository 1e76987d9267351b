"""Turns: how much guards do at once, in all loops of a process, also where calls are cancelled or end."""

from __future__ import annotations

import asyncio
import threading

import pytest
from helpers.checking import settings
from helpers.command import Stage
from helpers.replay import always, serving

from preflight import (
    Guard,
)
from preflight.api import check_async
from preflight.api import session as session_room
from preflight.api.cap import Cap
from preflight.audit import Job
from preflight.sandbox import Hosting

LOOPBACK = ("127.0.0.0/8",)


def test_closing_lets_calls_under_way_end() -> None:
    async def scene() -> None:
        async with Hosting(slow_s=0.3) as host:
            async with Guard(allow_networks=LOOPBACK, depth="quick") as guard:
                call = asyncio.create_task(
                    guard.check([host.url("/unhurried.jpg"), host.url("/slow.jpg")])
                )
                await asyncio.sleep(0)
            assert call.done()
            assert [verdict.accepted for verdict in await call] == [True, True]

    asyncio.run(scene())


def test_cancelling_leaves_nothing_behind() -> None:
    async def scene() -> None:
        async with (
            Hosting(slow_s=60) as host,
            Guard(allow_networks=LOOPBACK, depth="quick") as guard,
        ):
            await guard.check([host.url("/good.jpg")])
            tasks = asyncio.all_tasks()
            calls = [
                asyncio.create_task(
                    guard.check([host.url("/silent.jpg"), host.url(f"/slow.jpg?{number}")])
                )
                for number in range(20)
            ]
            while host.counts["/slow.jpg"] + host.counts["/silent.jpg"] < 16:
                await asyncio.sleep(0.01)
            for call in calls:
                call.cancel()
            done = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in done)
            await asyncio.sleep(0.05)
            assert {task for task in asyncio.all_tasks() if "_serve" not in repr(task)} <= tasks
            assert (await guard.require([host.url("/good.png")]))[0].accepted

    asyncio.run(scene())


def test_all_calls_together_keep_to_the_limits() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"

    async def scene() -> None:
        async with serving(always(answer)) as server, Guard(
            allow_networks=LOOPBACK, depth="quick", per_host=3
        ) as guard:  # fmt: skip
            await asyncio.gather(*(guard.check([server.url(f"/{number}")]) for number in range(40)))
            assert len(server.seen.requests) == 40
            assert server.seen.most_open <= 3
            assert server.seen.connections <= 3

    asyncio.run(scene())


def test_the_process_cap_holds_for_all_guards_in_all_loops(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cap = Cap(3)
    most = []

    class Counted(Cap):
        async def __aenter__(self) -> None:
            await cap.__aenter__()
            most.append(3 - cap._free)

        async def __aexit__(self, *rest: object) -> None:
            await cap.__aexit__(None, None, None)

    monkeypatch.setattr(session_room, "process_cap", Counted(1))
    urls = [stage.url(f"/good.jpg?{number}") for number in range(12)]

    async def scene() -> None:
        async with Guard(allow_networks=LOOPBACK, depth="quick") as one:
            await asyncio.gather(one.require(urls), check_async(urls, allow_networks=LOOPBACK))

    threads = [threading.Thread(target=asyncio.run, args=(scene(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(most), max(most), cap._free) == (72, 3, 3)


def test_the_caps_turns_go_round_between_loops_and_survive_cancelling() -> None:
    cap = Cap(2)
    lock = threading.Lock()
    inside = most = 0

    async def one() -> None:
        nonlocal inside, most
        async with cap:
            with lock:
                inside += 1
                most = max(most, inside)
            try:
                await asyncio.sleep(0.001)
            finally:
                with lock:
                    inside -= 1

    async def many() -> None:
        tasks = [asyncio.create_task(one()) for _ in range(60)]
        await asyncio.sleep(0.005)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (most, inside) == (2, 0)
    asyncio.run(asyncio.wait_for(asyncio.wait_for(many(), 10), 10))


def test_a_cancelled_waiter_passes_its_turn_on() -> None:
    async def scene() -> None:
        cap = Cap(1)
        async with cap:
            waiting = [asyncio.create_task(cap.__aenter__()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # the turn is granted to the second
        waiting[1].cancel()
        await asyncio.wait_for(waiting[2], 1)

    asyncio.run(scene())


def test_the_turns_of_an_origin_are_not_given_twice() -> None:
    async def scene() -> None:
        session = session_room.Session(Job(fetch=settings()))
        first = session._origin("http://a.example/1")
        async with first:
            for number in range(3_000):
                async with session._origin(f"http://h{number}.example/"):
                    pass
            assert session._origin("http://a.example/2") is first
        await session.close()

    asyncio.run(scene())
