from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.gateway_loopback import counting, people

from preflight.errors import UsageError
from preflight.gateway.codes import CodeClass
from preflight.gateway.endpoint import Gateway
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import State
from preflight.gateway.reply import Accepted, NotSent, Refused, Unknown
from preflight.gateway.request import ENDPOINTS, Api, Secret, SendRequest
from preflight.gateway.send import Result, send_all, send_saved_mms
from preflight.target import Target
from preflight.verdict import Outcome, Verdict

REQUEST = SendRequest(mms_id="35674", to="15553199144", from_="28444", service_id="1")


GOOD = [
    Verdict(
        target=Target(url="https://cdn.example.com/a.jpg"), outcome=Outcome.ACCEPT, profile="sinch"
    )
]


def test_a_wrong_request_is_not_sent() -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            wrong = SendRequest(mms_id="", to="+1", from_="28444")
            reply = await send_saved_mms(wrong, verdicts=GOOD, gateway=there)
            assert isinstance(reply, NotSent)
            assert [problem.field for problem in reply.problems] == ["to", "mms-id", "service-id"]
            assert not hits

    asyncio.run(run())


@pytest.mark.parametrize("timeout_s", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_the_callers_fault(tmp_path: Path, timeout_s: float) -> None:
    there = Gateway(api_key=Secret("x"), timeout_s=timeout_s)
    with Ledger(tmp_path / "ledger") as ledger:
        for kept in (None, ledger):
            with pytest.raises(UsageError, match="more than 0 seconds"):
                asyncio.run(send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, ledger=kept))
        assert list(ledger.list()) == []


def test_an_empty_key_is_no_key(tmp_path: Path) -> None:
    there = Gateway(api_key=Secret("x"))
    with Ledger(tmp_path / "ledger") as ledger:
        with pytest.raises(UsageError, match="1 to 256 printable characters"):
            asyncio.run(
                send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, ledger=ledger, key="")
            )
        assert list(ledger.list()) == []


@pytest.mark.parametrize("arguments", [{"key": "k"}, {"retry": True}])
def test_a_key_needs_a_ledger(arguments: dict[str, object]) -> None:
    there = Gateway(api_key=Secret("x"))
    with pytest.raises(UsageError):
        asyncio.run(send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, **arguments))  # type: ignore[arg-type]


def test_a_gateway_shows_no_key_and_knows_its_endpoint() -> None:
    there = Gateway(api_key=Secret("CANARY"), api=Api.JSON)
    assert "CANARY" not in repr(there)
    assert there.url == ENDPOINTS[Api.JSON]


@pytest.mark.parametrize(
    ("code", "posts", "with_retry"),
    [(None, 1, 1), ("E110", 1, 1), ("E113", 1, 2), ("E713", 1, 2), ("E503", 1, 1), ("lost", 1, 1)],
)
def test_a_key_is_sent_once(tmp_path: Path, code: str | None, posts: int, with_retry: int) -> None:
    async def run() -> None:
        async with counting({REQUEST.to: code} if code else {}) as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                first = await send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, ledger=ledger)
                again = await send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, ledger=ledger)
                assert type(again) is type(first)
                assert not isinstance(first, NotSent) and not first.from_ledger
                assert not isinstance(again, NotSent) and again.from_ledger
                assert hits[REQUEST.to] == posts
                await send_saved_mms(
                    REQUEST, verdicts=GOOD, gateway=there, ledger=ledger, retry=True
                )
                assert hits[REQUEST.to] == with_retry
                (entry,) = ledger.list()
                assert entry.attempt == with_retry

    asyncio.run(run())


def test_what_was_not_sent_is_sent_the_next_time(tmp_path: Path) -> None:
    async def run() -> None:
        with Ledger(tmp_path / "ledger") as ledger:
            async with counting() as (there, hits):
                pass  # the gateway is closed again: its port refuses
            reply = await send_saved_mms(
                REQUEST, verdicts=GOOD, gateway=there, ledger=ledger, key="k"
            )
            assert isinstance(reply, NotSent)
            (entry,) = ledger.list()
            assert entry.state is State.NOT_SENT
            assert not hits

    asyncio.run(run())


def test_two_at_once_make_one_post(tmp_path: Path) -> None:
    async def run() -> None:
        async with counting() as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                replies = await asyncio.gather(
                    *(
                        send_saved_mms(REQUEST, verdicts=GOOD, gateway=there, ledger=ledger)
                        for _ in range(5)
                    )
                )
            assert sum(isinstance(reply, Accepted) for reply in replies) == 1
            assert sum(isinstance(reply, Unknown) and reply.from_ledger for reply in replies) == 4
            assert hits == {REQUEST.to: 1}

    asyncio.run(run())


