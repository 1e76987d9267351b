"""TLS on loopback: an authority of the tests' own, and servers that it vouches for."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence

import trustme
from helpers.checking import check, good, names, settings
from helpers.replay import Server, Step, always, serving

from preflight.verdict import Verdict
from preflight.wire.resolve import Resolver

CA = trustme.CA()
"""The fixture ``cafile`` names it."""
HOST = "media.example"


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side of TLS with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def look(
    tls: ssl.SSLContext,
    cafile: str | None,
    *,
    host: str = HOST,
    steps: Sequence[Step] | None = None,
) -> tuple[Verdict, Server]:
    """The verdict on a server that speaks TLS so, under a name; and what it has seen."""
    async with serving(always(*(steps or [good()])), tls=tls) as server:
        resolver = Resolver(names({host: ["127.0.0.1"]}))
        return await check(
            server.url(host=host), settings(cafile=cafile, total_s=10.0), resolver=resolver
        ), server


@contextlib.contextmanager
def threaded(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server with a thread for each connection; the URL of it."""
    listening = socket.create_server(("127.0.0.1", 0))

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


def closing(
    answer: bytes, *, notify: bool, version: ssl.TLSVersion
) -> contextlib.AbstractContextManager[str]:
    """A server that writes its answer at once and closes; ``notify`` sends the alert that ends TLS before."""
    tls = server_context(CA.issue_cert("127.0.0.1"))
    tls.minimum_version = tls.maximum_version = version

    def serve(accepted: socket.socket) -> None:
        with contextlib.suppress(OSError), tls.wrap_socket(accepted, server_side=True) as secured:
            secured.recv(65_536)
            secured.sendall(answer)
            if notify:
                secured.unwrap()

    return threaded(serve)
