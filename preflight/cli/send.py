"""``preflight send``: check the message's media, then call sendSavedMMS if, and only if, everything was accepted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..audit import Job, run
from ..errors import UsageError
from ..gateway.encode import preview
from ..gateway.endpoint import Gateway
from ..gateway.ledger import Ledger
from ..gateway.problem import errors
from ..gateway.recipients import read_recipients
from ..gateway.request import Api, Secret, SendRequest
from ..gateway.send import send_all, send_saved_mms
from ..gateway.validate import validate
from ..manifest import read
from ..message import Message, Slide, SlideMedia
from ..target import Target
from ..text import mask_url, printable
from ..verdict import MessageVerdict, Severity, Verdict, worst
from .jobs import job_from, known_profile
from .loop import run_loop
from .options import options, verbosity
from .running import look_for, reports_from
from .sending import api_key, describe, exit_code, request_from, vendor_options
from .settings import Settings, resolve
from .settings_table import FETCHING, JUDGING, REPORTING

_SETTINGS = (*FETCHING, *JUDGING, *REPORTING)


@click.command("send")
@click.argument("message", required=False, metavar="[MESSAGE]")
@vendor_options
@click.option(
    "--media", multiple=True, metavar="URL", help="A media URL of the message; may be repeated."
)
@click.option(
    "--unchecked", is_flag=True, help="Send although nothing was checked, or was not accepted."
)
@click.option(
    "--api",
    type=click.Choice([one.value for one in Api]),
    default="xml",
    help="The generation of the API.  [default: xml]",
)
@click.option("--endpoint", metavar="URL", help="The gateway's address; by default the vendor's.")
@click.option(
    "--api-key-file",
    metavar="FILE",
    help="The file that holds the api-key; otherwise PREFLIGHT_API_KEY.",
)
@click.option(
    "--send-timeout",
    type=float,
    default=30.0,
    metavar="SECONDS",
    help="For the POST.  [default: 30]",
)
@click.option(
    "--ledger", metavar="FILE", help="Send a key at most once, across crashes and processes."
)
@click.option(
    "--key",
    help="The key in the ledger; by default a hash of endpoint, mms-id, to and the custom fields.",
)
@click.option(
    "--retry-refused",
    is_flag=True,
    help="Try again what the ledger has as refused by a code that may pass.",
)
@click.option(
    "--recipients", metavar="FILE", help="A CSV file with a column named to: one call each."
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Check, print the request with the key masked, and send nothing.",
)
@options(*_SETTINGS)
@verbosity
def command(message: str | None, **given: Any) -> int:
    """Check a message's media, then send it once.

    MESSAGE is a messages.toml or a saveMMS request that names the media. With --rate, recipients are paced, too.

    \b
    preflight send messages.toml --mms-id 35674 --to 15551230000 --from 28444 --service-id 12345
    """
    settings = resolve(given, _SETTINGS)
    job = job_from(settings)
    chosen = _message(message, given)
    request = request_from(given, _mms_id(given, chosen), given["to"] or "")
    gateway = _gateway(given, settings, job)
    with ExitStack() as stack:
        recipients = given["recipients"]
        if bool(recipients) == bool(given["to"]):
            raise UsageError("say either --to NUMBER or --recipients FILE")
        if given["key"] and recipients:
            raise UsageError(
                "--key is for one recipient; in a recipients file, use a column named key"
            )
        if not recipients:
            _warn(request, gateway)
        verdicts = _check(chosen, settings, job, given) if chosen is not None else []
        if given["dry_run"]:
            return _dry_run(request, gateway, verdicts, given["unchecked"])
        ledger = stack.enter_context(Ledger(given["ledger"])) if given["ledger"] else None
        if recipients:
            return run_loop(
                _send_all(
                    Path(recipients), request, verdicts, gateway, ledger, job.pace.rate, given
                )
            )
        return run_loop(_send(request, verdicts, gateway, ledger, given))


def _message(source: str | None, given: dict[str, Any]) -> Message | None:
    """The message to check: the one in the source that has the mms-id, or the only one, or a slide an URL of --media."""
    if source is not None and given["media"]:
        raise UsageError("name the media either in a file or by --media, not both")
    if given["media"]:
        slides = tuple(Slide(media=(SlideMedia(kind="media", url=url),)) for url in given["media"])
        return Message(mms_id=given["mms_id"], slides=slides, subject_required=False)
    if source is None:
        return None
    messages = [entry for entry in read(source) if isinstance(entry, Message)]
    wanted = [one for one in messages if given["mms_id"] is None or one.mms_id == given["mms_id"]]
    if not wanted and len(messages) == 1 and messages[0].mms_id is None:
        wanted = messages
    if len(wanted) != 1:
        which = f" with the mms-id {given['mms_id']!r}" if given["mms_id"] else ""
        raise UsageError(
            f"{source} must hold one message{which}, and holds {len(wanted)}; say which with --mms-id"
        )
    return wanted[0]


def _mms_id(given: dict[str, Any], message: Message | None) -> str:
    mms_id = given["mms_id"] or (message.mms_id if message else None)
    if not mms_id:
        raise UsageError("the mms-id is missing: say --mms-id, or give one to the message")
    return str(mms_id)


def _gateway(given: dict[str, Any], settings: Settings, job: Job) -> Gateway:
    key = api_key(given["api_key_file"])
    if key is None:
        if not given["dry_run"]:
            raise UsageError(
                "the api-key is missing: set PREFLIGHT_API_KEY, or name a file with --api-key-file"
            )
        key = Secret("none")
    return Gateway(
        api_key=key, api=Api(given["api"]), endpoint=given["endpoint"], timeout_s=given["send_timeout"],
        allow_networks=tuple(settings["allow-network"]),
        fallback_sms_text=job.fetch.profile.gateway.fallback_sms_text,
    )  # fmt: skip


def _warn(request: SendRequest, gateway: Gateway) -> None:
    """Say what is wrong with the request before anything is fetched. Raises UsageError for an error."""
    problems = validate(request, gateway.api, gateway.fallback_sms_text, now=datetime.now(UTC))
    wrong = errors(problems)
    if wrong:
        raise UsageError("; ".join(f"{problem.field}: {problem.message}" for problem in wrong))
    for problem in problems:
        click.echo(f"preflight: warning: {problem.field}: {problem.message}", err=True)


def _check(
    message: Message, settings: Settings, job: Job, given: dict[str, Any]
) -> list[Verdict | MessageVerdict]:
    """Check the media and show the report."""
    targets = [
        Target(url=media.url, source=media.source)
        for slide in message.slides
        for media in slide.media
    ]
    look = look_for(sys.stdout, settings, given["verbose"], given["quiet"])
    kept: list[Verdict] = []
    with reports_from(settings, known_profile(settings["profile"]), look) as reports:
        reports.messages = [message] if not given["media"] else []

        async def work() -> int:
            await run(job, targets, lambda observation: kept.append(reports.take(observation)))
            return reports.finish()

        if run_loop(work()) == 130:
            raise KeyboardInterrupt
    _say_ignored([*kept, *reports.judged])
    return [*(reports.judged or kept)]


def _say_ignored(verdicts: Sequence[Verdict | MessageVerdict]) -> None:
    """An ignored error lets a message go out; nobody shall learn that from the bill."""
    lines = [
        f"{one.finding.rule} at {mask_url(one.finding.url)}: {printable(one.reason)}"
        if one.finding.url
        else f"{one.finding.rule}: {printable(one.reason)}"
        for verdict in verdicts
        for one in verdict.ignored
        if one.finding.severity is Severity.ERROR
    ]
    for line in dict.fromkeys(lines):
        click.echo(f"preflight: warning: an error is ignored: {line}", err=True)


def _dry_run(
    request: SendRequest,
    gateway: Gateway,
    verdicts: Sequence[Verdict | MessageVerdict],
    unchecked: bool,
) -> int:
    headers, body = preview(request, gateway.api)
    click.echo(f"POST {gateway.url}")
    for name, value in headers.items():
        click.echo(f"{name}: {value}")
    click.echo(f"\n{body}")
    outcome = worst([verdict.outcome for verdict in verdicts]) if verdicts else None
    if unchecked or outcome == "accept":
        click.echo("dry run: nothing was sent")
        return 0
    click.echo(
        f"dry run: nothing was sent, and it would not be: {'the media was not accepted' if verdicts else 'no media was checked'}"
    )
    return 1


async def _send(
    request: SendRequest, verdicts: Sequence[Verdict | MessageVerdict], gateway: Gateway, ledger: Ledger | None,
    given: dict[str, Any],
) -> int:  # fmt: skip
    reply = await send_saved_mms(
        request, verdicts=verdicts, gateway=gateway, unchecked=given["unchecked"], ledger=ledger, key=given["key"],
        retry=given["retry_refused"],
    )  # fmt: skip
    click.echo(describe(reply))
    return exit_code(reply)


async def _send_all(
    file: Path, template: SendRequest, verdicts: Sequence[Verdict | MessageVerdict], gateway: Gateway,
    ledger: Ledger | None, rate: float | None, given: dict[str, Any],
) -> int:  # fmt: skip
    recipients = list(read_recipients(file, template, gateway.api, gateway.fallback_sms_text))
    worst_code, done = 0, 0
    results = send_all(
        recipients, verdicts=verdicts, gateway=gateway, ledger=ledger, rate=rate, unchecked=given["unchecked"],
        retry=given["retry_refused"],
    )  # fmt: skip
    async for result in results:
        done += 1
        code = exit_code(result.reply)
        worst_code = code if worst_code == 0 or code == 1 else worst_code
        click.echo(f"{file}:{result.recipient.source.line}: {describe(result.reply)}")
        if result.stop:
            click.echo(
                f"preflight: stopped after {done} of {len(recipients)}: {result.stop}", err=True
            )
            worst_code = worst_code or 1
    return worst_code
