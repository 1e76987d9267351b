"""The one POST: what the gateway's answer, its silence and a lost connection come to."""

from __future__ import annotations

import asyncio

import pytest
from helpers.gateway_loopback import (
    SUCCESS,
    Act,
    Seen,
    answer,
    read_request,
    replying,
    reset,
    send_to,
)

from preflight.gateway.reply import Accepted, NotSent, Unknown


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
