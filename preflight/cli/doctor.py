"""``preflight doctor``: what this machine has, one line each, with the mend where something is missing. Nothing leaves the machine."""

from __future__ import annotations

import asyncio
import importlib.metadata
import os
import platform
import socket
import sys
import time
from collections.abc import Callable

import click

from ..values import dataclass

_OLDEST_CLOCK = 1_735_689_600  # seconds; the start of 2025, before this program was written
_FEW_DESCRIPTORS = 256
_PROXY_NAMES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class Line:
    """What was found out about one thing. ``mend`` says what to do; ``needed`` is whether nothing goes without it."""

    found: str
    mend: str | None = None
    needed: bool = False


@click.command("doctor")
def command() -> int:
    """What this machine has that a check needs, one line each, with what to do where it is missing. Nothing leaves the machine.

    Exits with 1 where something is missing that is needed.

    \b
    preflight doctor
    """
    lines = {name: _examined(look) for name, look in _LOOKS.items()}
    width = max(map(len, lines))
    for name, line in lines.items():
        mark = "ok" if line.mend is None else "missing" if line.needed else "note"
        mend = f"; {line.mend}" if line.mend else ""
        click.echo(f"{mark:<7}  {name:<{width}}  {line.found}{mend}")
    return int(any(line.needed and line.mend for line in lines.values()))


def _examined(look: Callable[[], Line]) -> Line:
    try:
        return look()
    except Exception as error:  # a broken installation is what the doctor is for
        return Line(
            f"cannot be used ({type(error).__name__})",
            "install mms-preflight again",
            needed=True,
        )


def _python() -> Line:
    found = f"{platform.python_implementation()} {platform.python_version()} on {sys.platform} {platform.machine()}"
    mend = None if sys.version_info >= (3, 11) else "install Python 3.11 or newer"
    return Line(found, mend, needed=True)


def _libmagic() -> Line:
    from ..media import libmagic

    reason = libmagic.usable()
    if reason is None:
        return Line(f"{libmagic.version()}, which knows all our samples")
    mend = "types are told by our own tables alone; install the system's libmagic, or pip install pylibmagic"
    return Line(reason, mend)


def _package(distribution: str, module: str, mend: str, *, needed: bool) -> Callable[[], Line]:
    def look() -> Line:
        try:
            version = importlib.metadata.version(distribution)
            importlib.import_module(module)
        except ImportError:
            return Line("is not installed, or cannot be loaded", mend, needed)
        return Line(version)

    return look


def _authorities() -> Line:
    from ..wire.tls import authorities, client_context

    count = authorities(client_context())
    mend = (
        None
        if count
        else "no HTTPS answer can be trusted; install ca-certificates, or name a file with --cafile"
    )
    return Line(f"{count} in the system's store", mend, needed=True)


def _resolver() -> Line:
    from ..wire.resolve import resolver_name

    addresses = asyncio.run(_localhost())
    found = f"{resolver_name()}, and localhost is {' and '.join(addresses) or 'nowhere'}"
    mend = None if addresses else "repair /etc/hosts and /etc/resolv.conf"
    return Line(found, mend, needed=True)


async def _localhost() -> list[str]:
    """The addresses of the one name that no name server is asked for."""
    from ..wire.resolve import ResolutionError, system_lookup

    try:
        async with asyncio.timeout(5):
            return await system_lookup()("localhost")
    except (ResolutionError, TimeoutError):
        return []


def _proxies() -> Line:
    named = [one for one in _PROXY_NAMES if os.environ.get(one)]
    if not named:
        return Line("none in the environment")
    return Line(f"{', '.join(named)} set", "ignored, unless you say --proxy env")


def _ipv6() -> Line:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as plug:
            plug.bind(("::1", 0))
    except OSError:
        return Line("not here", "media that is on IPv6 alone cannot be checked from this machine")
    return Line("works on this machine; whether it leads outside was not tried")


def _clock() -> Line:
    now = time.time()
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    mend = None if now > _OLDEST_CLOCK else "set it; certificates and signed URLs are judged by it"
    return Line(found, mend, needed=True)


def _descriptors() -> Line:
    try:
        import resource
    except ImportError:
        return Line("no such limit here")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return Line("no limit")
    most = "no limit" if hard == resource.RLIM_INFINITY else str(hard)
    mend = (
        None
        if soft >= _FEW_DESCRIPTORS
        else "fewer jobs run at once than you ask for; ulimit -n 1024 raises it"
    )
    return Line(f"{soft}, could be {most}", mend)


_LOOKS: dict[str, Callable[[], Line]] = {
    "python": _python,
    "libmagic": _libmagic,
    "Pillow": _package("pillow", "PIL.Image", "pip install pillow", needed=True),
    "mutagen": _package("mutagen", "mutagen", "pip install mutagen", needed=True),
    "PyAV": _package(
        "av",
        "av",
        "--deep decodes no audio or video; pip install 'mms-preflight[deep]'",
        needed=False,
    ),
    "PyYAML": _package(
        "pyyaml", "yaml", "no sources in YAML; pip install 'mms-preflight[yaml]'", needed=False
    ),
    "authorities": _authorities,
    "DNS": _resolver,
    "proxies": _proxies,
    "IPv6": _ipv6,
    "clock": _clock,
    "descriptors": _descriptors,
    "uvloop": _package(
        "uvloop",
        "uvloop",
        "large audits take about a quarter longer; pip install uvloop",
        needed=False,
    ),
}
