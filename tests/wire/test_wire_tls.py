"""TLS: each way to fail has its own sentence and outcome; what works, works over TLS as it does without."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import random
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
import uvloop
from helpers.checking import (
    LOOPBACK,
    check,
    good,
    message_of,
    names,
    observe,
    rules,
    settings,
    sinch,
)
from helpers.replay import End, Server, Step, always, at_random, byte_by_byte, reset, serving

from preflight.errors import UsageError
from preflight.observe.questions import Questions
from preflight.verdict import Verdict
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import Resolver
from preflight.wire.tls import authorities, client_context

CA = trustme.CA()
OTHER_CA = trustme.CA()
HOST = "media.example"
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def cafile(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return str(path)


async def look(
    tls: ssl.SSLContext,
    cafile: str | None,
    *,
    host: str = HOST,
    steps: Sequence[Step] | None = None,
) -> tuple[Verdict, Server]:
    async with serving(always(*(steps or [good()])), tls=tls) as server:
        resolver = Resolver(names({host: ["127.0.0.1"]}))
        return await check(
            server.url(host=host), settings(cafile=cafile, total_s=10.0), resolver=resolver
        ), server


def refused(verdict: Verdict, said: str, outcome: str = "reject") -> None:
    assert rules(verdict) == ["untrusted-certificate"]
    assert said in message_of(verdict, "untrusted-certificate")
    assert verdict.outcome == outcome


def test_a_private_authority_is_trusted_where_it_is_named(cafile: str) -> None:
    tls = server_context(CA.issue_cert(HOST))
    verdict, _ = asyncio.run(look(tls, cafile))
    assert verdict.accepted
    refused(asyncio.run(look(tls, None))[0], "authority is not known")


def test_expired(cafile: str) -> None:
    leaf = CA.issue_cert(HOST, not_before=NOW - 9 * DAY, not_after=NOW - DAY)
    refused(asyncio.run(look(server_context(leaf), cafile))[0], "has expired")


def test_not_yet_valid(cafile: str) -> None:
    leaf = CA.issue_cert(HOST, not_before=NOW + DAY, not_after=NOW + 9 * DAY)
    refused(asyncio.run(look(server_context(leaf), cafile))[0], "not valid yet")


def test_another_name(cafile: str) -> None:
    leaf = CA.issue_cert("other.example", "*.media.example")
    refused(asyncio.run(look(server_context(leaf), cafile))[0], "another host name")


def test_a_wildcard_covers_one_label(cafile: str) -> None:
    tls = server_context(CA.issue_cert("*.media.example"))
    assert asyncio.run(look(tls, cafile, host="a.media.example"))[0].accepted
    refused(asyncio.run(look(tls, cafile, host="a.b.media.example"))[0], "another host name")


def test_signed_by_itself(cafile: str, tmp_path: Path) -> None:
    # a CA's own certificate, served as a leaf, is signed by itself
    pem = tmp_path / "self.pem"
    pem.write_bytes(OTHER_CA.private_key_pem.bytes() + OTHER_CA.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    refused(asyncio.run(look(context, cafile))[0], "signed by itself")


def test_a_private_root_sent_along(cafile: str, tmp_path: Path) -> None:
    leaf = OTHER_CA.issue_cert(HOST)
    pem = tmp_path / "chain.pem"
    chain = b"".join(part.bytes() for part in leaf.cert_chain_pems) + OTHER_CA.cert_pem.bytes()
    pem.write_bytes(leaf.private_key_pem.bytes() + chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    refused(asyncio.run(look(context, cafile))[0], "root that is not trusted")


def test_a_missing_intermediate(cafile: str, tmp_path: Path) -> None:
    leaf = CA.create_child_ca().issue_cert(HOST)
    assert asyncio.run(look(server_context(leaf), cafile))[0].accepted
    pem = tmp_path / "leaf.pem"
    pem.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    verdict = asyncio.run(look(context, cafile))[0]
    refused(verdict, "intermediate certificate is missing")
    assert "full chain" in verdict.findings[0].fix


def shake(tls: ssl.SSLContext) -> Verdict:
    """Our verdict on a server that shakes hands in a thread: asyncio's own drops the alert that it owes to the client."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            accepted, _ = listening.accept()
            accepted.settimeout(5)
            with contextlib.suppress(OSError), tls.wrap_socket(accepted, server_side=True):
                pass
            accepted.close()

        thread = threading.Thread(target=serve)
        thread.start()
        verdict = asyncio.run(check(f"https://127.0.0.1:{listening.getsockname()[1]}/x.png"))
        thread.join()
        return verdict


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_protocols_only() -> None:
    tls = server_context(CA.issue_cert(HOST))
    tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.maximum_version = ssl.TLSVersion.TLSv1_1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    refused(shake(tls), "no TLS version from 1.2")


def test_no_cipher_in_common() -> None:
    tls = server_context(CA.issue_cert(HOST))
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("PSK")
    refused(shake(tls), "no cipher in common")


def test_an_address_in_the_certificate(cafile: str) -> None:
    async def work(leaf: trustme.LeafCert) -> Verdict:
        async with serving(always(good()), tls=server_context(leaf)) as server:
            return await check(server.url(), settings(cafile=cafile))

    assert asyncio.run(work(CA.issue_cert("127.0.0.1"))).accepted
    refused(asyncio.run(work(CA.issue_cert(HOST))), "not for this IP address")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (ssl.TLSVersion.TLSv1_2, "refuses the host name"),
        (ssl.TLSVersion.TLSv1_3, "wants a client certificate"),
    ],
)
def test_a_client_certificate_is_wanted(cafile: str, version: ssl.TLSVersion, said: str) -> None:
    """In TLS 1.3 the server says so only after our own end of the handshake, where an answer should be."""
    tls = server_context(CA.issue_cert("127.0.0.1"))
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.minimum_version = tls.maximum_version = version
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            accepted, _ = listening.accept()
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            shaking = tls.wrap_bio(incoming, outgoing, server_side=True)
            with accepted, contextlib.suppress(OSError):
                while data := accepted.recv(
                    65_536
                ):  # to the end: an unread request would be a reset
                    incoming.write(data)
                    with contextlib.suppress(ssl.SSLError):
                        shaking.do_handshake()
                    accepted.sendall(outgoing.read())

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}/x.png"
        verdict = asyncio.run(check(url, settings(cafile=cafile)))
        thread.join()
    refused(verdict, said)


@asynccontextmanager
async def plain(act: str) -> AsyncIterator[int]:
    """A listener that answers the first bytes of a handshake in its own way."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(64)
        if act == "http":
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        if act == "reset":
            reset(writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("act", "said", "outcome"),
    [
        ("http", "does not speak TLS", "reject"),
        ("close", "inside the TLS handshake", "unknown"),
        ("reset", "inside the TLS handshake", "unknown"),
    ],
)
def test_what_is_no_handshake(act: str, said: str, outcome: str) -> None:
    async def work() -> None:
        async with plain(act) as port:
            refused(await check(f"https://127.0.0.1:{port}/x.png"), said, outcome)

    asyncio.run(work())


def test_http_on_a_tls_port_is_no_answer(cafile: str) -> None:
    async def work() -> None:
        async with serving(always(good()), tls=server_context(CA.issue_cert(HOST))) as server:
            verdict = await check(f"http://127.0.0.1:{server.port}/x.png")
            assert rules(verdict) in (["malformed-response"], ["unreachable-host"])
            assert not server.seen.requests

    asyncio.run(work())


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
