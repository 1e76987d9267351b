"""What ``preflight send`` does once the media are checked: show the request, send it, or send it to many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import click

from ..gateway.encode import preview
from ..gateway.endpoint import Gateway
from ..gateway.ledger import Ledger
from ..gateway.recipients import Recipient
from ..gateway.request import SendRequest
from ..gateway.send import send_all, send_saved_mms
from ..values import dataclass
from ..verdict import MessageVerdict, Verdict
from .replies import describe, exit_code

Verdicts: TypeAlias = Sequence[Verdict | MessageVerdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """On what terms requests are sent: where, after which verdicts or whatever they are, at most once, again after a refusal."""

    gateway: Gateway
    verdicts: Verdicts
    unchecked: bool
    ledger: Ledger | None
    retry: bool


def show(requests: Sequence[SendRequest], gateway: Gateway, shut: str | None) -> int:
    """Print the first request with its key masked, how many more there are, and what would keep them back (None: nothing)."""
    click.echo(f"POST {gateway.url}")
    for request in requests[:1]:
        headers, body = preview(request, gateway.api)
        for name, value in headers.items():
            click.echo(f"{name}: {value}")
        click.echo(f"\n{body}")
    if len(requests) > 1:
        click.echo(f"and {len(requests) - 1} more, to the other recipients")
    refused = f", and it would not be: {shut}" if shut else ""
    click.echo(f"dry run: nothing was sent{refused}")
    return 1 if shut else 0


async def send_one(sending: Sending, request: SendRequest, key: str | None) -> int:
    """Send one request, and say what came of it. The exit code."""
    reply = await send_saved_mms(
        request, verdicts=sending.verdicts, gateway=sending.gateway, unchecked=sending.unchecked,
        ledger=sending.ledger, key=key, retry=sending.retry,
    )  # fmt: skip
    click.echo(describe(reply))
    return exit_code(reply)


async def send_many(sending: Sending, recipients: Sequence[Recipient], rate: float | None) -> int:
    """Send to each recipient, at most ``rate`` a second, with a line for each. The worst exit code of all."""
    worst, done = 0, 0
    results = send_all(
        recipients, verdicts=sending.verdicts, gateway=sending.gateway, ledger=sending.ledger, rate=rate,
        unchecked=sending.unchecked, retry=sending.retry,
    )  # fmt: skip
    async for result in results:
        done += 1
        code = exit_code(result.reply)
        worst = code if worst == 0 or code == 1 else worst
        place = result.recipient.source
        click.echo(f"{place.file}:{place.line}: {describe(result.reply)}")
        if result.stop:
            stopped = f"stopped after {done} of {len(recipients)}: {result.stop}"
            click.echo(f"preflight: {stopped}", err=True)
            worst = worst or 1
    return worst
