"""Guard: calls in order on kept connections, loops and threads, a closed guard, a decoder that ends."""

from __future__ import annotations

import asyncio
import threading
import warnings

import pytest
from helpers.command import LOOPBACK, Stage
from helpers.replay import End, always, serving

from preflight import Guard, NotAcceptedError, Outcome, UsageError, Verdict
from preflight.sandbox import Hosting


def rules(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


def test_require_gives_verdicts_in_order_and_keeps_its_connection() -> None:
    async def scene() -> None:
        async with Hosting() as host, Guard(allow_networks=LOOPBACK) as guard:
            for path in ("/good.jpg", "/good.png", "/good.gif"):
                assert [one.url for one in await guard.require([host.url(path)])] == [
                    host.url(path)
                ]
            assert host.connections == 1
            many = [
                host.url(path) for path in ("/404.jpg", "/good.jpg", "/404.jpg", "/chunked.jpg")
            ]
            with pytest.raises(NotAcceptedError) as caught:
                await guard.require(iter(many))
            assert [one.url for one in caught.value.verdicts] == many
            assert [str(one.outcome) for one in caught.value.verdicts] == [
                "reject",
                "accept",
                "reject",
                "reject",
            ]
            assert host.counts["/404.jpg"] == 1

    asyncio.run(scene())


def test_another_loop_is_refused_in_one_sentence_and_a_new_one_is_served() -> None:
    guard = Guard(allow_networks=LOOPBACK, depth="quick")

    async def once() -> None:
        async with Hosting() as host:
            assert (await guard.require([host.url("/good.jpg")]))[0].accepted

    async def both() -> None:
        async with Hosting() as host:
            await guard.require([host.url("/good.jpg")])
            with pytest.raises(UsageError, match="belongs to another event loop"):
                await asyncio.to_thread(asyncio.run, guard.check([host.url("/good.jpg")]))
            with pytest.raises(UsageError, match="belongs to another event loop"):
                await asyncio.to_thread(guard.check_blocking, [host.url("/good.jpg")])
            with pytest.raises(UsageError, match="belongs to another event loop"):
                await asyncio.to_thread(asyncio.run, guard.aclose())
            assert (await guard.require([host.url("/good.jpg")]))[0].accepted
            await guard.aclose()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # a loop that ended with the guard open
        asyncio.run(once())
        asyncio.run(both())


def test_a_closed_guard_says_so_and_can_be_entered_again() -> None:
    async def scene() -> None:
        guard = Guard(allow_networks=LOOPBACK)
        async with guard:
            pass
        with pytest.raises(UsageError, match="is closed"):
            await guard.check(["http://127.0.0.1:1/"])
        await guard.aclose()
        async with Hosting() as host, guard:
            await guard.require([host.url("/good.jpg")])

    asyncio.run(scene())


def test_a_deep_guard_decodes_and_ends_its_decoder() -> None:
    async def scene() -> None:
        before = threading.active_count()
        async with Hosting() as host, Guard(allow_networks=LOOPBACK, depth="deep") as guard:
            sound, broken = await guard.check([host.url("/good.png"), host.url("/corrupt.png")])
            assert sound.accepted
            assert rules(broken) == ["corrupt-media"]
        assert threading.active_count() <= before + 1  # the loop's own executor

    asyncio.run(scene())


def test_the_blocking_guard_works_in_threads_and_inside_a_loop(stage: Stage) -> None:
    url = stage.url("/good.jpg")
    outcomes: list[Outcome] = []
    with Guard(allow_networks=LOOPBACK, depth="quick") as guard:

        def work() -> None:
            outcomes.extend(one.outcome for one in guard.require_blocking([url] * 3))

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        async def inside() -> list[Verdict]:
            return guard.check_blocking([url])

        outcomes += [one.outcome for one in asyncio.run(inside())]
    assert outcomes == [Outcome.ACCEPT] * 25
    assert stage.hosting.connections <= 8


def test_a_blocking_call_from_a_callback_is_refused_rather_than_hung(stage: Stage) -> None:
    problems: list[str] = []

    def again(verdict: Verdict) -> None:
        try:
            guard.check_blocking([verdict.url])
        except UsageError as error:
            problems.append(str(error))

    with Guard(allow_networks=LOOPBACK, depth="quick", on_verdict=again) as guard:
        guard.check_blocking([stage.url("/good.jpg")])
    assert len(problems) == 1
    assert "await the asynchronous form" in problems[0]


def test_the_server_may_close_a_kept_connection_between_calls() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"

    async def scene() -> None:
        async with serving(always(answer, End.CLOSE)) as server, Guard(
            allow_networks=LOOPBACK, depth="quick", retries=0
        ) as guard:  # fmt: skip
            for _ in range(5):
                (verdict,) = await guard.require([server.url("/a.txt")])
                assert verdict.attempts == 1

    asyncio.run(scene())
