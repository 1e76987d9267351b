"""``preflight send``: check the message's media, then call sendSavedMMS if, and only if, everything was accepted."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ..audit import Job, run
from ..errors import UsageError
from ..gateway.endpoint import Gateway, verify
from ..gateway.ledger import Ledger
from ..gateway.ledger_entry import NO_KEY, is_key
from ..gateway.problem import errors
from ..gateway.recipients import Recipient, read_recipients
from ..gateway.request import Api, Secret, SendRequest
from ..gateway.send import gate
from ..gateway.validate import validate
from ..manifest import read
from ..message import Message
from ..target import Target
from ..text import mask_url, printable
from ..verdict import Severity, Verdict
from .jobs import job_from, known_profile
from .loop import INTERRUPTED, run_loop
from .options import NAMED, options, verbosity
from .running import reports_from
from .sending import Sending, Verdicts, place_of, send_many, send_one, show
from .settings import Settings, resolve
from .settings_table import FETCHING, JUDGING, REPORTING
from .vendor_options import request_from, vendor_options

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
@click.option(
    "--endpoint",
    type=NAMED,
    metavar="URL",
    help="The gateway's address; by default the vendor's.",
)
@click.option(
    "--api-key-file",
    type=NAMED,
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
    "--ledger",
    type=NAMED,
    metavar="FILE",
    help="Send a key at most once, across crashes and processes.",
)
@click.option(
    "--key",
    type=NAMED,
    help="The key in the ledger; by default a hash of endpoint, mms-id, to and the custom fields.",
)
@click.option(
    "--retry-refused",
    is_flag=True,
    help="Try again what the ledger has as refused by a code that may pass.",
)
@click.option(
    "--recipients",
    type=NAMED,
    metavar="FILE",
    help="A CSV file with a column named to: one call each.",
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
    if message is not None and given["media"]:
        raise UsageError("name the media either in a file or by --media, not both")
    if given["ledger"] is None and (given["key"] is not None or given["retry_refused"]):
        raise UsageError("--key and --retry-refused need --ledger FILE")
    if given["key"] is not None and not is_key(given["key"]):
        raise UsageError(f"--key: {NO_KEY}")
    chosen = _message(message, given["mms_id"]) if message is not None else None
    gateway = _gateway(given, settings, job)
    request = request_from(given, _mms_id(given["mms_id"], chosen), given["to"] or "")
    recipients = _recipients(given, request, gateway)
    if recipients is None:
        _warn(request, gateway)
    targets = chosen.targets() if chosen else tuple(Target(url=url) for url in given["media"])
    files = (message, given["recipients"], given["ledger"], given["api_key_file"])
    verdicts = _check(targets, chosen, settings, job, given, [file for file in files if file])
    if verdicts is None:
        return INTERRUPTED
    if given["dry_run"]:
        requests = [request] if recipients is None else [one.request for one in recipients]
        return show(requests, gateway, None if given["unchecked"] else gate(verdicts))
    with Ledger(given["ledger"]) if given["ledger"] is not None else nullcontext() as ledger:
        sending = Sending(
            gateway=gateway, verdicts=verdicts, unchecked=given["unchecked"], ledger=ledger, retry=given["retry_refused"]
        )  # fmt: skip
        if recipients is None:
            return run_loop(send_one(sending, request, given["key"]))
        return run_loop(send_many(sending, recipients, job.pace.rate))


def _message(source: str, mms_id: str | None) -> Message:
    """The message of a source that has the mms-id; the only one, where none is asked for or it has none yet."""
    messages = [entry for entry in read(source) if isinstance(entry, Message)]
    wanted = [one for one in messages if mms_id is None or one.mms_id == mms_id]
    if not wanted and len(messages) == 1 and messages[0].mms_id is None:
        wanted = messages
    if len(wanted) != 1:
        which = f" with the mms-id {mms_id!r}" if mms_id else ""
        raise UsageError(
            f"{source} must hold one message{which}, and holds {len(wanted)}; say which with --mms-id"
        )
    return wanted[0]


def _mms_id(said: str | None, message: Message | None) -> str:
    mms_id = said or (message.mms_id if message else None)
    if not mms_id:
        raise UsageError("the mms-id is missing: say --mms-id, or give one to the message")
    return mms_id


def _gateway(given: dict[str, Any], settings: Settings, job: Job) -> Gateway:
    """Where to send and with what. Raises UsageError for what cannot be, before anything is fetched."""
    gateway = Gateway(
        api_key=_api_key(given), api=Api(given["api"]), endpoint=given["endpoint"], timeout_s=given["send_timeout"],
        allow_networks=tuple(settings["allow-network"]),
        fallback_sms_text=job.fetch.profile.gateway.fallback_sms_text,
    )  # fmt: skip
    verify(gateway)
    return gateway


def _api_key(given: dict[str, Any]) -> Secret:
    """The api-key from ``--api-key-file``, else from PREFLIGHT_API_KEY; never from an argument, which others could see."""
    file = given["api_key_file"]
    if file is not None:
        try:
            return Secret(Path(file).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"cannot read the key file {file!r}: {getattr(error, 'strerror', None) or 'not a text'}"
            ) from None
    text = os.environ.get("PREFLIGHT_API_KEY")
    if text:
        return Secret(text.strip())
    if given["dry_run"]:
        return Secret("none")  # a dry run sends none
    raise UsageError(
        "the api-key is missing: set PREFLIGHT_API_KEY, or name a file with --api-key-file"
    )


def _recipients(
    given: dict[str, Any], template: SendRequest, gateway: Gateway
) -> list[Recipient] | None:
    """All lines of ``--recipients``, so that a wrong one is said before anything is fetched; None where there is one recipient."""
    file = given["recipients"]
    if bool(file) == bool(given["to"]):
        raise UsageError("say either --to NUMBER or --recipients FILE")
    if not file:
        return None
    if given["key"]:
        raise UsageError("--key is for one recipient; in a recipients file, use a column named key")
    now = datetime.now(UTC)
    recipients = list(
        read_recipients(Path(file), template, gateway.api, gateway.fallback_sms_text, now=now)
    )
    keyed = next((one for one in recipients if one.key is not None), None)
    if keyed is not None and given["ledger"] is None:
        raise UsageError(f"{place_of(keyed)}: a key needs --ledger FILE")
    _warn_of(recipients)
    return recipients


def _warn_of(recipients: Sequence[Recipient]) -> None:
    """Say each warning once, with the first line it is about and how many others there are."""
    first: dict[str, Recipient] = {}
    lines: Counter[str] = Counter()
    for one in recipients:
        for text in {f"{problem.field}: {problem.message}": None for problem in one.warnings}:
            first.setdefault(text, one)
            lines[text] += 1
    for text, one in first.items():
        others = lines[text] - 1
        more = f" (and {others:,} other line{'' if others == 1 else 's'})" if others else ""
        click.echo(f"preflight: warning: {place_of(one)}: {text}{more}", err=True)


def _warn(request: SendRequest, gateway: Gateway) -> None:
    """Say what is wrong with the request before anything is fetched. Raises UsageError for an error."""
    problems = validate(request, gateway.api, gateway.fallback_sms_text, now=datetime.now(UTC))
    wrong = errors(problems)
    if wrong:
        raise UsageError("; ".join(f"{problem.field}: {problem.message}" for problem in wrong))
    for problem in problems:
        click.echo(f"preflight: warning: {problem.field}: {problem.message}", err=True)


def _check(
    targets: Sequence[Target], message: Message | None, settings: Settings, job: Job, given: Mapping[str, Any], files: Sequence[str]
) -> Verdicts | None:  # fmt: skip
    """Check the media, and the message as a whole where there is one, and show the report, which goes onto none of ``files``.

    None where that was interrupted.
    """
    if not targets and message is None:
        return ()
    kept: list[Verdict] = []
    profile = known_profile(settings["profile"])
    with reports_from(settings, profile, given["verbose"], given["quiet"], read=files) as reports:
        reports.messages = [message] if message else []
        reports.fail_on, reports.final = "error", False  # as at the gate, which goes by outcomes

        async def work() -> int:
            complete = True
            try:
                await run(job, targets, lambda observation: kept.append(reports.take(observation)))
            except asyncio.CancelledError:
                complete = False
            return reports.finish(complete=complete)

        if run_loop(work()) == INTERRUPTED:
            click.echo("not sent: interrupted while the media were checked", err=True)
            return None
    _say_ignored([*kept, *reports.judged])
    return reports.judged or kept


def _say_ignored(verdicts: Verdicts) -> None:
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
