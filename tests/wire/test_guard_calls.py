"""Guard: kept connections, bounded calls, caching only by leave, policies, loops, cancellation."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.checking import settings
from helpers.command import Stage
from helpers.replay import End, always, serving

from preflight import (
    Finding,
    Guard,
    NotAcceptedError,
    Observation,
    Outcome,
    Target,
    UsageError,
    Verdict,
)
from preflight.api import check_async
from preflight.api import session as session_room
from preflight.api.cap import Cap
from preflight.audit import Job
from preflight.sandbox import Hosting

LOOPBACK = ("127.0.0.0/8",)


def rules(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


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


def test_without_an_age_nothing_is_used_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            Hosting() as host,
            Guard(allow_networks=LOOPBACK, cache=tmp_path / "c.sqlite", depth="quick") as guard,
        ):
            for _ in range(3):
                assert (await guard.require([host.url("/good.jpg")]))[0].from_cache_s is None
            assert host.counts["/good.jpg"] == 3

    asyncio.run(scene())


@pytest.mark.parametrize("file", [True, False], ids=["file", "memory"])
def test_with_an_age_accept_and_reject_are_used_again_and_unknown_never(
    tmp_path: Path, file: bool
) -> None:
    async def scene() -> None:
        cache = tmp_path / "c.sqlite" if file else None
        async with Hosting() as host, Guard(
            allow_networks=LOOPBACK, cache=cache, max_age=60, depth="quick", retries=0
        ) as guard:  # fmt: skip
            urls = [host.url(path) for path in ("/good.jpg", "/404.jpg", "/503.jpg")]
            first, second = await guard.check(urls), await guard.check(urls)
            assert [one.from_cache_s is None for one in first] == [True, True, True]
            assert [one.from_cache_s is None for one in second] == [False, False, True]
            assert [one.outcome for one in second] == [one.outcome for one in first]
            assert [host.counts[path] for path in ("/good.jpg", "/404.jpg", "/503.jpg")] == [
                1,
                1,
                2,
            ]

    asyncio.run(scene())


def test_another_guard_finds_the_file_with_the_server_stopped_only_by_leave(tmp_path: Path) -> None:
    async def scene() -> None:
        file = tmp_path / "c.sqlite"
        async with (
            Hosting() as host,
            Guard(allow_networks=LOOPBACK, cache=file, max_age=60) as guard,
        ):
            url = host.url("/good.jpg")
            await guard.require([url])
        async with Guard(allow_networks=LOOPBACK, cache=file, max_age=60) as guard:
            assert (await guard.require([url]))[0].from_cache_s is not None
        for other in (
            Guard(allow_networks=LOOPBACK, cache=file, retries=0),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=0),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, depth="quick"),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, profile="twilio"),
            Guard(
                allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, headers={"X-Key": "1"}
            ),
        ):
            async with other as guard:
                assert [one.outcome for one in await guard.check([url])] == [Outcome.REJECT]

    asyncio.run(scene())


def test_a_call_ends_in_time_and_says_what_was_not_done() -> None:
    async def scene() -> None:
        async with Hosting(slow_s=60) as host, Guard(
            allow_networks=LOOPBACK, timeout=0.6, jobs=2, depth="quick"
        ) as guard:  # fmt: skip
            paths = [
                "/good.jpg",
                "/silent.jpg",
                "/slow.jpg",
                *(f"/stalled.jpg?{n}" for n in range(4)),
            ]
            urls = [host.url(path) for path in (*paths, "/good.png")]
            before = time.monotonic()
            verdicts = await guard.check(urls)
            assert time.monotonic() - before < 2.0
            assert [str(one.outcome) for one in verdicts] == ["accept", *["unknown"] * 7]
            assert "timeout" in rules(verdicts[1])
            assert "timeout" in rules(verdicts[2])
            assert rules(verdicts[6])[0] == rules(verdicts[7])[0] == "not-checked"
            assert (await guard.require([host.url("/good.gif")]))[0].accepted

    asyncio.run(scene())


def test_what_a_url_shows_by_itself_is_said_even_without_an_answer() -> None:
    """A signature that has ended, or an address that is refused, will not be better next time."""
    ended = "?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=0"

    async def scene() -> None:
        async with serving(always(End.HANG)) as server, Guard(
            allow_networks=["127.0.0.1"], timeout=0.4, jobs=1
        ) as guard:  # fmt: skip
            urls = [server.url(f"/{n}.jpg" + ended) for n in range(4)]
            verdicts = await guard.check([*urls, "http://127.0.0.2/a.jpg"])
            assert {str(one.outcome) for one in verdicts} == {"reject"}
            assert rules(verdicts[0]) == ["timeout", "expiring-url"]
            assert rules(verdicts[3]) == ["not-checked", "expiring-url"]
            assert rules(verdicts[4]) == ["private-address"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    "then",
    [
        [End.HANG],  # in the body of the first answer
        [
            b"5\r\nbytes\r\n0\r\n\r\n"
        ],  # the answer to the second request is a 503 that is to be asked again
    ],
)
def test_what_was_seen_before_the_time_was_over_counts(then: list[bytes | End]) -> None:
    """A framing fault is seen at once, and no more time would mend it."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"

    def answer(request: bytes) -> list[bytes | End]:
        return [busy] if b"Accept-Encoding: gzip" in request else [head, *then]

    async def scene() -> None:
        async with serving(answer) as server, Guard(
            allow_networks=LOOPBACK, timeout=1.0
        ) as guard:  # fmt: skip
            (verdict,) = await guard.check([server.url()])
            assert verdict.outcome is Outcome.REJECT
            assert {"timeout", "chunked-transfer-encoding"} <= set(rules(verdict))

    asyncio.run(scene())


