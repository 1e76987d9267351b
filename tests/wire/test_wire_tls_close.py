"""TLS of a server that closes after its answer: all that has come is read, however much waits when the end comes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
import uvloop
from helpers.checking import PNG, good, rules, settings, sinch
from helpers.tls import CA, server_context

from preflight.judging import judge
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.verdict import Verdict
from preflight.wire.fetch import Fetcher

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@contextlib.contextmanager
def closing(answer: bytes, *, notify: bool, version: ssl.TLSVersion) -> Iterator[str]:
    """A server of threads that writes its answer at once and closes; the URL of it. ``notify`` sends the alert that ends TLS before."""
    tls = server_context(CA.issue_cert("127.0.0.1"))
    tls.minimum_version = tls.maximum_version = version
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(accepted: socket.socket) -> None:
        with contextlib.suppress(OSError), tls.wrap_socket(accepted, server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(answer)
            if notify:
                secured.unwrap()

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                accepted, _ = listening.accept()
                threading.Thread(target=serve, args=(accepted,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


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
    with (
        closing(good(body), notify=notify, version=version) as base,
        asyncio.Runner(loop_factory=LOOPS[loop]) as runner,
    ):
        verdicts = runner.run(looks(base, 4, cafile, budget))
    assert [rules(verdict) for verdict in verdicts] == [[]] * 4


@pytest.mark.parametrize("loop", LOOPS)
def test_a_body_that_ends_early_is_cut(loop: str, cafile: str) -> None:
    answer = good(PNG + b"\0" * 300_000)[:-1]
    with (
        closing(answer, notify=True, version=ssl.TLSVersion.TLSv1_3) as base,
        asyncio.Runner(loop_factory=LOOPS[loop]) as runner,
    ):
        verdicts = runner.run(looks(base, 2, cafile, 64_000_000))
    assert [rules(verdict) for verdict in verdicts] == [["truncated-content"]] * 2
