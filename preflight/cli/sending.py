"""What ``preflight send`` does once the media are checked: show the request, send it, or send it to many."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import click

from ..gateway.client import Phase
from ..gateway.encode import preview
from ..gateway.endpoint import Gateway
from ..gateway.ledger import Ledger
from ..gateway.recipients import Recipient
from ..gateway.reply import Reply
from ..gateway.request import SendRequest
from ..gateway.send import interrupted, send_all, send_saved_mms
from ..text import mask_url, printable
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
    click.echo(f"POST {mask_url(gateway.url)}")
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
    phase = Phase()
    try:
        reply = await send_saved_mms(
            request, verdicts=sending.verdicts, gateway=sending.gateway, unchecked=sending.unchecked,
            ledger=sending.ledger, key=key, retry=sending.retry, phase=phase,
        )  # fmt: skip
    except asyncio.CancelledError:  # Ctrl-C: a message may be out, and nobody shall have to guess
        click.echo(describe(interrupted(phase)))
        raise
    click.echo(describe(reply))
    return exit_code(reply)


async def send_many(sending: Sending, recipients: Sequence[Recipient], rate: float | None) -> int:
    """Send to each recipient, at most ``rate`` a second, with a line for each. The worst exit code of all."""
    worst, done, phase = 0, 0, Phase()
    results = send_all(
        recipients, verdicts=sending.verdicts, gateway=sending.gateway, ledger=sending.ledger, rate=rate,
        unchecked=sending.unchecked, retry=sending.retry, phase=phase,
    )  # fmt: skip
    try:
        async for result in results:
            done += 1
            code = exit_code(result.reply)
            worst = code if worst == 0 or code == 1 else worst
            _say(result.recipient, result.reply)
            if result.stop:
                _say_stopped(done, recipients, result.stop)
                worst = worst or 1
    except asyncio.CancelledError:
        if done < len(recipients):
            _say(recipients[done], interrupted(phase))
            _say_stopped(done + 1, recipients, "it was interrupted")
        raise
    return worst


def _say(recipient: Recipient, reply: Reply) -> None:
    click.echo(f"{place_of(recipient)}: {describe(reply)}")


def place_of(recipient: Recipient) -> str:
    """The file and the line of a recipient."""
    return f"{printable(recipient.source.file or '', limit=None)}:{recipient.source.line}"


def _say_stopped(done: int, recipients: Sequence[Recipient], why: str) -> None:
    click.echo(f"preflight: stopped after {done} of {len(recipients)}: {why}", err=True)
