"""Slow, endless and oversized answers end within their bounds of time and of bytes, by the server's own count."""

from __future__ import annotations

import asyncio
import gzip
import struct
import time
import zlib
from collections.abc import Sequence

import pytest
from helpers import memory
from helpers.checking import HEAD, PNG, check, good, observe, rules, settings
from helpers.replay import Drip, End, Endless, Step, Wait, always, serving

from preflight.observation import BodyEnd
from preflight.observe import Depth
from preflight.profile import load
from preflight.verdict import Verdict

TOTAL_S = 4.0
SLOW_TOTAL_S = 0.5
"""For what can only end by its time."""
SPARE_S = 8
"""The machine may be busy; the bound itself is asserted by what the server still had to say."""
MIB = 1_048_576
BUFFERS = 4 * MIB
"""What the two ends of a loopback connection may hold between them."""

LENGTH = HEAD + b"Content-Length: 67\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BIG = b"a" * 16_384

SLOW: dict[str, tuple[Sequence[Step], list[str]]] = {
    "a dripped head": ([Drip(LENGTH, 0.05), PNG], ["timeout"]),
    "a dripped body": ([LENGTH, Drip(PNG, 0.05)], ["timeout"]),
    "dripped chunks": ([CHUNKED, Drip(b"1\r\nx\r\n" * 50, 0.02)], ["chunked-transfer-encoding", "timeout"]),
    "a dripped body without a length": ([HEAD + b"\r\n", Drip(PNG, 0.05)], ["missing-content-length", "timeout"]),
    "dripped interim answers": ([Drip(b"HTTP/1.1 100 C\r\n\r\n" * 9, 0.02)], ["timeout"]),
    "a dripped redirect that leads on and on": (
        [Wait(0.2), b"HTTP/1.1 302 F\r\nLocation: a/x.png\r\nContent-Length: 0\r\n\r\n"], ["timeout"],
    ),
    "silence": ([End.HANG], ["timeout"]),
    "silence after a byte": ([b"H", End.HANG], ["timeout"]),
    "silence after the head": ([LENGTH, End.HANG], ["timeout"]),
}  # fmt: skip

ENDLESS: dict[str, tuple[Sequence[Step], list[str]]] = {
    "line ends before the status line": ([Endless(b"\r\n" * 8_000)], ["malformed-response"]),
    "a reason phrase": ([b"HTTP/1.1 200 ", Endless(BIG)], ["malformed-response"]),
    "a field name": ([b"HTTP/1.1 200 OK\r\n", Endless(BIG)], ["malformed-response"]),
    "a field value": ([b"HTTP/1.1 200 OK\r\nX: ", Endless(BIG)], ["malformed-response"]),
    "fields": ([b"HTTP/1.1 200 OK\r\n", Endless(b"X: y\r\n" * 1_000)], ["malformed-response"]),
    "folded lines": ([b"HTTP/1.1 200 OK\r\nX: y\r\n", Endless(b" y\r\n" * 1_000)], ["malformed-response"]),
    "interim answers": ([Endless(b"HTTP/1.1 100 C\r\n\r\n" * 100)], ["malformed-response"]),
    "long interim answers": ([Endless(b"HTTP/1.1 100 C\r\nX: " + BIG + b"\r\n\r\n")], ["malformed-response"]),
    "a chunk extension": ([CHUNKED, b"1;", Endless(BIG)], ["chunked-transfer-encoding", "malformed-response"]),
    "extensions of one-byte chunks": (
        [CHUNKED, Endless((b"1;" + b"a" * 1_000 + b"\r\nx\r\n") * 16)], ["chunked-transfer-encoding", "malformed-response"],
    ),
    "zeros in a chunk size": ([CHUNKED, Endless(b"0" * 16_384)], ["chunked-transfer-encoding", "malformed-response"]),
    "trailers": ([CHUNKED, b"0\r\n", Endless(b"X: y\r\n" * 1_000)], ["chunked-transfer-encoding", "malformed-response"]),
    "a body without a length": ([HEAD + b"\r\n" + PNG, Endless(BIG)], ["content-too-large", "missing-content-length"]),
    "a body in chunks": ([CHUNKED, Endless(b"4000\r\n" + BIG + b"\r\n")], ["chunked-transfer-encoding", "content-too-large", "media-type-mismatch"]),
    "a body of a length beyond all bounds": (
        [HEAD + b"Content-Length: 999999999999\r\n\r\n" + PNG, Endless(BIG)], ["content-too-large"],
    ),
    "bytes beyond the length": ([LENGTH + PNG, Endless(BIG)], []),
    "no HTTP": ([Endless(b"\xff\xd8\xff\xe0" * 4_096)], ["malformed-response"]),
}  # fmt: skip


