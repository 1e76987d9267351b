"""The gate before the POST: which verdicts open it, for which message, and that nothing goes out while it is shut."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest
from helpers.gateway_loopback import counting, people

from preflight.gateway.ledger import Ledger
from preflight.gateway.reply import Accepted, NotSent
from preflight.gateway.request import SendRequest
from preflight.gateway.send import gate, send_all, send_saved_mms
from preflight.target import Target
from preflight.verdict import MessageVerdict, Outcome, Verdict

REQUEST = SendRequest(mms_id="35674", to="15553199144", from_="28444", service_id="1")


def verdict(outcome: Outcome = Outcome.ACCEPT) -> Verdict:
    return Verdict(
        target=Target(url="https://cdn.example.com/a.jpg"), outcome=outcome, profile="sinch"
    )


def message(mms_id: str | None, outcome: Outcome = Outcome.ACCEPT) -> MessageVerdict:
    return MessageVerdict(mms_id=mms_id, outcome=outcome, profile="sinch")


GOOD = [verdict()]


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ([], "no media was checked"),
        ([verdict(Outcome.REJECT)], "1 of 1 checks did not end with accept"),
        (
            [verdict(Outcome.ACCEPT), verdict(Outcome.UNKNOWN)],
            "1 of 2 checks did not end with accept",
        ),
        (
            [message("1", Outcome.REJECT)],
            "1 of 1 checks did not end with accept",
        ),
    ],
)
def test_the_gate_is_shut(
    verdicts: Sequence[Verdict | MessageVerdict], reason: str, tmp_path: Path
) -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                reply = await send_saved_mms(
                    REQUEST, verdicts=verdicts, gateway=there, ledger=ledger
                )
                assert reply == NotSent(reason=reason)
                assert list(ledger.list()) == []
            assert not hits
            assert isinstance(
                await send_saved_mms(REQUEST, verdicts=verdicts, gateway=there, unchecked=True),
                Accepted,
            )
            assert hits == {"15553199144": 1}

    asyncio.run(run())


def test_the_gate_is_open_for_accept_alone() -> None:
    assert gate(GOOD) is None
    assert gate([*GOOD, message("1")]) is None


def test_a_shut_gate_ends_the_run_before_the_first_post() -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            run = send_all(people("15553199140", "15553199141"), verdicts=[], gateway=there)
            results = [result async for result in run]
            assert [(result.reply, result.stop) for result in results] == [
                (NotSent(reason="no media was checked"), "no media was checked")
            ]
            assert not hits

    asyncio.run(run())


OTHER = 'what was checked is the message "111", and what is to be sent "35674"'


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ([message("111")], OTHER),
        ([verdict(), message("111")], OTHER),
        ([message("111"), message("112")], OTHER.replace('"111"', '"111" and "112"')),
        ([message("35674")], None),
        ([message("111"), message("35674")], None),
        ([message(None)], None),
        ([message("")], None),
        ([message("111"), message(None)], None),
    ],
)
def test_a_message_opens_it_for_itself_alone(
    verdicts: Sequence[Verdict | MessageVerdict], reason: str | None
) -> None:
    """One that has no mms-id yet may have got any when it was saved."""

    async def run() -> None:
        async with counting() as (there, hits):
            reply = await send_saved_mms(REQUEST, verdicts=verdicts, gateway=there)
            assert (reply == NotSent(reason=reason or "")) is (reason is not None)
            assert hits.total() == (0 if reason else 1)
            again = await send_saved_mms(REQUEST, verdicts=verdicts, gateway=there, unchecked=True)
            assert isinstance(again, Accepted)

    asyncio.run(run())


def test_of_many_recipients_those_of_the_message_that_was_checked() -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            sent = send_all(people("15553199140"), verdicts=[message("2")], gateway=there)
            (result,) = [result async for result in sent]
            said = 'what was checked is the message "2", and what is to be sent "1"'
            assert (result.reply, result.stop) == (NotSent(reason=said), said)
            assert not hits

    asyncio.run(run())


EMPTY: list[Callable[[], Iterable[Verdict]]] = [
    lambda: (one for one in GOOD if not one.accepted),
    lambda: filter(None, []),
    lambda: iter(()),
]


@pytest.mark.parametrize("make", EMPTY, ids=["generator", "filter", "iterator"])
def test_an_iterator_without_verdicts_opens_nothing(make: Callable[[], Iterable[Verdict]]) -> None:
    nothing = NotSent(reason="no media was checked")

    async def run() -> None:
        async with counting() as (there, hits):
            assert await send_saved_mms(REQUEST, verdicts=make(), gateway=there) == nothing
            sent = send_all(people("15553199140"), verdicts=make(), gateway=there)
            assert [result.reply async for result in sent] == [nothing]
            assert not hits

    asyncio.run(run())
    assert gate(make()) == "no media was checked"


def test_an_iterator_of_verdicts_is_looked_at_for_every_recipient() -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            sent = send_all(
                people("15553199140", "15553199141"), verdicts=iter(GOOD), gateway=there
            )
            assert [type(result.reply) async for result in sent] == [Accepted, Accepted]
            assert hits == {"15553199140": 1, "15553199141": 1}
            reply = await send_saved_mms(
                REQUEST, verdicts=iter([*GOOD, verdict(Outcome.UNKNOWN)]), gateway=there
            )
            assert reply == NotSent(reason="1 of 2 checks did not end with accept")

    asyncio.run(run())