def test_the_time_allowed_covers_retries_and_the_verdict_says_what_failed() -> None:
    async def scene() -> None:
        async with serving(
            always(b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n")
        ) as server:
            async with Guard(allow_networks=LOOPBACK, timeout=0.4) as guard:
                before = time.monotonic()
                (verdict,) = await guard.check([server.url()])
                assert time.monotonic() - before < 2.0
            assert len(server.seen.requests) == 1
            assert (verdict.outcome, verdict.attempts) == (Outcome.UNKNOWN, 2)
            assert "503" in next(one.message for one in verdict.findings if one.rule == "timeout")

    asyncio.run(scene())


def test_warn_logs_and_calls_back_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Verdict] = []

    async def scene() -> None:
        async with Hosting() as host, Guard(
            allow_networks=LOOPBACK, policy="warn", on_verdict=seen.append
        ) as guard:  # fmt: skip
            urls = [host.url("/good.jpg"), host.url("/chunked.jpg?token=s3cr3t")]
            assert await guard.require(urls) == seen

    with caplog.at_level(logging.DEBUG, "preflight"):
        asyncio.run(scene())
    assert [verdict.accepted for verdict in seen] == [True, False]
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("preflight", "WARNING")
    assert "chunked-transfer-encoding" in record.message
    assert "s3cr3t" not in record.message


