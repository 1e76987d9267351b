"""One answer, whole, byte by byte and in random segments: always the same reply, without a socket."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from preflight.observation import BodyEnd, FailureKind, Head
from preflight.wire.answer import Answer
from preflight.wire.body import Framing
from preflight.wire.head import MAX_HEAD
from preflight.wire.reply import DROP_LIMIT, Keep, Plan, Reply

OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
LIMIT = 100_000


def keeping(keep: Keep = Keep.BYTES, limit: int = LIMIT) -> Answer:
    def plan(head: Head) -> Plan:
        assert head.status == 200
        return Plan(keep, limit)

    return Answer(plan)


def cuts(data: bytes) -> Iterator[list[bytes]]:
    yield [data]
    if len(data) < 20_000:
        yield [data[at : at + 1] for at in range(len(data))]
    chance = random.Random(len(data))
    for _ in range(5):
        edges = sorted(chance.sample(range(1, len(data)), min(len(data) - 1, 6)))
        yield [data[a:b] for a, b in zip([0, *edges], [*edges, len(data)], strict=True)]


def replies(
    data: bytes, ending: str, keep: Keep = Keep.BYTES, limit: int = LIMIT
) -> Iterator[Reply]:
    for pieces in cuts(data):
        answer = keeping(keep, limit)
        for piece in pieces:
            if not answer.over:
                answer.feed(piece)
        if not answer.over:
            answer.expire() if ending == "expire" else answer.lost(reset=ending == "reset")
        assert answer.over
        yield answer.reply


SOUND = [
    (OK + b"Content-Length: 5\r\n\r\nhello", "close", b"hello", BodyEnd.COMPLETE),
    (OK + b"Content-Length: 0\r\n\r\n", "close", b"", BodyEnd.COMPLETE),
    (OK + b"Content-Length: 5\r\n\r\nhel", "close", b"hel", BodyEnd.SHORT),
    (OK + b"Content-Length: 5\r\n\r\nhel", "reset", b"hel", BodyEnd.RESET),
    (OK + b"Content-Length: 5\r\n\r\nhel", "expire", b"hel", BodyEnd.TIMEOUT),
    (OK + b"\r\nhello", "close", b"hello", BodyEnd.CLOSED),
    (OK + b"\r\nhello", "reset", b"hello", BodyEnd.RESET),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "close", b"hello", BodyEnd.COMPLETE),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nx", "close", b"hel", BodyEnd.SHORT),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nx\r\n", "close", b"hel", BodyEnd.BAD_CHUNK),
    (OK + b"Content-Length: 300000\r\n\r\n" + b"a" * 80_000, "close", None, BodyEnd.LIMIT),
    (OK + b"\r\n" + b"a" * 150_000, "close", None, BodyEnd.LIMIT),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "close", b"", BodyEnd.COMPLETE),
    (b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc", "close", b"", BodyEnd.COMPLETE),
    (b"HTTP/1.1 404 Not Found\r\nContent-Length: 99999999\r\n\r\nabc", "close", b"", BodyEnd.DROPPED),
    (b"HTTP/1.1 404 Not Found\r\n\r\n" + b"a" * (DROP_LIMIT + 5), "close", b"", BodyEnd.DROPPED),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", "close", b"ok", BodyEnd.COMPLETE),
    (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "close", b"", None),
]  # fmt: skip


@pytest.mark.parametrize(("data", "ending", "body", "end"), SOUND)
def test_a_reply_does_not_depend_on_segments(
    data: bytes, ending: str, body: bytes | None, end: BodyEnd | None
) -> None:
    found = list(replies(data, ending))
    heads = {(one.raw_head, one.head, one.end) for one in found}
    assert len(heads) == 1
    assert found[0].end is end
    assert found[0].failure is None
    if body is not None:
        assert {one.body for one in found} == {body}


def test_the_beginning_of_a_body_over_its_limit_is_kept() -> None:
    for one in replies(OK + b"Content-Length: 300000\r\n\r\n" + b"a" * 80_000, "close"):
        assert len(one.body) == one.received >= 65_536


def test_interim_heads_are_counted_and_not_kept() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    last = OK + b"Content-Length: 0\r\n\r\n"
    for count in (0, 1, 16):
        for one in replies(interim * count + last, "close"):
            assert one.head is not None
            assert (one.head.interim, one.head.status, one.raw_head) == (count, 200, last)
    for one in replies(interim * 17 + last, "close"):
        assert one.head is not None
        assert one.head.status is None
        assert "interim" in one.head.faults[0].detail


FAILED = [
    (b"", "close", FailureKind.CLOSED),
    (b"", "reset", FailureKind.CLOSED),
    (b"", "expire", FailureKind.TIMEOUT),
    (OK, "close", FailureKind.HEAD_CUT),
    (OK, "reset", FailureKind.HEAD_CUT),
    (OK, "expire", FailureKind.TIMEOUT),
    (b"HTTP/1.1 100 Continue\r\n\r\n", "close", FailureKind.HEAD_CUT),
    (b"HT", "close", FailureKind.HEAD_CUT),
]


@pytest.mark.parametrize(("data", "ending", "kind"), FAILED)
def test_an_answer_without_a_head_is_a_failure(data: bytes, ending: str, kind: FailureKind) -> None:
    for one in replies(data, ending) if len(data) > 1 else [_ended(ending)]:
        assert one.failure is not None
        assert one.failure.kind is kind
        assert one.head is None


def _ended(ending: str) -> Reply:
    answer = keeping()
    answer.expire() if ending == "expire" else answer.lost(reset=ending == "reset")
    return answer.reply


@pytest.mark.parametrize("ending", ["close", "expire"])
@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"SSH",
        b"\x15\x03\x03\x00\x02\x02",
        b"<html>" * 20,
        b"http/1.1 200 OK\r\n\r\n",
    ],
)
def test_what_is_not_http_is_called_so(data: bytes, ending: str) -> None:
    for one in replies(data, ending):
        assert one.failure is None
        assert one.head is not None
        assert one.head.status is None
        assert "is not HTTP/1.x" in one.head.faults[0].detail
        assert data.startswith(one.raw_head[:16])


def test_a_head_has_a_limit() -> None:
    for filler in (b"X: " + b"a" * (MAX_HEAD + 10), b"X: y\r\n" * MAX_HEAD):
        for one in replies(b"HTTP/1.1 200 OK\r\n" + filler, "close"):
            assert one.head is not None
            assert one.head.malformed
            assert "64 KiB" in one.head.faults[0].detail


def test_bytes_behind_the_end_are_counted() -> None:
    for framing, body in (
        (b"Content-Length: 2\r\n", b"ok"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nok\r\n0\r\n\r\n"),
    ):
        answer = keeping()
        answer.feed(OK + framing + b"\r\n" + body + b"more")
        assert (answer.reply.surplus, answer.reply.body, answer.over) == (4, b"ok", True)


def test_a_digest_is_made_without_the_bytes() -> None:
    for one in replies(OK + b"Content-Length: 5\r\n\r\nhello", "close", Keep.DIGEST):
        assert (one.body, one.digest) == (b"", hashlib.sha256(b"hello").hexdigest())
    for one in replies(OK + b"Content-Length: 5\r\n\r\nhel", "close", Keep.DIGEST):
        assert one.digest is None


@pytest.mark.parametrize(
    ("fields", "first", "room"),
    [(b"Content-Length: 5000\r\n", b"a" * 10, 5_000), (b"Content-Length: 5\r\n", b"hello", 5), (b"", b"abc", LIMIT), (b"Content-Length: 0\r\n", b"", 0)],
)  # fmt: skip
def test_the_room_that_a_body_takes(fields: bytes, first: bytes, room: int) -> None:
    answer = keeping()
    answer.feed(OK + fields + b"\r\n" + first)
    assert answer.framing in (Framing.LENGTH, Framing.CLOSE)
    assert answer.room == room