async def collect(results: AsyncIterator[Result]) -> list[Result]:
    return [result async for result in results]


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    numbers = [f"1555319914{digit}" for digit in range(6)]
    codes = {numbers[1]: "E110", numbers[2]: "lost", numbers[4]: "E713"}

    async def run() -> None:
        async with counting(codes) as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                first = await collect(
                    send_all(people(*numbers), verdicts=GOOD, gateway=there, ledger=ledger)
                )
                assert [type(result.reply) for result in first] == [
                    Accepted,
                    Refused,
                    Unknown,
                    Accepted,
                    Refused,
                ]
                assert [result.stop is None for result in first] == [True] * 4 + [False]
                assert (
                    first[-1].stop == "the gateway answered E713, which concerns the whole account"
                )
                assert first[-1].recipient.source.line == 6
                codes.pop(numbers[4])
                second = await collect(
                    send_all(
                        people(*numbers), verdicts=GOOD, gateway=there, ledger=ledger, retry=True
                    )
                )
                assert [type(result.reply) for result in second] == [
                    Accepted,
                    Refused,
                    Unknown,
                    Accepted,
                    Accepted,
                    Accepted,
                ]
                assert hits == {number: 2 if number == numbers[4] else 1 for number in numbers}

    asyncio.run(run())


@pytest.mark.parametrize("code", ["E104", "E105", "E112", "E713"])
def test_codes_of_the_account_stop_at_once(code: str) -> None:
    async def run() -> None:
        async with counting({"15553199140": code}) as (there, hits):
            results = await collect(
                send_all(people("15553199140", "15553199141"), verdicts=GOOD, gateway=there)
            )
            assert [result.reply for result in results] == [
                Refused(code=code, klass=CodeClass.STOP_RUN, http_status=200)
            ]
            assert hits.total() == 1

    asyncio.run(run())


@pytest.mark.parametrize("code", ["E104", "E105", "E112", "E713"])
def test_codes_of_the_account_stop_with_an_error_of_the_server_too(code: str) -> None:
    async def run() -> None:
        async with counting({"15553199140": code}, status=503) as (there, hits):
            (result,) = await collect(
                send_all(people("15553199140", "15553199141"), verdicts=GOOD, gateway=there)
            )
            assert isinstance(result.reply, Unknown)
            assert (result.reply.code, result.reply.http_status) == (code, 503)
            assert result.stop == f"the gateway answered {code}, which concerns the whole account"
            assert hits.total() == 1

    asyncio.run(run())


def test_an_error_of_the_server_keeps_the_key(tmp_path: Path) -> None:
    """A code that by itself would let the key be sent again does not do so with a 503; what stops a run does so once."""
    number = "15553199140"

    async def run() -> None:
        async with counting({number: "E713"}, status=503) as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                for retry in (False, True):
                    (result,) = await collect(
                        send_all(
                            people(number), verdicts=GOOD, gateway=there, ledger=ledger, retry=retry
                        )
                    )
                    assert isinstance(result.reply, Unknown) and result.reply.code == "E713"
                    assert (result.stop is None) is retry
                (entry,) = ledger.list(State.UNKNOWN)
                assert entry.code == "E713"
                assert hits.total() == 1

    asyncio.run(run())


def test_too_many_failures_in_a_row_stop() -> None:
    numbers = [f"1555319914{digit}" for digit in range(6)]

    async def run() -> None:
        async with counting({number: "lost" for number in numbers if number != numbers[1]}) as (
            there,
            hits,
        ):
            results = await collect(
                send_all(people(*numbers), verdicts=GOOD, gateway=there, max_failures=3)
            )
            assert len(results) == hits.total() == 5
            assert results[-1].stop == "3 recipients in a row without a reply that can be used"
            results = await collect(
                send_all(people(*numbers), verdicts=GOOD, gateway=there, max_failures=None)
            )
            assert len(results) == 6

    asyncio.run(run())


def test_the_pace_is_kept_and_costs_nothing_for_what_is_settled(tmp_path: Path) -> None:
    async def run() -> None:
        numbers = [f"1555319914{digit}" for digit in range(5)]
        async with counting() as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                begin = time.monotonic()
                await collect(
                    send_all(people(*numbers), verdicts=GOOD, gateway=there, ledger=ledger, rate=20)
                )
                assert time.monotonic() - begin >= 4 / 20
                begin = time.monotonic()
                results = await collect(
                    send_all(
                        people(*numbers), verdicts=GOOD, gateway=there, ledger=ledger, rate=0.01
                    )
                )
                assert len(results) == 5
                assert time.monotonic() - begin < 10
            assert hits.total() == 5

    asyncio.run(run())


def test_a_wrong_request_is_a_result_at_any_pace(tmp_path: Path) -> None:
    """A request that has no key, as its custom slides are no JSON, does not end the run of the others."""
    good = people("15553199140")[0]
    wrong = replace(good, request=replace(good.request, custom_slides=({"a": object()},)))

    async def run() -> None:
        async with counting() as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                for rate in (None, 1_000.0):
                    results = await collect(
                        send_all(
                            [wrong, good], verdicts=GOOD, gateway=there, ledger=ledger, rate=rate
                        )
                    )
                    assert [type(one.reply) for one in results] == [NotSent, Accepted]
            assert hits.total() == 1

    asyncio.run(run())


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_that_cannot_be(rate: float) -> None:
    there = Gateway(api_key=Secret("x"))
    with pytest.raises(UsageError):
        asyncio.run(collect(send_all([], verdicts=GOOD, gateway=there, rate=rate)))
