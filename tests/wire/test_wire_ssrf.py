"""Nothing that a URL, a name or a server says leads to an address that is not public: the listeners there count nobody.

127.0.0.1 stands for the public internet and is let in; 127.0.0.2, 127.0.0.3 and ::1 stand for the inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from helpers.checking import check, good, message_of, rules, settings
from helpers.replay import Server, always, forbidden, serving

from preflight.observation import FailureKind
from preflight.verdict import Verdict
from preflight.wire.address import networks
from preflight.wire.resolve import ResolutionError, Resolver

PUBLIC = networks(["127.0.0.1/32"])
INSIDE = ("127.0.0.2", "127.0.0.3", "::1")


@dataclass
class House:
    """The public server, and listeners on the same port of the private addresses."""

    public: Server
    inside: list[Server]

    @property
    def reached(self) -> int:
        return sum(server.seen.connections for server in self.inside)


@asynccontextmanager
async def house(location: str | None = None) -> AsyncIterator[House]:
    """``location`` makes the public server redirect; ``{port}`` in it is the port that all share."""
    answers: list[bytes] = []
    async with serving(lambda _: [answers[0]]) as public:
        moved = (location or "").replace("{port}", str(public.port))
        redirect = f"HTTP/1.1 302 Found\r\nLocation: {moved}\r\nContent-Length: 0\r\n\r\n".encode(
            "latin-1"
        )
        answers.append(redirect if location else good())
        async with (
            forbidden("127.0.0.2", public.port) as a,
            forbidden("127.0.0.3", public.port) as b,
            forbidden("::1", public.port) as c,
        ):
            yield House(public, [a, b, c])


class Names:
    """A stub name server that counts: each call gives the next answer, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.calls = 0

    async def __call__(self, host: str) -> list[str]:
        self.calls += 1
        return self.answers[min(self.calls, len(self.answers)) - 1]


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def look(
    url: str, names: Callable[[str], Awaitable[list[str]]] | None = None, **changes: object
) -> Verdict:
    chosen = settings(allow_networks=PUBLIC, total_s=5.0, **changes)
    return await check(url, chosen, resolver=Resolver(names) if names else None)


DISGUISES = [
    "127.0.0.2", "127.0.0.3", "[::1]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]", "[64:ff9b::7f00:2]", "[2002:7f00:2::]",
    "[::ffff:0:127.0.0.2]", "[fe80::1%251]", "[0:0:0:0:0:0:0:1]", "2130706434", "0x7f000002", "017700000002", "127.2", "127.0.2", "0177.0.0.2",
    "0x7f.0.0.2", "0x7f.2", "127.0.0.2.", "%31%32%37.0.0.2", "①②⑦.⓪.⓪.②", "127。0。0。2", "１２７.0.0.2", "u@127.0.0.2", "127.0.0.1@127.0.0.2",
    "127.0.0.1:80@127.0.0.2", "0", "0.0.0.0", "[::]", "127.0.0.2\t", "127.0.0.2%00.example",
]  # fmt: skip


@pytest.mark.parametrize("host", DISGUISES)
def test_given_outright(host: str) -> None:
    async def work() -> None:
        async with house() as place:
            names = Names(["127.0.0.2"])
            verdict = await look(f"http://{host}:{place.public.port}/x.png", names)
            assert place.reached == 0 and place.public.seen.connections == 0
            assert rules(verdict) in (["private-address"], ["invalid-url"])
            assert verdict.outcome == "reject"

    run(work())


@pytest.mark.parametrize("host", [*DISGUISES, "inside.example"])
def test_behind_a_redirect(host: str) -> None:
    async def work() -> None:
        async with house(f"http://{host}:{{port}}/x.png".encode().decode("latin-1")) as place:
            names = Names(["127.0.0.2"])
            verdict = await look(place.public.url(), names)
            assert place.reached == 0 and place.public.seen.connections == 1
            assert rules(verdict) in (["private-address"], ["invalid-url"])
            assert verdict.outcome == "reject"

    run(work())


