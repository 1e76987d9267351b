"""The sandbox's hosting as a server: slow and endless answers, connections that stay and end, cases of one's own, HTTPS."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme
from helpers.loops import run
from helpers.raw_client import ask, once, shut

from preflight.sandbox import PATHS, Case, Hosting
from preflight.sandbox.answers import Request, served
from preflight.sandbox.media import data


def test_slow_paths_take_their_time_and_still_answer() -> None:
    for path in ("/slow.jpg", "/slow-body.jpg", "/slow-head.jpg", "/slow.jpg?seconds=0.05"):
        assert once(path).body == data("photo.jpg")


def test_a_slow_first_byte_comes_late() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        async with Hosting(slow_s=0.3) as hosting:
            start = loop.time()
            await ask(hosting, "/slow.jpg")
            return loop.time() - start

    assert run(work()) >= 0.3


@pytest.mark.parametrize(("path", "received"), [("/silent.jpg", False), ("/stalled.jpg", True)])
def test_silence_lasts_until_the_client_or_the_server_ends(path: str, received: bool) -> None:
    async def work() -> bytes:
        async with Hosting() as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            got = await reader.read(1) if received else b""
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.readuntil(b"never"), 0.1)
            await shut(writer)
            return got

    assert run(work()) == (b"H" if received else b"")


def test_the_server_stops_quietly_while_connections_are_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        async with Hosting() as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
            writer.write(b"GET /good.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"20% off.\n")
        assert await reader.read() == b""
        await shut(writer)

    run(work())
    assert not caplog.records


@pytest.mark.parametrize("path", ["/endless.jpg", "/endless-chunked.jpg"])
def test_an_endless_body_ends_when_the_client_goes_away(path: str) -> None:
    async def work() -> int:
        async with Hosting() as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            received = len(await reader.readexactly(2_000_000))
            writer.transport.abort()
            await ask(hosting, "/good.jpg")
            return received

    assert run(work()) == 2_000_000
    assert once(path, method="HEAD").body == b""


def test_a_connection_serves_many_requests() -> None:
    async def work() -> tuple[list[bytes], list[Request], int]:
        async with Hosting() as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
            answers = []
            for method, path in (
                ("GET", "/good.jpg"),
                ("HEAD", "/good.png"),
                ("GET", "/404.jpg"),
                ("GET", "/good.gif"),
            ):
                writer.write(
                    f"{method} {path}?a=b HTTP/1.1\r\nHost: a\r\nX-Test:  1 \r\n\r\n".encode()
                )
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
                answers.append(await reader.readexactly(0 if method == "HEAD" else length))
            await shut(writer)
            return answers, hosting.requests, hosting.counts["/good.jpg"]

    answers, requests, count = run(work())
    assert answers[0] == data("photo.jpg")
    assert answers[3] == data("still.gif")
    assert [(seen.method, seen.path, seen.connection) for seen in requests] == [
        ("GET", "/good.jpg", 1), ("HEAD", "/good.png", 1), ("GET", "/404.jpg", 1), ("GET", "/good.gif", 1),
    ]  # fmt: skip
    assert requests[0].query == "a=b"
    assert requests[0].fields == (("Host", "a"), ("X-Test", "1"))
    assert count == 1


def test_http_1_0_and_a_wish_to_close_end_the_connection() -> None:
    async def work(start: bytes) -> bytes:
        async with Hosting() as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
            writer.write(start)
            wire = await reader.read(-1)
            await shut(writer)
            return wire

    assert run(work(b"GET /good.jpg HTTP/1.0\r\n\r\n")).endswith(data("photo.jpg"))
    assert run(work(b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


def test_an_unknown_path_a_post_and_the_index() -> None:
    assert once("/nothing-here").lines[0] == "HTTP/1.1 404 Not Found"
    assert once("/good.jpg", method="POST").lines[0] == "HTTP/1.1 405 Method Not Allowed"
    index = once("/").body.decode()
    assert all(case.path in index for case in PATHS.values())


def test_own_cases_are_served_beside_the_built_in_ones() -> None:
    own = Case(path="/mine.txt?x=1", title="mine", respond=lambda _: served("text/plain", b"mine"))

    async def work() -> tuple[bytes, bytes]:
        async with Hosting(cases=[own]) as hosting:
            return (await ask(hosting, "/mine.txt")).body, (await ask(hosting, "/good.txt")).body

    mine, built_in = run(work())
    assert mine == b"mine"
    assert built_in != mine


def test_forgetting_starts_the_count_again() -> None:
    async def work() -> list[str]:
        async with Hosting() as hosting:
            first = await ask(hosting, "/flapping.jpg")
            hosting.forget()
            assert not hosting.requests
            return [first.lines[0], (await ask(hosting, "/flapping.jpg")).lines[0]]

    assert run(work()) == ["HTTP/1.1 503 Service Unavailable"] * 2


def test_it_speaks_https_with_a_context() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def work() -> tuple[str, bytes]:
        async with Hosting(tls=context) as hosting:
            reader, writer = await asyncio.open_connection(hosting.host, hosting.port, ssl=trusting)
            writer.write(b"GET /good.jpg HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            wire = await reader.read(-1)
            await shut(writer)
            return hosting.origin, wire

    origin, wire = run(work())
    assert origin.startswith("https://127.0.0.1:")
    assert wire.endswith(data("photo.jpg"))
