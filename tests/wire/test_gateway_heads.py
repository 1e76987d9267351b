"""Answers whose head is larger than a client expects: what can be read decides, since the message may be queued."""

from __future__ import annotations

import asyncio

import pytest
from helpers.gateway_loopback import SUCCESS, answer, gateway, replying
from helpers.good_request import GOOD, KEY

from preflight.gateway.client import post
from preflight.gateway.endpoint import Gateway
from preflight.gateway.reply import Accepted, Reply, Unknown


def reply_to(raw: bytes) -> Reply:
    async def run() -> Reply:
        async with gateway(replying(raw)) as (port, _):
            return await post(
                GOOD,
                Gateway(
                    api_key=KEY,
                    endpoint=f"http://127.0.0.1:{port}/",
                    allow_networks=("127.0.0.1",),
                    timeout_s=10,
                ),
            )

    return asyncio.run(run())


@pytest.mark.parametrize(
    "fields",
    [
        ["X-Trace: " + "a" * 9_000],
        ["Set-Cookie: a=" + "b" * 60_000],
        [f"X-{number}: b" for number in range(500)],
        [f"X-{number}: {'b' * 100}" for number in range(900)],
    ],
    ids=["9,000 bytes", "60,000 bytes", "500 fields", "900 fields"],
)
def test_a_large_head_hides_no_answer(fields: list[str]) -> None:
    reply = reply_to(answer(200, SUCCESS, *fields))
    assert isinstance(reply, Accepted) and reply.tracking_id == "TU1TXzU5Nzg3OQ=="


@pytest.mark.parametrize(
    "fields",
    [["X-Trace: " + "a" * 200_000], [f"X-{number}: b" for number in range(3_000)]],
    ids=["bytes", "fields"],
)
def test_one_without_bounds_is_given_up_for_what_it_is(fields: list[str]) -> None:
    reply = reply_to(answer(200, SUCCESS, *fields))
    assert reply == Unknown(reason="the gateway's answer is not HTTP, or its head is too large")


def test_a_long_reason_hides_no_answer() -> None:
    raw = answer(200, SUCCESS).replace(b"200 Whatever", b"200 " + b"a" * 20_000)
    assert isinstance(reply_to(raw), Accepted)


@pytest.mark.parametrize("status", [600, 999])
def test_a_status_that_there_is_not_leaves_it_open(status: int) -> None:
    reply = reply_to(answer(status, SUCCESS))
    assert isinstance(reply, Unknown) and reply.tracking_id == "TU1TXzU5Nzg3OQ=="


def test_the_key_is_not_echoed_in_other_letters() -> None:
    """What stands for a code is read in capitals."""
    for shown in (KEY.reveal().upper(), KEY.reveal().lower()):
        body = f"<response><status>Failure</status><error-code>E105</error-code><error-info>bad {shown}</error-info></response>"
        reply = reply_to(answer(200, body.encode()))
        assert not isinstance(reply, Accepted | Unknown)
        assert "bad ***" in repr(reply) and shown not in repr(reply)