@pytest.mark.parametrize(
    "location",
    ["//127.0.0.2:{port}/x.png", "///127.0.0.2:{port}/x.png", "http:127.0.0.2", "\\\\127.0.0.2:{port}\\x", "http:\\\\127.0.0.2:{port}/", "//[::1]:{port}/",
     "https://127.0.0.2:{port}/", "HTTP://127.0.0.3:{port}/", "gopher://127.0.0.2:{port}/", "http://127.0.0.1:{port}@127.0.0.2:{port}/"],
)  # fmt: skip
def test_behind_an_odd_location(location: str) -> None:
    async def work() -> None:
        async with house(location) as place:
            verdict = await look(place.public.url())
            assert place.reached == 0
            assert rules(verdict) in (["private-address"], ["invalid-url"])

    run(work())


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.2"], ["::1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.1", "::1"], ["::1", "127.0.0.1"],
        ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.3"], ["::ffff:127.0.0.1"], ["::ffff:127.0.0.1", "127.0.0.1"], ["fe80::1%eth0"], ["not an address"],
        ["0.0.0.0"], ["64:ff9b::7f00:2"],
    ],
)  # fmt: skip
def test_by_name(answer: list[str]) -> None:
    async def work() -> None:
        async with house() as place:
            names = Names(answer)
            verdict = await look(place.public.url(host="media.example"), names)
            assert place.reached == 0 and place.public.seen.connections == 0
            assert rules(verdict) == ["private-address"] and verdict.outcome == "reject"
            assert names.calls == 1

    run(work())


def test_a_mixed_answer_is_named_as_one() -> None:
    async def work() -> None:
        async with house() as place:
            verdict = await look(
                place.public.url(host="media.example"), Names(["127.0.0.2", "127.0.0.1"])
            )
            assert "127.0.0.2" in message_of(verdict, "private-address")
            assert "1 more that are public" in message_of(verdict, "private-address")

    run(work())


def test_a_name_that_changes_its_mind_is_asked_once_a_pass() -> None:
    async def work() -> None:
        async with house() as place:
            names = Names(["127.0.0.1"], ["127.0.0.2"])
            verdict = await look(place.public.url(host="media.example"), names)
            assert verdict.accepted and names.calls == 1
            assert place.reached == 0 and place.public.seen.connections == 1

    run(work())


def test_a_name_that_turns_inward_between_redirects_is_refused() -> None:
    async def work() -> None:
        async with house("http://second.example:{port}/x.png") as place:
            names = Names(["127.0.0.1"], ["127.0.0.2"])
            verdict = await look(place.public.url(host="first.example"), names)
            assert rules(verdict) == ["private-address"] and names.calls == 2
            assert place.reached == 0 and place.public.seen.connections == 1

    run(work())


def test_no_more_than_two_addresses_of_a_family_are_tried() -> None:
    async def work() -> None:
        async with serving(always(good()), host="127.0.0.9") as far:
            answer = [f"127.0.0.{last}" for last in range(4, 10)]
            chosen = settings(allow_networks=networks(["127.0.0.0/8"]), total_s=5.0)
            verdict = await check(
                far.url(host="many.example"), chosen, resolver=Resolver(Names(answer))
            )
            assert rules(verdict) == ["unreachable-host"] and far.seen.connections == 0

    run(work())


@pytest.mark.parametrize(
    ("problem", "rule", "outcome"),
    [
        (
            ResolutionError(FailureKind.HOST_NOT_FOUND, "the name does not exist"),
            "unresolvable-host",
            "reject",
        ),
        (
            ResolutionError(FailureKind.RESOLUTION, "the name servers could not say"),
            "unresolvable-host",
            "unknown",
        ),
        (KeyError("x"), "not-checked", "unknown"),
        (UnicodeError("x"), "not-checked", "unknown"),
        (OSError(5, "x"), "not-checked", "unknown"),
    ],
)
def test_a_resolver_that_raises(problem: Exception, rule: str, outcome: str) -> None:
    async def lookup(_: str) -> list[str]:
        raise problem

    async def work() -> None:
        verdict = await look("http://media.example/x.png", lookup)
        assert (rules(verdict), str(verdict.outcome)) == ([rule], outcome)

    run(work())


def test_an_empty_answer_is_no_address() -> None:
    async def work() -> None:
        verdict = await look("http://media.example/x.png", Names([]))
        assert rules(verdict) == ["unresolvable-host"] and verdict.outcome == "reject"

    run(work())


