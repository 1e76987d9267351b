"""Which send a postback is about: a tracking id is one send's own, a client-reference is whatever the caller gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import Claim, State
from preflight.gateway.postback import Postback, parse
from preflight.gateway.reply import Unknown
from preflight.gateway.request import SendRequest

THERE = "https://gateway.example/"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Two sends of one campaign of which nobody knows what became."""
    with Ledger(tmp_path / "ledger") as opened:
        for key, to in (("one", "15551230001"), ("two", "15551230002")):
            request = SendRequest(mms_id="35674", to=to, from_="28444", client_reference="spring")
            granted = opened.claim(key, THERE, request)
            assert isinstance(granted, Claim)
            opened.settle(granted, Unknown(reason="timeout"))
        yield opened


def postback(**named: str) -> Postback:
    members = {
        "origin": "MMS_MT",
        "code": "N102",
        "tracking-id": "T9",
        "client-reference": "spring",
    }
    members |= {name.replace("_", "-"): text for name, text in named.items()}
    body = "".join(f"<{name}>{text}</{name}>" for name, text in members.items())
    read = parse(f"<postback>{body}</postback>".encode())
    assert isinstance(read, Postback)
    return read


@pytest.mark.parametrize(
    "named",
    [
        {"to": "15559999999"},
        {"to": "15551230001", "mms_id": "99999"},
        {"mms_id": "99999"},
        {"to": "15551230001", "client_reference": "summer"},
        {"to": "?"},
    ],
)
def test_a_postback_about_another_message_settles_nothing(
    ledger: Ledger, named: dict[str, str]
) -> None:
    ledger.resolve("two", not_sent=True)
    assert ledger.reconcile(postback(**named)) is None
    assert [entry.key for entry in ledger.list(State.UNKNOWN)] == ["one"]


@pytest.mark.parametrize("named", [{}, {"mms_id": "35674"}])
def test_two_that_could_be_meant_are_none(ledger: Ledger, named: dict[str, str]) -> None:
    assert ledger.reconcile(postback(**named)) is None
    assert [entry.state for entry in ledger.list()] == [State.UNKNOWN, State.UNKNOWN]


@pytest.mark.parametrize(
    "named",
    [
        {"to": "15551230002", "mms_id": "35674"},
        {"to": "15551230002"},
        {"to": "+1 (555) 123-0002"},
    ],
)
def test_the_recipient_tells_sends_of_one_campaign_apart(
    ledger: Ledger, named: dict[str, str]
) -> None:
    entry = ledger.reconcile(postback(**named))
    assert entry is not None
    assert (entry.key, entry.state, entry.tracking_id) == ("two", State.SENT, "T9")
    assert [one.state for one in ledger.list(State.UNKNOWN)] == [State.UNKNOWN]


def test_what_has_no_recipient_goes_by_its_reference_alone(ledger: Ledger) -> None:
    ledger.resolve("one", not_sent=True)
    entry = ledger.reconcile(postback(mms_id="35674"))
    assert entry is not None and entry.key == "two"
