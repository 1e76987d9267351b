"""Guard: kept connections, bounded calls, caching only by leave, policies, loops, cancellation."""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from pathlib import Path

import pytest
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
from preflight.audit import Job
from preflight.sandbox import Hosting

LOOPBACK = ("127.0.0.0/8",)


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