def test_reserved_names_are_never_asked_for() -> None:
    async def work() -> None:
        names = Names(["127.0.0.1"])
        for host in ("a.invalid", "b.onion", "localhost", "x.localhost"):
            await look(f"http://{host}:9/x.png", names)
        assert names.calls == 0

    run(work())


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "a.localhost"])
def test_localhost_is_loopback_whatever_name_servers_say(host: str) -> None:
    async def work() -> None:
        async with house() as place:
            names = Names(["8.8.8.8"])
            url = f"http://{host}:{place.public.port}/x.png"
            closed = await check(url, settings(allow_networks=()), resolver=Resolver(names))
            assert rules(closed) == ["private-address"] and place.public.seen.connections == 0
            assert (await look(url, names)).accepted
            assert names.calls == 0 and place.reached == 0

    run(work())


def test_a_permission_opens_exactly_what_it_names() -> None:
    async def work() -> None:
        async with (
            serving(always(good()), host="127.0.0.2") as named,
            forbidden("127.0.0.3", named.port) as other,
            forbidden("::1", named.port) as six,
        ):
            chosen = settings(allow_networks=networks(["127.0.0.2"]))
            assert (await check(named.url(), chosen)).accepted
            for host in ("127.0.0.3", "[::1]", "[::ffff:127.0.0.2]", "127.0.0.1"):
                verdict = await check(f"http://{host}:{named.port}/x.png", chosen)
                assert rules(verdict) == ["private-address"], host
            assert other.seen.connections == six.seen.connections == 0
            nothing = settings(allow_networks=())
            assert rules(await check(named.url(), nothing)) == ["private-address"]

    run(work())


def test_the_environment_widens_nothing_and_brings_no_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work() -> None:
        async with house() as place, forbidden("127.0.0.1") as proxy:
            for name in (
                "http_proxy",
                "HTTP_PROXY",
                "https_proxy",
                "HTTPS_PROXY",
                "all_proxy",
                "ALL_PROXY",
            ):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            for name in ("PREFLIGHT_ALLOW_NETWORK", "ALLOW_NETWORK", "NO_PROXY"):
                monkeypatch.setenv(name, "127.0.0.0/8")
            assert (await look(place.public.url())).accepted
            assert rules(await look(place.inside[0].url())) == ["private-address"]
            assert place.reached == 0 and proxy.seen.connections == 0

    run(work())


def test_headers_of_the_caller_do_not_leave_the_first_origin() -> None:
    async def work() -> None:
        async with serving(always(good())) as second:
            moved = f"HTTP/1.1 302 Found\r\nLocation: {second.url()}\r\nContent-Length: 0\r\n\r\n".encode()
            async with serving(always(moved)) as first:
                await look(first.url(), headers=(("X-Secret", "CANARY"), ("User-Agent", "mine")))
                assert all(b"X-Secret: CANARY\r\n" in request for request in first.seen.requests)
                assert second.seen.requests and not any(
                    b"CANARY" in request for request in second.seen.requests
                )
                assert all(b"User-Agent: mine" not in request for request in second.seen.requests)

    run(work())


def test_headers_of_the_caller_do_not_come_back_to_the_first_origin() -> None:
    """Otherwise another origin would choose where on the first one they are shown."""

    async def work() -> None:
        back: list[bytes] = []
        async with serving(lambda _: back) as second:
            moved = f"HTTP/1.1 302 Found\r\nLocation: {second.url()}\r\nContent-Length: 0\r\n\r\n".encode()

            def answer(request: bytes) -> list[bytes]:
                return [good()] if request.startswith(b"GET /echo.png ") else [moved]

            async with serving(answer) as first:
                back.append(f"HTTP/1.1 302 Found\r\nLocation: {first.url('/echo.png')}\r\nContent-Length: 0\r\n\r\n".encode())  # fmt: skip
                await look(first.url("/x.png"), headers=(("X-Secret", "CANARY"),))
                seen = [(one.split(b" ")[1], b"CANARY" in one) for one in first.seen.requests]
                assert set(seen) == {(b"/x.png", True), (b"/echo.png", False)}

    run(work())


def test_a_signed_url_goes_out_byte_for_byte_and_without_what_nobody_asked_for() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            path = "/a//b/../%7Ec/x.png?X-Amz-Signature=a%2Fb&z=%7e%41&&=+;a#fragment"
            await look(server.url(path))
            request = server.seen.requests[0].decode()
            assert request.startswith(
                f"GET {path.partition('#')[0]} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            )
            names = {line.partition(":")[0] for line in request.split("\r\n")[1:] if line}
            assert names == {"Host", "User-Agent", "Accept", "Accept-Encoding"}

    run(work())
