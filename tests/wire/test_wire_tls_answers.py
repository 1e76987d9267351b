"""What works, works over TLS as it does without; and what we say and ask for in a handshake."""

from __future__ import annotations

import asyncio
import random
import ssl
from pathlib import Path

import pytest
import uvloop
from helpers.checking import LOOPBACK, check, good, names, observe, rules, settings, sinch
from helpers.replay import End, always, at_random, byte_by_byte, serving
from helpers.tls import CA, HOST, look, server_context

from preflight.errors import UsageError
from preflight.observe.questions import Questions
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver
from preflight.wire.tls import authorities, client_context


def test_alpn_offers_http_1_1_alone_and_sni_is_the_name(cafile: str) -> None:
    offered: list[str | None] = []
    tls = server_context(CA.issue_cert(HOST))
    tls.set_alpn_protocols(["h2", "http/1.1"])

    def server_name(secured: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        offered.append(name)

    tls.sni_callback = server_name

    async def work() -> None:
        async with serving(always(good()), tls=tls) as server:
            resolver = Resolver(names({HOST: ["127.0.0.1"]}))
            seen = await observe(
                server.url(host=HOST + "."), settings(cafile=cafile), resolver=resolver
            )
            assert seen.identity.status == 200
            assert seen.identity.timing.tls is not None
            assert server.seen.alpn == ["http/1.1"]

    asyncio.run(work())
    assert offered == [HOST]


@pytest.mark.parametrize("cut", [byte_by_byte, at_random(7)])
def test_chunks_and_both_framings_over_tls_byte_by_byte(cafile: str, cut: object) -> None:
    both = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 67\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def work() -> None:
        tls = server_context(CA.issue_cert(HOST))
        cutter = byte_by_byte if cut is byte_by_byte else at_random(7)
        async with serving(always(both), tls=tls, cut=lambda _: cutter) as server:
            verdict = await check(
                server.url(host=HOST),
                settings(cafile=cafile),
                resolver=Resolver(names({HOST: ["127.0.0.1"]})),
            )
            assert rules(verdict) == ["chunked-transfer-encoding", "malformed-response"]
        async with serving(always(good()), tls=tls, cut=lambda _: cutter) as server:
            verdict = await check(
                server.url(host=HOST),
                settings(cafile=cafile),
                resolver=Resolver(names({HOST: ["127.0.0.1"]})),
            )
            assert verdict.accepted and server.seen.connections == 1

    asyncio.run(work())


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("size", [16_383, 16_384, 16_385, 400_000])
def test_bodies_of_many_records_arrive_byte_for_byte(cafile: str, size: int, plain: bool) -> None:
    """On both loops: each has a way of its own into a connection's buffer."""
    body = random.Random(size).randbytes(size)
    answer = good(body, "image/png")

    async def work() -> None:
        tls = server_context(CA.issue_cert(HOST))
        async with serving(always(answer), tls=tls) as server:
            resolver = Resolver(names({HOST: ["127.0.0.1"]}))
            fetcher = Fetcher(settings(cafile=cafile), resolver)
            ask = Questions(sinch()).first
            try:
                found = await fetcher.fetch(server.url(host=HOST), ask, fetcher.loop.time() + 10)
                assert found.body == body
            finally:
                await fetcher.close()

    asyncio.run(work()) if plain else uvloop.run(work())


def test_an_answer_cut_off_over_tls_is_truncated(cafile: str) -> None:
    short = (
        b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 68\r\n\r\n" + good()[-67:]
    )
    for end in (End.CLOSE, End.RESET):
        verdict, _ = asyncio.run(
            look(server_context(CA.issue_cert(HOST)), cafile, steps=[short, end])
        )
        assert rules(verdict) == ["truncated-content"]


def test_a_step_down_from_https_is_a_warning(cafile: str) -> None:
    async def work() -> None:
        async with serving(always(good())) as open_server:
            moved = f"HTTP/1.1 302 Found\r\nLocation: {open_server.url()}\r\nContent-Length: 0\r\n\r\n".encode()
            verdict, _ = await look(server_context(CA.issue_cert(HOST)), cafile, steps=[moved])
            assert verdict.accepted
            assert {finding.rule for finding in verdict.findings} == {
                "redirected",
                "insecure-redirect",
            }

    asyncio.run(work())


def test_a_ca_file_that_cannot_be_used_is_the_callers_fault(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (str(empty), str(tmp_path / "absent.pem")):
        with pytest.raises(UsageError, match="CA file"):
            client_context(path)


def test_the_context_has_authorities_and_a_floor(cafile: str) -> None:
    context = client_context(cafile)
    assert authorities(context) == 1
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.check_hostname and context.verify_mode is ssl.CERT_REQUIRED
    assert LOOPBACK