async def _quick(steps: Sequence[Step], total_s: float) -> tuple[Verdict, float, int]:
    async with serving(always(*steps)) as server:
        started = time.monotonic()
        verdict = await check(server.url(), settings(total_s=total_s), depth=Depth.QUICK)
        return verdict, time.monotonic() - started, server.seen.sent


@pytest.mark.parametrize("name", SLOW)
def test_what_is_slow_ends_in_time(name: str) -> None:
    steps, expected = SLOW[name]
    verdict, took, _ = asyncio.run(_quick(steps, SLOW_TOTAL_S))
    assert rules(verdict) == expected
    assert took < SLOW_TOTAL_S + SPARE_S
    assert verdict.outcome == ("unknown" if expected == ["timeout"] else "reject")


@pytest.mark.parametrize("name", ENDLESS)
def test_what_is_endless_is_cut_off(name: str) -> None:
    steps, expected = ENDLESS[name]
    before = memory.mark()
    verdict, took, sent = asyncio.run(_quick(steps, TOTAL_S))
    assert rules(verdict) == expected
    assert took < TOTAL_S + SPARE_S
    assert sent < 1_000_000 + MIB + BUFFERS
    assert memory.growth_since(before) < 40 * MIB


def test_a_head_that_is_never_finished_costs_little_and_the_reader_is_not_quadratic() -> None:
    async def work() -> tuple[Verdict, float]:
        long = b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000
        async with serving(
            always(*(long[at : at + 16] for at in range(0, len(long), 16)))
        ) as server:
            started = time.process_time()
            verdict = await check(server.url(), settings(total_s=1.0), depth=Depth.QUICK)
            return verdict, time.process_time() - started

    verdict, cpu = asyncio.run(work())
    assert verdict.outcome in ("unknown", "reject")
    assert cpu < 2.0


def test_when_a_length_is_already_too_large_only_enough_is_read_to_tell_what_it_is() -> None:
    async def work() -> None:
        large = HEAD + b"Content-Length: 50000000\r\n\r\n" + PNG
        async with serving(always(large, Endless(BIG))) as server:
            seen = await observe(server.url(), settings(total_s=5.0), depth=Depth.QUICK)
            body = seen.identity.body
            assert body is not None and body.end is BodyEnd.LIMIT
            assert body.received <= 65_536 + 262_144  # the beginning and one segment
            assert seen.content is not None and seen.content.detected_type == "image/png"
            assert server.seen.sent < 65_536 + BUFFERS

    asyncio.run(work())


def test_the_gzip_request_costs_a_head_of_a_long_body_and_the_whole_of_a_short_one() -> None:
    async def work() -> None:
        long = HEAD + b"Content-Length: 900000\r\n\r\n" + PNG + b"\0" * (900_000 - 67)
        async with serving(always(long)) as server:
            seen = await observe(server.url())
            second = seen.exchanges[1].body
            assert second is not None and second.end is BodyEnd.DROPPED and second.received == 0
            assert (
                server.seen.connections == 1
            )  # the second request used the first connection, and closed it
        async with serving(always(good())) as server:
            seen = await observe(server.url())
            second = seen.exchanges[1].body
            assert (
                second is not None
                and second.end is BodyEnd.COMPLETE
                and server.seen.connections == 1
            )

    asyncio.run(work())


@pytest.mark.parametrize("times", [1, 2])
def test_a_bomb_in_a_content_coding_is_not_unpacked(times: int) -> None:
    bomb = b"\0" * 64 * MIB
    for _ in range(times):
        bomb = gzip.compress(bomb, compresslevel=1 if len(bomb) > MIB else 9)
    coding = ", ".join(["gzip"] * times)

    async def work() -> Verdict:
        async with serving(
            always(good(bomb, "image/png", f"Content-Encoding: {coding}"))
        ) as server:
            return await check(server.url(), settings(total_s=5.0), depth=Depth.QUICK)

    before = memory.mark()
    verdict = asyncio.run(work())
    assert "content-too-large" in rules(verdict)
    assert memory.growth_since(before) < 24 * MIB


def test_a_hang_of_our_own_is_no_verdict_on_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    from preflight import observe as module

    monkeypatch.setattr(module, "_GRACE_S", 0.1)

    async def never(_: str) -> list[str]:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
        return []

    async def work() -> None:
        from preflight.wire.resolve import Resolver

        resolver = Resolver(never, timeout_s=50)
        started = time.monotonic()
        verdict = await check(
            "http://media.example/x.png", settings(total_s=0.3), resolver=resolver
        )
        assert verdict.outcome == "unknown" and rules(verdict) in (["timeout"], ["not-checked"])
        assert time.monotonic() - started < 10

    asyncio.run(work())


