"""``preflight demo``: the sandbox on loopback, checked before your eyes. No network, no account, no arguments."""

from __future__ import annotations

import sys

import click

from ..audit import Job, Pace, run
from ..gateway.endpoint import Gateway
from ..gateway.reply import Accepted
from ..gateway.request import Secret, SendRequest
from ..gateway.send import send_saved_mms
from ..observation import Observation
from ..profile import load
from ..report import Look, open_report
from ..sandbox.box import Sandbox
from ..sandbox.paths import DEMO, PATHS
from ..target import Source, Target
from ..verdict import Outcome, Severity, Verdict
from ..wire.address import networks
from ..wire.settings import FetchSettings
from .loop import run_loop
from .replies import describe
from .running import Reports, colored

_ALLOWED = ("127.0.0.0/8",)
_TIMEOUT_S = 2.0
_GOOD = "/good.jpg"
_MESSAGES = {"1001": _GOOD, "1002": "/chunked.jpg"}
"""Two saved messages by their mms-id, each with its one file."""


@click.command("demo")
def command() -> int:
    """Start a server on loopback that hosts media well and badly, check it all, and send the good message to a sandbox gateway.

    It needs no network, no account and no arguments, ends by itself, and exits with 0 when every verdict is the expected one.

    \b
    preflight demo
    """
    return run_loop(_demo())


async def _demo() -> int:
    async with Sandbox() as box:
        bad = sum(PATHS[path].outcome is not Outcome.ACCEPT for path in DEMO)
        click.echo(
            f"The sandbox hosts {len(DEMO)} files on {box.hosting.origin}, {bad} of them badly. Checking them the way the gateway would:\n"
        )
        verdicts = await _check(box)
        surprises = [path for path in DEMO if not _as_expected(path, verdicts[path])]
        sent = await _send(box, verdicts)
    for path in surprises:
        click.echo(f"not as expected: {path}")
    if surprises or not sent:
        return 1
    click.echo(
        "\nEvery verdict is the expected one. Next: preflight check URL, with a media URL of your own."
    )
    return 0


async def _check(box: Sandbox) -> dict[str, Verdict]:
    """Check every file of the demo, and report; the verdicts by path."""
    profile = load("sinch")
    job = Job(
        fetch=FetchSettings(profile=profile, allow_networks=networks(_ALLOWED), total_s=_TIMEOUT_S),
        pace=Pace(retries=0),
    )
    color = colored(sys.stdout.isatty())
    look = Look(color=color, links=color and sys.stdout.isatty())
    reports = Reports([open_report("text", sys.stdout, look)], profile, final=False)
    paths = {box.hosting.url(path): path for path in DEMO}
    targets = [
        Target(url=url, source=Source(pointer=PATHS[path].title)) for url, path in paths.items()
    ]
    verdicts: dict[str, Verdict] = {}

    def sink(observation: Observation) -> None:
        verdicts[paths[observation.target.url]] = reports.take(observation)

    await run(job, targets, sink)
    reports.finish()
    return verdicts


def _as_expected(path: str, verdict: Verdict) -> bool:
    case = PATHS[path]
    errors = {finding.rule for finding in verdict.findings if finding.severity is Severity.ERROR}
    return verdict.outcome is case.outcome and errors == set(case.errors)


async def _send(box: Sandbox, verdicts: dict[str, Verdict]) -> bool:
    """The good message goes out once; the bad one is refused before any POST."""
    click.echo(
        "\nSending two saved messages to the sandbox gateway, each only if its media was accepted:"
    )
    gateway = Gateway(
        api_key=Secret(box.gateway.api_key), endpoint=box.gateway.endpoint_xml, allow_networks=_ALLOWED
    )  # fmt: skip
    accepted = []
    for mms_id, path in _MESSAGES.items():
        box.gateway.save(mms_id, [box.hosting.url(path)])
        request = SendRequest(
            mms_id=mms_id, to="15551230000", from_="28444", service_id="12345", fallback_sms_text="See it here"
        )  # fmt: skip
        reply = await send_saved_mms(request, verdicts=[verdicts[path]], gateway=gateway)
        click.echo(f"  message {mms_id} ({path.removeprefix('/')}): {describe(reply)}")
        if isinstance(reply, Accepted):
            accepted.append(path)
    click.echo(f"  the gateway received {box.gateway.posts()} POST in all")
    return accepted == [_GOOD] and box.gateway.posts() == 1
