"""A guard is bounded: a call ends in its time, and says what it has seen until then."""

from __future__ import annotations

import asyncio
import time

import pytest
from helpers.replay import End, always, serving

from preflight import (
    Guard,
    Outcome,
    Verdict,
)
from preflight.sandbox import Hosting

LOOPBACK = ("127.0.0.0/8",)


def rules(verdict: Verdict) -> list[str]:
    return [finding.rule for finding in verdict.findings]


def test_a_call_ends_in_time_and_says_what_was_not_done() -> None:
    async def scene() -> None:
        async with Hosting(slow_s=60) as host, Guard(
            allow_networks=LOOPBACK, timeout=1.5, jobs=2, depth="quick"
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
            assert time.monotonic() - before < 10  # of 60
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
            allow_networks=LOOPBACK, timeout=2.0
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
            async with Guard(allow_networks=LOOPBACK, timeout=1.0) as guard:
                before = time.monotonic()
                (verdict,) = await guard.check([server.url()])
                assert time.monotonic() - before < 10  # of 30
            assert len(server.seen.requests) == 1
            assert (verdict.outcome, verdict.attempts) == (Outcome.UNKNOWN, 2)
            assert "503" in next(one.message for one in verdict.findings if one.rule == "timeout")

    asyncio.run(scene())
