"""Kept connections: used again where they can be trusted, replaced where they end, and few."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from helpers.checking import HEAD, PNG, good, look, names, rules, settings
from helpers.replay import End, Step, Wait, always, serving

from preflight.verdict import Verdict
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver


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
