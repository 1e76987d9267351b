"""The sandbox's hosting does on the wire what its table says: read with a raw client that repairs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ssl
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TypeVar

import pytest
import trustme

from preflight.sandbox import PATHS, Case, Hosting
from preflight.sandbox.answers import Request, served, zipped
from preflight.sandbox.media import TOO_LARGE, data
from preflight.sandbox.paths import DEMO
from preflight.verdict import Outcome

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 20))


@dataclass
class Seen:
    """All bytes until the server ended it or ``enough`` arrived, and how it ended."""

    wire: bytes
    reset: bool = False

    @property
    def head(self) -> bytes:
        return self.wire.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.wire.partition(b"\r\n\r\n")[2]

    @property
    def lines(self) -> list[str]:
        return self.head.decode("latin-1").split("\r\n")

    def fields(self, name: str) -> list[str]:
        found = [line.partition(":") for line in self.lines[1:]]
        return [value.strip() for key, _, value in found if key.lower() == name]


async def shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def ask(hosting: Hosting, path: str, *lines: str, method: str = "GET") -> Seen:
    """One request that asks for the connection to be closed, read to its end."""
    reader, writer = await asyncio.open_connection(hosting.host, hosting.port)
    text = "\r\n".join(
        (f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines)
    )
    writer.write(text.encode() + b"\r\n\r\n")
    wire, reset = b"", False
    try:
        while piece := await reader.read(65_536):
            wire += piece
    except ConnectionResetError:
        reset = True
    await shut(writer)
    return Seen(wire, reset)


def once(path: str, *lines: str, method: str = "GET") -> Seen:
    async def work() -> Seen:
        async with Hosting(slow_s=0.2) as hosting:
            return await ask(hosting, path, *lines, method=method)

    return run(work())


def twice(path: str) -> list[Seen]:
    async def work() -> list[Seen]:
        async with Hosting() as hosting:
            return [await ask(hosting, path), await ask(hosting, path)]

    return run(work())


PLAIN = [case for case in PATHS.values() if case.outcome is Outcome.ACCEPT and not case.remarks]


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case.path)
def test_what_is_accepted_without_remark_is_plain(case: Case) -> None:
    first, second = twice(case.path)
    if first.lines[0].endswith("503 Service Unavailable"):
        first = second
    if " 103 " in first.lines[0]:
        first = Seen(first.body)
    assert first.lines[0] in ("HTTP/1.1 200 OK", "HTTP/1.0 200 OK")
    assert first.fields("content-length") == [str(len(first.body))]
    assert len(first.fields("content-type")) == 1
    assert not first.fields("transfer-encoding")


def test_the_table_is_sound() -> None:
    paths = [case.path.partition("?")[0] for case in PATHS.values()]
    assert len(set(paths)) == len(paths)
    assert len({case.title for case in PATHS.values()}) == len(paths)
    for case in PATHS.values():
        assert bool(case.errors) == (case.outcome is not Outcome.ACCEPT), case.path
        agrees = bool(case.gateway) == (case.outcome is not Outcome.ACCEPT)
        assert agrees or case.note, f"{case.path}: the gateway differs, and no note says why"
    assert set(DEMO) <= set(PATHS)


@pytest.mark.parametrize(
    "path", ["/chunked.jpg", "/chunked-spelled.jpg", "/varnish.jpg", "/rails.jpg"]
)
def test_chunked_answers_carry_the_photo(path: str) -> None:
    seen = once(path)
    assert [value.lower() for value in seen.fields("transfer-encoding")] == ["chunked"]
    assert not seen.fields("content-length")
    assert unchunked(seen.body) == data("photo.jpg")


def unchunked(body: bytes) -> bytes:
    out = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            assert body == b"\r\n"
            return out
        assert body[length : length + 2] == b"\r\n"
        out, body = out + body[:length], body[length + 2 :]


COMPRESSING = [
    "/chunked-when-gzip.jpg", "/cloudfront.jpg", "/cloudflare.jpg", "/akamai.jpg", "/google-cdn.jpg",
    "/front-door.jpg", "/nginx.jpg", "/apache.jpg", "/iis.jpg", "/express.jpg",
]  # fmt: skip


@pytest.mark.parametrize("path", COMPRESSING)
def test_compression_on_the_fly_chunks_only_for_gzip(path: str) -> None:
    plain = once(path, "Accept-Encoding: identity")
    assert plain.fields("content-length") == [str(len(data("photo.jpg")))]
    coded = once(path, "Accept-Encoding: gzip")
    assert coded.fields("transfer-encoding") == ["chunked"]
    assert coded.fields("content-encoding") == ["gzip"]
    assert gzip.decompress(unchunked(coded.body)) == data("photo.jpg")


def test_a_weight_of_zero_is_no_wish_for_gzip() -> None:
    assert once("/nginx.jpg", "Accept-Encoding: br, gzip;q=0").fields("content-length")
    assert once("/nginx.jpg", "Accept-Encoding: br, GZIP;q=0.5").fields("transfer-encoding")


@pytest.mark.parametrize(
    ("path", "lengths"),
    [
        ("/no-length.jpg", []),
        ("/two-lengths.jpg", [str(len(data("photo.jpg"))), "100"]),
        ("/repeated-length.jpg", [str(len(data("photo.jpg")))] * 2),
        ("/negative-length.jpg", ["-1"]),
        ("/worded-length.jpg", ["many"]),
        ("/length-and-chunked.jpg", [str(len(data("photo.jpg")))]),
        ("/coded-without-chunked.jpg", []),
        ("/empty.jpg", ["0"]),
        ("/too-large.jpg", [str(TOO_LARGE)]),
        ("/gzip.jpg", [str(len(zipped(data("photo.jpg"))))]),
        ("/old-proxy.jpg", []),
    ],
)
def test_lengths_are_sent_as_written(path: str, lengths: list[str]) -> None:
    assert once(path).fields("content-length") == lengths


def test_a_short_body_ends_in_order_and_a_reset_one_does_not() -> None:
    short, cut = once("/short-body.jpg"), once("/reset-in-body.jpg")
    half = data("photo.jpg")[: len(data("photo.jpg")) // 2]
    assert (short.body, short.reset) == (half, False)
    assert (cut.body, cut.reset) == (half, True)
    assert int(short.fields("content-length")[0]) == len(data("photo.jpg"))


def test_no_answer_at_all_is_closed_or_reset() -> None:
    assert once("/closed.jpg") == Seen(b"", reset=False)
    assert once("/reset.jpg") == Seen(b"", reset=True)


def test_surplus_bytes_follow_the_body() -> None:
    assert once("/surplus.jpg").body == data("photo.jpg") + b"surplus bytes\n"


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/http-0.9.jpg", b"\xff\xd8\xff"),
        ("/other-protocol.jpg", b"220 files"),
        ("/bare-lf.jpg", b"HTTP/1.1 200 OK\nContent-Type"),
        ("/http-1.0.jpg", b"HTTP/1.0 200 OK\r\n"),
        ("/early-hints.jpg", b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n"),
        ("/cut-in-head.jpg", b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg"),
    ],
)
def test_odd_heads_begin_as_named(path: str, start: bytes) -> None:
    assert once(path).wire.startswith(start)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/line-without-colon.jpg", b"\r\nX-Cache HIT\r\n"),
        ("/nul-in-value.jpg", b"X-Note: a\0b\r\n"),
        ("/folded.jpg", b"X-Note: one\r\n  two\r\n"),
        ("/space-before-colon.jpg", b"\r\nX-Note : one\r\n"),
        ("/coded-without-chunked.jpg", b"Transfer-Encoding: gzip\r\n"),
        ("/empty-type.jpg", b"\r\nContent-Type:\r\n"),
        ("/malformed-type.jpg", b"\r\nContent-Type: image\r\n"),
        ("/two-types.jpg", b"\r\nContent-Type: text/html"),
        ("/403-shield.jpg", b"cf-mitigated: challenge"),
        ("/429.jpg", b"Retry-After: 1"),
    ],
)
def test_odd_lines_are_there(path: str, inside: bytes) -> None:
    assert inside in once(path).wire


def test_an_endless_head_is_over_64_kib() -> None:
    assert len(once("/endless-head.jpg").head) > 64 * 1024
    assert once("/many-interim.jpg").wire.count(b"103 Early Hints") == 20


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("/flapping.jpg", "HTTP/1.1 503 Service Unavailable", "HTTP/1.1 200 OK"),
        ("/unstable-status.jpg", "HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found"),
    ],
)
def test_status_changes_between_requests(path: str, first: str, second: str) -> None:
    assert [seen.lines[0] for seen in twice(path)] == [first, second]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/unstable-framing.jpg", "transfer-encoding"),
        ("/unstable-length.jpg", "content-length"),
        ("/unstable-type.jpg", "content-type"),
        ("/fastly.jpg", "transfer-encoding"),
    ],
)
def test_a_field_changes_between_requests(path: str, field: str) -> None:
    first, second = twice(path)
    assert first.fields(field) != second.fields(field)


def test_redirects_lead_where_they_say() -> None:
    for path, location in [
        ("/redirect/once", "/good.jpg"), ("/redirect/chunked", "/chunked.jpg"), ("/redirect/loop", "/redirect/loop"),
        ("/redirect/private", "http://169.254.169.254/latest/meta-data/"), ("/redirect/scheme", "ftp://example.com/a.jpg"),
    ]:  # fmt: skip
        assert once(path).fields("location") == [location]
    assert once("/redirect/nowhere").fields("location") == []
    assert once("/redirect/many").fields("location") == ["/redirect/many?left=6"]
    assert once("/redirect/many?left=0").lines[0] == "HTTP/1.1 200 OK"


def test_queries_decide_where_they_should() -> None:
    for path in ("/with-query.mp3", "/with-query.mp4", "/with-query.jpg"):
        assert once(path + "?token=0123").lines[0] == "HTTP/1.1 200 OK"
        assert once(path).lines[0] == "HTTP/1.1 403 Forbidden"
    assert once("/by-query.wav?version=2").body != once("/by-query.wav").body
    assert once("/idle-query.mp3?cache=1").body == once("/idle-query.mp3").body


def test_a_signature_is_for_get_alone() -> None:
    signed = next(path for path in PATHS if path.startswith("/signed.jpg"))
    assert once(signed).lines[0] == "HTTP/1.1 200 OK"
    assert once(signed, method="HEAD").lines[0] == "HTTP/1.1 403 Forbidden"
    assert once("/signed.jpg").lines[0] == "HTTP/1.1 403 Forbidden"


def test_the_time_is_written_into_a_signed_url() -> None:
    url = Hosting(port=80).url("/signed.jpg?X-Amz-Date={now}&a=b")
    assert url.startswith("http://127.0.0.1:80/signed.jpg?X-Amz-Date=20")
    assert url.endswith("Z&a=b")


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
