"""``preflight ledger``: what was sent, and what a person must settle."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from ..errors import UsageError
from ..gateway.ledger import Ledger
from ..gateway.ledger_entry import Entry, State
from ..text import printable

_STATES = [state.value for state in State if state is not State.INTENT]


@click.group("ledger")
def command() -> None:
    """What was sent with --ledger, and what a person must settle.

    \b
    preflight ledger list sent.ledger --state unknown
    preflight ledger resolve sent.ledger KEY --sent TRACKING-ID
    preflight ledger resolve sent.ledger KEY --not-sent
    """


@command.command("list")
@click.argument("file")
@click.option("--state", type=click.Choice(_STATES), help="Only the keys in this state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_entries(file: str, state: str | None, as_json: bool) -> int:
    """Every key in FILE, oldest first, with what is known of it. A recipient shows as its last two digits.

    \b
    preflight ledger list sent.ledger --state unknown
    """
    with Ledger(file, create=False) as ledger:
        entries = list(ledger.list(State(state) if state else None))
    for entry in entries:
        click.echo(json.dumps(asdict(entry)) if as_json else _line(entry))
    if not as_json:
        waiting = sum(entry.state is State.UNKNOWN and not entry.under_way for entry in entries)
        hint = f"; {waiting} to settle: preflight ledger resolve" if waiting else ""
        click.echo(f"{len(entries)} key{'' if len(entries) == 1 else 's'}{hint}")
    return 0


def _line(entry: Entry) -> str:
    when = datetime.fromtimestamp(entry.updated_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    about = [f"message {entry.mms_id} to ...{entry.to_tail}"]
    about += [f"tracking id {entry.tracking_id}"] if entry.tracking_id else []
    about += [entry.code] if entry.code else []
    about += [f"last postback {entry.delivery}"] if entry.delivery else []
    about += ["under way"] if entry.under_way else []
    about += [entry.text] if entry.text else []
    state = entry.state.value
    return f"{when}  {state:<8}  {printable(entry.key, limit=None)}  {printable(', '.join(about))}"


@command.command("resolve")
@click.argument("file")
@click.argument("key")
@click.option("--sent", metavar="TRACKING-ID", help="It was sent; the gateway gave it this id.")
@click.option("--not-sent", is_flag=True, help="It was not sent; the key may be used again.")
def resolve(file: str, key: str, sent: str | None, not_sent: bool) -> int:
    """Settle an unknown KEY of FILE by hand, after the gateway was asked what became of it.

    \b
    preflight ledger resolve sent.ledger order-17 --sent U0FOREJPWF8x
    preflight ledger resolve sent.ledger order-17 --not-sent
    """
    if (sent is None) is not not_sent or sent == "":
        raise UsageError("say either --sent TRACKING-ID or --not-sent")
    with Ledger(file, create=False) as ledger:
        click.echo(_line(ledger.resolve(key, sent=sent, not_sent=not_sent)))
    return 0
