"""What the one POST carries, what of it is never told, and what a cancellation leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.gateway_loopback import (
    KEY,
    LOOPBACK,
    REQUEST,
    SUCCESS,
    Seen,
    answer,
    gateway,
    read_request,
    replying,
    send_to,
)
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from preflight.gateway.client import post
from preflight.gateway.codes import CodeClass
from preflight.gateway.endpoint import Gateway
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import State
from preflight.gateway.reply import Accepted, Refused, Reply, Unknown
from preflight.gateway.request import Api, CustomText, SendRequest
from preflight.gateway.send import send_saved_mms


def test_the_key_is_not_echoed() -> None:
    body = f"<response><status>Failure</status><error-code>E105</error-code><error-info>bad {KEY.reveal()}</error-info></response>"
    reply, _ = send_to(replying(answer(200, body.encode())))
    assert reply == Refused(code="E105", klass=CodeClass.STOP_RUN, text="bad ***", http_status=200)
    assert KEY.reveal() not in repr(reply)


def test_a_media_url_is_not_echoed_with_its_secrets() -> None:
    """Only in words: an id is opaque, and a postback repeats it as it is."""
    bad = "https://user:c4n4ry@cdn.example.com/a.jpg?sig=c4n4ry"
    shown = "https://***@cdn.example.com/a.jpg?sig=***"
    body = f"<response><status>Failure</status><error-code>E629</error-code><error-info>bad media {bad}</error-info></response>"
    refused, _ = send_to(replying(answer(200, body.encode())))
    lost, _ = send_to(replying(answer(503, body.encode())))
    assert isinstance(refused, Refused) and refused.text == f"bad media {shown}"
    assert isinstance(lost, Unknown) and lost.text == f"bad media {shown}"
    body = f"<response><status>Success</status><tracking-id>T?a=b</tracking-id><status-details>{bad}</status-details></response>"
    sent, _ = send_to(replying(answer(200, body.encode())))
    assert isinstance(sent, Accepted) and (sent.tracking_id, sent.details) == ("T?a=b", shown)


async def send_under_key(there: Gateway, ledger: Ledger) -> Reply:
    return await send_saved_mms(
        REQUEST, verdicts=[], unchecked=True, gateway=there, ledger=ledger, key="k"
    )


@pytest.mark.parametrize("answered", [False, True])
def test_cancellation_is_passed_on_and_recorded(tmp_path: Path, answered: bool) -> None:
    async def run() -> tuple[Seen, Ledger]:
        arrived = asyncio.Event()

        async def act(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen
        ) -> None:
            await read_request(reader, seen)
            if answered:
                writer.write(answer(200, SUCCESS)[:-5])
                await writer.drain()
            arrived.set()
            await reader.read()

        ledger = Ledger(tmp_path / "ledger")
        async with gateway(act) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"http://127.0.0.1:{port}/", allow_networks=LOOPBACK
            )
            task = asyncio.create_task(send_under_key(there, ledger))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            again = await send_under_key(there, ledger)
            assert isinstance(again, Unknown) and again.from_ledger
            return seen, ledger

    seen, ledger = asyncio.run(run())
    with ledger:
        (entry,) = ledger.list()
    assert (entry.state, entry.under_way) == (State.UNKNOWN, False)
    assert len(seen.requests) == 1


def test_a_cancellation_before_the_request_leaves_it_not_sent(tmp_path: Path) -> None:
    async def run() -> None:
        connected = asyncio.Event()

        async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: Seen) -> None:
            connected.set()  # and never shakes hands
            await reader.read()

        with Ledger(tmp_path / "ledger") as ledger:
            async with gateway(act) as (port, _):
                there = Gateway(api_key=KEY, endpoint=f"https://127.0.0.1:{port}/")
                task = asyncio.create_task(send_under_key(there, ledger))
                await connected.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            (entry,) = ledger.list()
            assert entry.state is State.NOT_SENT

    asyncio.run(run())


def test_what_the_gateway_receives_as_xml(httpserver: HTTPServer) -> None:
    received: list[Request] = []

    def handle(request: Request) -> Response:
        request.get_data()
        received.append(request)
        return Response(SUCCESS, content_type="text/xml")

    httpserver.expect_request("/ep/v1/", method="POST").respond_with_handler(handle)
    request = replace(
        REQUEST, custom_subject="Spring sale", custom_text=(CustomText(slide=1, value="Hi <Ann>"),),
        data=(("FirstName", "Ann & Bob"),), operator_id="31002",
    )  # fmt: skip
    reply = asyncio.run(
        post(
            request,
            Gateway(
                endpoint=httpserver.url_for("/ep/v1/"),
                api=Api.XML,
                api_key=KEY,
                allow_networks=LOOPBACK,
            ),
        )
    )
    assert isinstance(reply, Accepted)
    (seen,) = received
    assert seen.content_type == "text/xml; charset=utf-8"
    assert seen.get_data() == (
        b"<?xml version='1.0' encoding='utf-8'?>\n<request><action>sendSavedMMS</action>"
        b"<api-key>qTFkykO9JTfahCOqJ0V2Wf5Cg1t8iWlZ</api-key><service-id>12345</service-id><mms-id>35674</mms-id>"
        b'<to>15553199144</to><from>28444</from><fallback-sms-text>See &lt;it&gt; &amp; "that"</fallback-sms-text>'
        b"<custom-subject>Spring sale</custom-subject><custom-text><value>Hi &lt;Ann&gt;</value><slide>1</slide></custom-text>"
        b"<data><firstname>Ann &amp; Bob</firstname></data><operator-id>31002</operator-id></request>"
    )


def test_what_the_gateway_receives_as_json(httpserver: HTTPServer) -> None:
    httpserver.expect_oneshot_request(
        "/ep/v2/", method="POST", headers={"x-api-key": KEY.reveal(), "Content-Type": "application/json; charset=utf-8"},
        json={
            "action": "sendsavedmms", "mms-id": "35674", "service-id": "12345", "to": "15553199144",
            "to-displayonly": "15550001111,15550002222", "from": "28444", "message-subject": "Sale",
            "disable-fallback-sms": True, "client-reference": "order 7",
        },
    ).respond_with_json({"status": "Success", "tracking-id": "DrXAFP-Ylpc-JZL", "to": "15553199144"})  # fmt: skip
    request = SendRequest(
        mms_id="35674", service_id="12345", to="15553199144", from_="28444", message_subject="Sale",
        to_displayonly=("15550001111", "15550002222"), disable_fallback_sms=True, client_reference="order 7",
    )  # fmt: skip
    reply = asyncio.run(
        post(
            request,
            Gateway(
                endpoint=httpserver.url_for("/ep/v2/"),
                api=Api.JSON,
                api_key=KEY,
                allow_networks=LOOPBACK,
            ),
        )
    )
    assert reply == Accepted(tracking_id="DrXAFP-Ylpc-JZL", to="15553199144", http_status=200)
    httpserver.check_assertions()