@pytest.mark.parametrize("setting", ["first_byte_s", "stall_s", "connect_s"])
def test_each_deadline_by_itself(setting: str) -> None:
    async def work() -> None:
        steps: list[Step] = [LENGTH, End.HANG] if setting == "stall_s" else [End.HANG]
        async with serving(always(*steps)) as server:
            url = server.url()
            if setting == "connect_s":  # a TLS handshake that never comes belongs to connecting
                url = url.replace("http:", "https:")
            started = time.monotonic()
            verdict = await check(url, settings(total_s=10.0, **{setting: 0.3}))
            assert rules(verdict) == ["timeout"] and verdict.outcome == "unknown"
            assert time.monotonic() - started < 8

    asyncio.run(work())


def test_a_pass_that_is_tried_again_holds_no_room() -> None:
    """The first answer was sound, and waits to be looked at; the second one stalls. Such passes held all room for bodies in the end."""
    from preflight.observation import Observation
    from preflight.observe import Observer
    from preflight.target import Target
    from preflight.wire.fetch import Fetcher

    def answer(request: bytes) -> Sequence[Step]:
        gzipped = b"Accept-Encoding: gzip" in request
        return [LENGTH + PNG[:10], End.HANG] if gzipped else [good()]

    async def work() -> None:
        async with serving(answer) as server:
            fetcher = Fetcher(settings(total_s=0.3))
            seen = await Observer(fetcher=fetcher).look(Target(url=server.url()))
            assert isinstance(seen, Observation)
            assert [one.body and one.body.end for one in seen.exchanges] == [BodyEnd.COMPLETE, BodyEnd.TIMEOUT]  # fmt: skip
            assert seen.content is not None and fetcher.budget.used == 0
            await fetcher.close()

    asyncio.run(work())


def _large_png() -> bytes:
    """A whole PNG of 1.2 MB: one pixel, and a comment."""
    text = b"tEXtComment\0" + b"x" * 1_200_000
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    return PNG[:33] + chunk + PNG[33:]


@pytest.mark.parametrize(
    ("profile", "cut", "errors"),
    [
        ("sinch", 0, ["content-too-large"]),  # over its limit, and so not read
        ("sinch", 12, ["content-too-large"]),
        ("telnyx", 0, []),  # its limit is advice
        ("telnyx", 12, ["truncated-media"]),
        ("twilio", 12, ["truncated-media"]),
    ],
)
def test_a_file_that_is_not_refused_for_its_size_is_read_to_its_end(
    profile: str, cut: int, errors: list[str]
) -> None:
    async def work() -> None:
        body = _large_png()
        async with serving(always(good(body[: len(body) - cut]))) as server:
            verdict = await check(server.url(), settings(profile=load(profile)))
            assert rules(verdict) == errors

    asyncio.run(work())


class _Jumping(asyncio.SelectorEventLoop):
    """A loop whose clock can be put on."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


def test_a_request_that_there_was_no_time_for_is_a_timeout() -> None:
    """The other answer may be chunked; nobody asked."""

    async def work() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, _Jumping)

        def answer(_: bytes) -> Sequence[Step]:
            loop.ahead = 20.5
            return [good()]

        async with serving(answer) as server:
            verdict = await check(server.url(), settings(total_s=20.0))
            assert rules(verdict) == ["timeout"] and verdict.outcome == "unknown"
            assert len(server.seen.requests) == 1

    with asyncio.Runner(loop_factory=_Jumping) as runner:
        runner.run(work())


@pytest.mark.parametrize(
    "declared", ["text/plain", "text/plain; charset=utf-8", "text/html", "text/vcard"]
)
def test_what_is_called_a_text_is_read_like_what_it_is(declared: str) -> None:
    """The limit of a text is small, and a vCard with a picture in it is a text by its name only."""
    card = (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;J;;;\r\nFN:J Doe\r\nPHOTO;ENCODING=b;TYPE=JPEG:"
        + b"A" * 60_000
    )
    card += b"\r\nEND:VCARD\r\n"

    async def work() -> Verdict:
        async with serving(always(good(card, declared))) as server:
            return await check(server.url("/card.vcf"), settings(), depth=Depth.QUICK)

    verdict = asyncio.run(work())
    assert "not-checked" not in rules(verdict)
    assert verdict.accepted is (declared != "text/html")
