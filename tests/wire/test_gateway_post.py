from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult
from helpers.gateway_loopback import (
    SUCCESS,
    Act,
    Seen,
    answer,
    gateway,
    read_request,
    replying,
    reset,
)
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from preflight.errors import UsageError
from preflight.gateway.client import post
from preflight.gateway.codes import CodeClass
from preflight.gateway.endpoint import Gateway
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import State
from preflight.gateway.reply import Accepted, NotSent, Refused, Reply, Unknown
from preflight.gateway.request import Api, CustomText, Secret, SendRequest
from preflight.gateway.send import send_saved_mms

KEY = Secret("qTFkykO9JTfahCOqJ0V2Wf5Cg1t8iWlZ")
REQUEST = SendRequest(
    mms_id="35674", to="15553199144", from_="28444", service_id="12345", fallback_sms_text="See <it> & \"that\""
)  # fmt: skip
LOOPBACK = ("127.0.0.0/8",)


class Names(AbstractResolver):
    """A resolver that knows one name, or none."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._address is None:
            raise OSError("no such name: CANARY")
        return [
            ResolveResult(
                hostname=host,
                host=self._address,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        pass


def send_to(act: Act, timeout_s: float = 5.0) -> tuple[Reply, Seen]:
    async def run() -> tuple[Reply, Seen]:
        async with gateway(act) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"http://127.0.0.1:{port}/ep/v1/", timeout_s=timeout_s, allow_networks=LOOPBACK
            )  # fmt: skip
            reply = await post(REQUEST, there)
            return reply, seen

    return asyncio.run(run())


def chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (
        len(body),
        body,
    )


def test_success() -> None:
    reply, seen = send_to(replying(answer(200, SUCCESS)))
    assert reply == Accepted(
        tracking_id="TU1TXzU5Nzg3OQ==", mms_id="35674", to="15553199144", from_="28444",
        details="MMS request accepted and queued for delivery", http_status=200,
    )  # fmt: skip
    assert (seen.connections, len(seen.requests)) == (1, 1)
    assert b"<to>15553199144</to>" in seen.requests[0]
    assert b"Accept-Encoding: identity" in seen.requests[0]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(chunked(SUCCESS), id="chunked"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + SUCCESS, id="until-close"),
        pytest.param(answer(202, SUCCESS, "Content-Type: text/html"), id="odd-type-and-status"),
        pytest.param(answer(404, SUCCESS), id="body-before-status"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(200, SUCCESS), id="interim-answer"
        ),
    ],
)
def test_success_in_other_framings(raw: bytes) -> None:
    reply, seen = send_to(replying(raw))
    assert isinstance(reply, Accepted)
    assert len(seen.requests) == 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the connection was lost before the gateway had answered"),
        (b"\x00\x01garbage\r\n\r\n", "the gateway's answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + SUCCESS, "the gateway's answer broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Len", "the connection was lost before the gateway had answered"),
        (chunked(SUCCESS)[:-5], "the gateway's answer broke off"),
        (answer(302, b"", "Location: /elsewhere"), "HTTP 302, a redirect, which is never followed"),
        (answer(307, b"", "Location: /ep/v1/"), "HTTP 307, a redirect, which is never followed"),
        (answer(500, b"oops"), "HTTP 500"),
        (answer(503, b"", "Retry-After: 0"), "HTTP 503"),
        (answer(408, b""), "HTTP 408"),
        (answer(401, b"", "WWW-Authenticate: Basic realm=x"), "HTTP 401"),
        (answer(403, b"<html><body>denied</body></html>"), "HTTP 403"),
        (answer(413, b"too large"), "HTTP 413"),
        (answer(200, b"<html><h1>Success</h1></html>"), "it is not a response document"),
        (answer(200, b"<!DOCTYPE html><html></html>"), "a document type declaration"),
        (answer(200, b""), "it is empty"),
        (answer(200, SUCCESS[:-11]), "not well-formed XML"),
        (answer(200, SUCCESS + b" " * 1_000_000), "larger than 65,536 bytes"),
        (answer(200, SUCCESS, "Content-Encoding: br"), "a content coding that was not asked for"),
    ],
)  # fmt: skip
def test_an_answer_that_says_nothing_is_unknown_and_never_asked_for_again(
    raw: bytes, reason: str
) -> None:
    reply, seen = send_to(replying(raw))
    assert isinstance(reply, Unknown)
    assert reason in reply.reason
    assert (seen.connections, len(seen.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (SUCCESS, (None, "TU1TXzU5Nzg3OQ==", "MMS request accepted and queued for delivery")),
        (
            b"<response><status>Failure</status><error-code>E110</error-code><error-info>Invalid to</error-info></response>",
            ("E110", None, "Invalid to"),
        ),
    ],
)
def test_a_server_error_is_unknown_whatever_its_body_says(
    body: bytes, kept: tuple[str | None, ...]
) -> None:
    reply, seen = send_to(replying(answer(500, body)))
    assert isinstance(reply, Unknown)
    assert (reply.code, reply.tracking_id, reply.text) == kept
    assert len(seen.requests) == 1


async def reset_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: Seen) -> None:
    reset(writer)


async def close_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter, __: Seen) -> None:
    writer.close()


async def reset_within_the_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen
) -> None:
    seen.received += len(await reader.read(10))
    reset(writer)


async def reset_after_the_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen
) -> None:
    await read_request(reader, seen)
    reset(writer)


async def reset_within_the_answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen
) -> None:
    await read_request(reader, seen)
    writer.write(answer(200, SUCCESS)[:-20])
    await writer.drain()
    reset(writer)


@pytest.mark.parametrize(
    ("act", "requests"),
    [
        (reset_at_once, 0), (close_at_once, 0), (reset_within_the_request, 0), (reset_after_the_request, 1),
        (reset_within_the_answer, 1),
    ],
)  # fmt: skip
def test_a_lost_connection_is_never_made_again(act: Act, requests: int) -> None:
    reply, seen = send_to(act)
    assert isinstance(reply, Unknown | NotSent)
    if isinstance(reply, NotSent):
        assert seen.received == 0
    assert (seen.connections, len(seen.requests)) == (1, requests)


def test_silence_after_the_request_is_unknown() -> None:
    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter, seen: Seen) -> None:
        await read_request(reader, seen)
        await reader.read()

    reply, seen = send_to(act, timeout_s=0.3)
    assert reply == Unknown(reason="no complete answer from the gateway within 0.3 s")
    assert len(seen.requests) == 1


def test_an_endless_drip_ends_with_the_time() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        await read_request(reader, seen)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    reply, seen = send_to(act, timeout_s=0.3)
    assert reply == Unknown(reason="no complete answer from the gateway within 0.3 s")
    assert seen.connections == 1


def test_an_endless_answer_is_given_up_at_the_cap() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        await read_request(reader, seen)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + SUCCESS)
        while not writer.is_closing():
            writer.write(b" " * 4096)
            await writer.drain()

    reply, seen = send_to(act, timeout_s=20)
    assert reply == Unknown(
        reason="the answer cannot be read: it is larger than 65,536 bytes", http_status=200
    )
    assert (seen.connections, len(seen.requests)) == (1, 1)


def test_a_refused_connection_is_not_sent() -> None:
    async def run() -> Reply:
        with socket.socket() as taken:  # bound, but not listening: nobody else can take the port
            taken.bind(("127.0.0.1", 0))
            endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}/"
            return await post(
                REQUEST,
                Gateway(endpoint=endpoint, api=Api.XML, api_key=KEY, allow_networks=LOOPBACK),
            )

    assert asyncio.run(run()) == NotSent(reason="the gateway refused the connection")


def test_an_unknown_name_is_not_sent() -> None:
    reply = asyncio.run(
        post(
            REQUEST,
            Gateway(endpoint="https://gateway.invalid/", api=Api.XML, api_key=KEY),
            resolver=Names(None),
        )
    )
    assert reply == NotSent(reason="the gateway's host name could not be resolved")


def test_plain_http_by_name_goes_to_allowed_addresses_only() -> None:
    async def run(networks: tuple[str, ...]) -> tuple[Reply, Seen]:
        async with gateway(replying(answer(200, SUCCESS))) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"http://gateway.invalid:{port}/", allow_networks=networks
            )
            reply = await post(REQUEST, there, resolver=Names("127.0.0.1"))
            return reply, seen

    reply, seen = asyncio.run(run(("10.0.0.0/8", "::1/128")))
    assert reply == NotSent(
        reason="the gateway's host name leads to an address that plain http is not allowed to"
    )
    assert seen.connections == 0
    reply, seen = asyncio.run(run(("127.0.0.1",)))
    assert isinstance(reply, Accepted)
    assert seen.connections == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://api.example.com/", "http://192.0.2.1/", "ftp://127.0.0.1/", "127.0.0.1", "https://", "https://a b/",
        "https://user:pass@example.com/", "https://example.com/#x", "https://[::1/", "https://example.com:99999/", "",
    ],
)  # fmt: skip
def test_an_endpoint_that_cannot_be(endpoint: str) -> None:
    networks = () if "example" in endpoint else LOOPBACK
    with pytest.raises(UsageError):
        asyncio.run(
            post(
                REQUEST,
                Gateway(endpoint=endpoint, api=Api.XML, api_key=KEY, allow_networks=networks),
            )
        )


def server_context(
    issue: Callable[[trustme.CA], trustme.LeafCert], authority: trustme.CA
) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    issue(authority).configure_cert(context)
    return context


def tls_send(name: str, trusted: bool) -> tuple[Reply, Seen]:
    authority = trustme.CA()
    client = ssl.create_default_context()
    if trusted:
        authority.configure_trust(client)

    async def run() -> tuple[Reply, Seen]:
        context = server_context(lambda ca: ca.issue_cert(name), authority)
        async with gateway(replying(answer(200, SUCCESS)), context) as (port, seen):
            there = Gateway(
                api_key=KEY, endpoint=f"https://gateway.invalid:{port}/", ssl_context=client
            )
            reply = await post(REQUEST, there, resolver=Names("127.0.0.1"))
            return reply, seen

    return asyncio.run(run())


def test_tls_that_is_trusted() -> None:
    reply, seen = tls_send("gateway.invalid", trusted=True)
    assert isinstance(reply, Accepted)
    assert len(seen.requests) == 1


@pytest.mark.parametrize(("name", "trusted"), [("gateway.invalid", False), ("other.invalid", True)])
def test_tls_that_is_not_trusted_is_not_sent(name: str, trusted: bool) -> None:
    reply, seen = tls_send(name, trusted)
    assert reply == NotSent(reason="the gateway's certificate is not trusted")
    assert (seen.received, len(seen.requests)) == (0, 0)


def test_no_tls_where_tls_should_be_is_not_sent() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Seen) -> None:
        await reader.read(1)
        writer.write(answer(200, SUCCESS))

    async def run() -> Reply:
        async with gateway(act) as (port, _):
            return await post(
                REQUEST, Gateway(endpoint=f"https://127.0.0.1:{port}/", api=Api.XML, api_key=KEY)
            )

    assert asyncio.run(run()) == NotSent(reason="the TLS handshake with the gateway failed")


def test_tls_silence_is_not_sent() -> None:
    async def act(reader: asyncio.StreamReader, _: asyncio.StreamWriter, __: Seen) -> None:
        await reader.read()

    async def run() -> Reply:
        async with gateway(act) as (port, _):
            return await post(
                REQUEST,
                Gateway(
                    endpoint=f"https://127.0.0.1:{port}/", api=Api.XML, api_key=KEY, timeout_s=0.3
                ),
            )

    assert asyncio.run(run()) == NotSent(reason="no connection to the gateway within 0.3 s")


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
            task = asyncio.create_task(
                send_saved_mms(
                    REQUEST, verdicts=[], unchecked=True, gateway=there, ledger=ledger, key="k"
                )
            )
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            again = await send_saved_mms(
                REQUEST, verdicts=[], unchecked=True, gateway=there, ledger=ledger, key="k"
            )
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
                task = asyncio.create_task(
                    send_saved_mms(
                        REQUEST, verdicts=[], unchecked=True, gateway=there, ledger=ledger, key="k"
                    )
                )
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
