"""TLS that fails: each way has its own sentence and outcome."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from helpers.checking import check, good, message_of, rules, settings
from helpers.replay import always, reset, serving
from helpers.tls import CA, HOST, look, server_context

from preflight.verdict import Verdict

OTHER_CA = trustme.CA()
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


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


def test_a_common_name_alone_is_no_name(cafile: str) -> None:
    leaf = CA.issue_cert(common_name=HOST)
    refused(asyncio.run(look(server_context(leaf), cafile))[0], "a Common Name alone")


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
