"""Through proxies: Debian's tinyproxy, and one of our own that speaks TLS; credentials go to the proxy and nowhere else."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from helpers.checking import check, good, message_of, names, observe, rules, settings
from helpers.loops import LOOPS, run_on
from helpers.programs import free_port, need, until_listening
from helpers.replay import always, forbidden, serving
from helpers.tls import CA, closing

from preflight.text import mask_head
from preflight.wire.address import networks
from preflight.wire.resolve import Resolver

SECRET = "CANARY-secret"


def server_context(*hosts: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert(*hosts).configure_cert(context)
    return context


@dataclass
class Tinyproxy:
    """Where it listens, and what it wrote down."""

    port: int
    log: Path

    @property
    def lines(self) -> str:
        return self.log.read_text(errors="replace")


@contextlib.contextmanager
def tinyproxy(folder: Path, *extra: str) -> Iterator[Tinyproxy]:
    program = need("tinyproxy")
    port, log = free_port(), folder / "tinyproxy.log"
    config = folder / "tinyproxy.conf"
    lines = [
        f"Port {port}",
        "Listen 127.0.0.1",
        "Allow 127.0.0.1",
        "Timeout 20",
        "MaxClients 20",
        f'LogFile "{log}"',
        "LogLevel Connect",
        *extra,
    ]
    config.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [program, "-d", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        until_listening(process, port)
        yield Tinyproxy(port, log)
    finally:
        process.kill()  # a SIGTERM that arrives before its poll is noticed at the next connection only
        process.communicate()


def test_plain_http_goes_in_absolute_form(tmp_path: Path) -> None:
    async def work(proxy: Tinyproxy) -> None:
        async with serving(always(good())) as server:
            chosen = settings(
                proxy=f"http://127.0.0.1:{proxy.port}", allow_networks=networks(["127.0.0.0/8"])
            )
            seen = await observe(server.url("/a%2Fb.png?x=%41"), chosen)
            assert seen.identity.status == 200 and seen.identity.proxied
            assert server.seen.targets[0] == "/a%2Fb.png?x=%41"
            assert seen.identity.request.startswith(
                f"GET http://127.0.0.1:{server.port}/a%2Fb.png?x=%41 HTTP/1.1\r\n"
            )
            assert "GET http://127.0.0.1" in proxy.lines

    with tinyproxy(tmp_path) as proxy:
        asyncio.run(work(proxy))


def test_https_goes_through_a_tunnel_and_is_verified_to_its_end(
    tmp_path: Path, cafile: str
) -> None:
    async def work(proxy: Tinyproxy) -> None:
        async with serving(always(good()), tls=server_context("127.0.0.1")) as server:
            chosen = settings(proxy=f"http://127.0.0.1:{proxy.port}", cafile=cafile)
            verdict = await check(server.url(), chosen)
            assert (
                verdict.accepted and server.seen.connections == 1 and len(server.seen.requests) == 2
            )
            assert not any(b"Proxy" in request for request in server.seen.requests)
        async with serving(always(good()), tls=server_context("other.example")) as server:
            verdict = await check(server.url(), chosen)
            assert rules(verdict) == ["untrusted-certificate"]

    with tinyproxy(tmp_path) as proxy:
        asyncio.run(work(proxy))


@pytest.mark.parametrize("loop", LOOPS)
def test_a_tunnel_is_asked_for_on_every_loop(loop: str, tmp_path: Path, cafile: str) -> None:
    answered = closing(good(), notify=True, version=ssl.TLSVersion.TLSv1_3)
    with tinyproxy(tmp_path) as proxy, answered as base:
        chosen = settings(proxy=f"http://127.0.0.1:{proxy.port}", cafile=cafile)
        assert run_on(loop, check(f"{base}/x.png", chosen)).accepted


def test_credentials_are_for_the_proxy_and_shown_nowhere(tmp_path: Path) -> None:
    async def work(proxy: Tinyproxy) -> None:
        async with serving(always(good())) as server:
            right = settings(proxy=f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
            seen = await observe(server.url(), right)
            assert seen.identity.status == 200
            assert not any(
                SECRET.encode() in request or b"Proxy-Auth" in request
                for request in server.seen.requests
            )
            encoded = base64.b64encode(f"user:{SECRET}".encode()).decode()
            shown = mask_head(seen.identity.request)
            assert (
                encoded not in shown and SECRET not in shown and "Proxy-Authorization: ***" in shown
            )
        async with serving(always(good())) as server:
            verdict = await check(server.url(), settings(proxy=f"http://127.0.0.1:{proxy.port}"))
            assert rules(verdict) == ["not-checked"] and not server.seen.requests
            assert "407" in message_of(verdict, "not-checked")
            wrong = settings(proxy=f"http://user:{SECRET}-not@127.0.0.1:{proxy.port}")
            verdict = await check(server.url(), wrong)
            assert not verdict.accepted and not server.seen.requests
            assert SECRET not in str(
                [(finding.message, finding.fix) for finding in verdict.findings]
            )

    with tinyproxy(tmp_path, f"BasicAuth user {SECRET}") as proxy:
        asyncio.run(work(proxy))


def test_a_tunnel_that_the_proxy_refuses_is_no_fault_of_the_url(
    tmp_path: Path, cafile: str
) -> None:
    async def work(proxy: Tinyproxy) -> None:
        async with serving(always(good()), tls=server_context("127.0.0.1")) as server:
            verdict = await check(
                server.url(), settings(proxy=f"http://127.0.0.1:{proxy.port}", cafile=cafile)
            )
            assert rules(verdict) == ["not-checked"] and verdict.outcome == "unknown"
            assert "403" in message_of(verdict, "not-checked") and not server.seen.connections

    with tinyproxy(tmp_path, "ConnectPort 443") as proxy:
        asyncio.run(work(proxy))


@dataclass
class Tunnel:
    """A small CONNECT proxy of our own, and what it was asked."""

    port: int
    asked: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def own_proxy(
    answer: bytes | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Tunnel]:
    """Opens tunnels to 127.0.0.1, whatever the name; ``answer`` replaces what it says to CONNECT."""
    tunnel = Tunnel(0)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        far: asyncio.StreamWriter | None = None
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            tunnel.asked.append(head)
            if answer is not None:
                writer.write(answer)
                await writer.drain()
                return
            port = int(head.split(b" ")[1].rpartition(b":")[2])
            far_reader, far = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"HTTP/1.1 200 Connection established\r\nVia: own\r\n\r\n")
            await asyncio.gather(pump(reader, far), pump(far_reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            for one in (writer, far):
                if one is not None:
                    one.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    tunnel.port = server.sockets[0].getsockname()[1]
    try:
        yield tunnel
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def test_a_proxy_over_tls_carries_https_inside(cafile: str) -> None:
    async def work() -> None:
        async with (
            own_proxy(tls=server_context("proxy.example")) as proxy,
            serving(always(good()), tls=server_context("media.example")) as server,
        ):
            resolver = Resolver(names({"proxy.example": ["127.0.0.1"]}))
            chosen = settings(
                proxy=f"https://u:{SECRET}@proxy.example:{proxy.port}",
                cafile=cafile,
                allow_networks=(),
            )
            verdict = await check(server.url(host="media.example"), chosen, resolver=resolver)
            assert verdict.accepted, verdict.findings
            place = f"media.example:{server.port}".encode()
            assert proxy.asked[0].startswith(
                b"CONNECT "
                + place
                + b" HTTP/1.1\r\nHost: "
                + place
                + b"\r\nProxy-Authorization: Basic "
            )
            assert not any(b"Proxy" in request for request in server.seen.requests)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "407"), (b"HTTP/1.1 502 Bad\r\n\r\n", "502"), (b"nonsense\r\n\r\n", "HTTP"),
        (b"", "closed"), (b"HTTP/1.1 200", "closed"), (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000, "closed"),
    ],
)  # fmt: skip
def test_a_proxy_that_does_not_open_a_tunnel(answer: bytes, said: str) -> None:
    async def work() -> None:
        async with own_proxy(answer) as proxy:
            verdict = await check(
                "https://media.example/x.png", settings(proxy=f"http://127.0.0.1:{proxy.port}")
            )
            assert rules(verdict) == ["not-checked"] and verdict.outcome == "unknown"
            assert said in message_of(verdict, "not-checked")

    asyncio.run(work())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_no_fault_of_the_url(scheme: str) -> None:
    async def work() -> None:
        for url in ("http://media.example/x.png", "https://media.example/x.png"):
            verdict = await check(url, settings(proxy=f"{scheme}://127.0.0.1:{free_port()}"))
            assert rules(verdict) == ["not-checked"] and verdict.outcome == "unknown", url
            verdict = await check(
                url,
                settings(proxy="http://absent.example:3128"),
                resolver=Resolver(names({"absent.example": []})),
            )
            assert rules(verdict) == ["not-checked"] and verdict.outcome == "unknown", url

    asyncio.run(work())


def test_what_needs_no_resolver_is_judged_even_through_a_proxy() -> None:
    async def work() -> None:
        async with serving(always(good())) as proxy, forbidden("127.0.0.2") as server:
            through = f"http://127.0.0.1:{proxy.port}"
            closed = settings(proxy=through, allow_networks=())
            for host, rule in (
                ("localhost", "private-address"), ("a.localhost", "private-address"), ("localhost.", "private-address"),
                ("a.invalid", "unresolvable-host"), ("a.onion", "unresolvable-host"),
            ):  # fmt: skip
                verdict = await check(server.url(host=host), closed)
                assert rule in rules(verdict) and verdict.outcome == "reject", host
            assert not proxy.seen.requests
            opened = settings(proxy=through, allow_networks=networks(["127.0.0.0/8"]))
            for host in ("localhost", "127.0.0.1"):  # let in, so its port is no news either
                verdict = await check(server.url(host=host), opened)
                assert verdict.accepted and not verdict.findings, (host, verdict.findings)

    asyncio.run(work())


def test_a_private_literal_is_refused_even_through_a_proxy() -> None:
    async def work() -> None:
        async with own_proxy() as proxy, forbidden("127.0.0.2") as inside:
            chosen = settings(
                proxy=f"http://127.0.0.1:{proxy.port}", allow_networks=networks(["127.0.0.1"])
            )
            assert rules(await check(inside.url(), chosen)) == ["private-address"]
            assert not proxy.asked and inside.seen.connections == 0

    asyncio.run(work())


def test_the_environment_counts_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with serving(always(good())) as proxy, serving(always(good())) as server:
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("no_proxy", "direct.example")
            resolver = Resolver(names({"direct.example": ["127.0.0.1"]}))
            await check(server.url())
            assert not proxy.seen.requests
            await check(server.url(), settings(proxy="env"))
            assert proxy.seen.targets[0] == server.url()
            before = len(proxy.seen.requests)
            assert (
                await check(
                    server.url(host="direct.example"), settings(proxy="env"), resolver=resolver
                )
            ).accepted
            assert len(proxy.seen.requests) == before

    asyncio.run(work())
