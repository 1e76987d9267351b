"""TLS of a server that closes after its answer: all that has come is read, however much waits when the end comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable

import pytest
from helpers.checking import PNG, good, rules, settings, sinch
from helpers.loops import LOOPS, run_on
from helpers.tls import closing, threaded

from preflight.judging import judge
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.verdict import Verdict
from preflight.wire.fetch import Fetcher


async def looks(base: str, count: int, cafile: str, budget: int) -> list[Verdict]:
    """So many URLs at once by one fetcher."""
    fetcher = Fetcher(settings(cafile=cafile, budget=budget))
    observer = Observer(fetcher=fetcher, depth=Depth.QUICK)
    seen = await asyncio.gather(
        *(observer.observe(Target(url=f"{base}/{number}.png")) for number in range(count))
    )
    await fetcher.close()
    return [judge(one, sinch()) for one in seen]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("notify", [False, True])
@pytest.mark.parametrize("size", [16_384, 16_385, 60_000, 300_000, 900_000])
@pytest.mark.parametrize("budget", [64_000_000, 1_000_000])
def test_all_of_an_answer_is_read_though_the_server_has_closed(
    loop: str, version: ssl.TLSVersion, notify: bool, size: int, budget: int, cafile: str
) -> None:
    """Also where it waited for room while the server closed."""
    body = PNG + b"\0" * (size - len(PNG))
    with closing(good(body), notify=notify, version=version) as base:
        verdicts = run_on(loop, looks(base, 4, cafile, budget))
    assert [rules(verdict) for verdict in verdicts] == [[]] * 4


@pytest.mark.parametrize("loop", LOOPS)
def test_a_body_that_ends_early_is_cut(loop: str, cafile: str) -> None:
    answer = good(PNG + b"\0" * 300_000)[:-1]
    with closing(answer, notify=True, version=ssl.TLSVersion.TLSv1_3) as base:
        verdicts = run_on(loop, looks(base, 2, cafile, 64_000_000))
    assert [rules(verdict) for verdict in verdicts] == [["truncated-content"]] * 2


def close(accepted: socket.socket) -> None:
    accepted.close()


def abort(accepted: socket.socket) -> None:
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    accepted.close()


def speak(accepted: socket.socket) -> None:
    with contextlib.suppress(OSError), accepted:
        accepted.sendall(b"220 mail.example ESMTP\r\n")
        accepted.recv(65_536)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("serve", "outcome", "said"),
    [
        (close, "unknown", ["closed the connection inside the TLS handshake"]),
        (abort, "unknown", ["closed the connection inside the TLS handshake", "was reset before"]),
        (speak, "reject", ["does not speak TLS"]),
    ],
)
def test_tls_that_never_begins(
    loop: str, serve: Callable[[socket.socket], None], outcome: str, said: list[str], cafile: str
) -> None:
    """Whether the server is quicker than we are or not: it was a time that ran out, and a port that speaks first was one that closes."""
    with threaded(serve) as base:
        verdicts = run_on(loop, looks(base, 40, cafile, 64_000_000))
    for verdict in verdicts:
        assert str(verdict.outcome) == outcome
        assert any(each in verdict.findings[0].message for each in said), verdict.findings
