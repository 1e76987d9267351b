"""A guard as it is made: policies, ignores, callbacks, and arguments that cannot be."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from helpers.command import LOOPBACK

from preflight import Finding, Guard, Observation, Outcome, UsageError, Verdict
from preflight.sandbox import Hosting


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
