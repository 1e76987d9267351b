"""``preflight sandbox``: hosting with every fault, and a gateway, on loopback until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal

import click

from ..errors import UsageError
from ..sandbox import PATHS, Hosting, Sandbox, SandboxGateway
from .loop import run_loop

_PORT = click.IntRange(0, 65535)


@click.command("sandbox")
@click.option(
    "--port",
    type=_PORT,
    default=0,
    metavar="N",
    help="The web server's port; by default a free one.",
)
@click.option(
    "--gateway-port",
    type=_PORT,
    default=0,
    metavar="N",
    help="The gateway's port; by default a free one.",
)
@click.option(
    "--slow",
    type=click.FloatRange(0, 3600),
    default=30.0,
    metavar="SECONDS",
    help="How slow the slow paths are.  [default: 30]",
)
@click.option(
    "--postback-url", metavar="URL", help="Where the gateway sends its notifications; on loopback."
)
@click.option(
    "--key",
    default="sandbox-key",
    metavar="KEY",
    help="The api-key that the gateway takes.  [default: sandbox-key]",
)
def command(port: int, gateway_port: int, slow: float, postback_url: str | None, key: str) -> int:
    """Run a web server with every fault and a gateway on 127.0.0.1 until Ctrl-C, for integration tests.

    \b
    preflight sandbox --port 8080 --gateway-port 8081
    preflight check http://127.0.0.1:8080/chunked.jpg --allow-network 127.0.0.0/8
    """
    box = Sandbox(
        Hosting(port=port, slow_s=slow),
        SandboxGateway(port=gateway_port, postback_url=postback_url, api_key=key),
    )
    return run_loop(_serve(box))


async def _serve(box: Sandbox) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        async with box:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, stopped.set)
            _show(box)
            await stopped.wait()
    except OSError as error:
        raise UsageError(f"cannot listen on 127.0.0.1: {error.strerror}") from None
    return 0


def _show(box: Sandbox) -> None:
    """What there is, line by line, and flushed, so that a script can wait for it.

    A path is shown with its query, without which it may be another case: a few are wider than their column.
    """
    width = max(len(case.path.partition("?")[0]) for case in PATHS.values())
    for case in PATHS.values():
        path = box.hosting.url(case.path).removeprefix(box.hosting.origin)
        click.echo(f"  {path:<{width}}  {case.outcome.value:<7}  {case.title}")
    click.echo(f"hosting: {box.hosting.origin}/")
    click.echo(f"gateway, XML: {box.gateway.endpoint_xml}")
    click.echo(f"gateway, JSON: {box.gateway.endpoint_json}")
    click.echo("Ctrl-C ends it.")