def test_shadow_checks_and_never_raises(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        async with Hosting() as host, Guard(allow_networks=LOOPBACK, policy="shadow") as guard:
            (verdict,) = await guard.require([host.url("/404.jpg")])
            assert verdict.outcome is Outcome.REJECT
            assert caplog.records == []
            assert await guard.require("https://not.a.list/") == []
            assert [one.levelname for one in caplog.records] == ["ERROR"]
        assert await guard.require([host.url("/404.jpg")]) == []

    asyncio.run(scene())
    with Guard(policy="shadow") as guard:
        assert guard.require_blocking(3) == []  # type: ignore[arg-type]


def test_an_ignored_error_does_not_count_and_is_said(caplog: pytest.LogCaptureFixture) -> None:
    def ignore(finding: Finding) -> str | None:
        return "ticket 4711" if finding.rule == "chunked-transfer-encoding" else None

    async def scene() -> None:
        async with (
            Hosting() as host,
            Guard(allow_networks=LOOPBACK, ignore=ignore, max_age=60) as guard,
        ):
            for _ in range(2):
                (verdict,) = await guard.require([host.url("/chunked.jpg")])
                assert [one.reason for one in verdict.ignored] == ["ticket 4711"]

    asyncio.run(scene())
    assert [
        "chunked-transfer-encoding is ignored: ticket 4711" in one.message for one in caplog.records
    ] == [True, True]


def test_a_failing_callback_is_logged_and_holds_nothing_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Verdict) -> None:
        raise RuntimeError("theirs")

    def fail_too(_: Verdict, __: Observation | None) -> None:
        raise RuntimeError("theirs, too")

    async def scene() -> None:
        async with Hosting() as host, Guard(
            allow_networks=LOOPBACK, on_verdict=fail, instruments=[fail_too]
        ) as guard:  # fmt: skip
            assert (await guard.require([host.url("/good.jpg")]))[0].accepted

    asyncio.run(scene())
    assert [str(one.exc_info[1]) for one in caplog.records if one.exc_info] == [
        "theirs, too",
        "theirs",
    ]


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


def test_a_deep_guard_decodes_and_ends_its_decoder() -> None:
    async def scene() -> None:
        before = threading.active_count()
        async with Hosting() as host, Guard(allow_networks=LOOPBACK, depth="deep") as guard:
            sound, broken = await guard.check([host.url("/good.png"), host.url("/corrupt.png")])
            assert sound.accepted
            assert rules(broken) == ["corrupt-media"]
        assert threading.active_count() <= before + 1  # the loop's own executor

    asyncio.run(scene())


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


def test_names_that_did_not_exist_are_asked_for_again_in_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from preflight.api import session as room
    from preflight.observation import FailureKind
    from preflight.wire.resolve import ResolutionError
    from preflight.wire.settings import FetchSettings

    asked: list[str] = []

    async def lookup(host: str) -> list[str]:
        asked.append(host)
        raise ResolutionError(FailureKind.HOST_NOT_FOUND, "the name does not exist")

    async def scene() -> None:
        from preflight import load_profile

        session = room.Session(Job(fetch=FetchSettings(profile=load_profile("sinch"))), lookup)
        target = Target(url="http://absent.example/a.jpg")
        await session.observe([target], 5)
        await session.observe([target], 5)
        assert len(asked) == 1
        monkeypatch.setattr(room, "REMEMBERED_S", 0.0)
        await session.observe([target], 5)
        assert len(asked) == 2
        await session.close()

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"policy": "loud"}, "no policy 'loud'"),
        ({"max_age": -1}, "max_age"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"jobs": 0}, "jobs"),
        ({"retries": -1}, "retries"),
        ({"rate": 0}, "rate"),
        ({"depth": "deeper"}, "no depth 'deeper'"),
        ({"profile": "sinhc"}, "did you mean 'sinch'"),
        ({"allow_networks": "10.0.0.0/8"}, "list of networks"),
        ({"allow_networks": ["10.0.0.1/8"]}, "not a network"),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, "cannot be sent"),
        ({"headers": {"Host": "a"}}, "belongs to the connection"),
        ({"proxy": "socks5://127.0.0.1"}, "proxy"),
        ({"cafile": "/no/such/file.pem"}, "CA file"),
    ],
)
def test_arguments_that_cannot_be_are_refused_at_once(
    options: dict[str, object], match: str
) -> None:
    with pytest.raises(UsageError, match=match):
        Guard(**options)  # type: ignore[arg-type]


def test_an_asynchronous_callback_is_refused() -> None:
    async def callback(_: Verdict) -> None:
        return None

    with pytest.raises(UsageError, match="plain function"):
        Guard(on_verdict=callback)


def test_a_cache_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    file.write_text("hello, " * 500)

    async def scene() -> None:
        async with Guard(cache=file, max_age=1):
            raise AssertionError("it must not open")

    with pytest.raises(UsageError, match="is damaged, or no SQLite file"):
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
