"""What is worth repeating, and when by Retry-After."""

from __future__ import annotations

import pytest

from preflight.audit.trouble import RETRY_AFTER_MOST_S, transient
from preflight.observation import (
    Body,
    BodyEnd,
    Exchange,
    Failure,
    FailureKind,
    Head,
    Observation,
    Purpose,
)
from preflight.target import Target
from preflight.wire.head import read_head

NOW = 1_792_000_000.0  # 2026-10-14T17:46:40Z


def seen(*exchanges: Exchange) -> Observation:
    return Observation(target=Target(url="http://a.example/"), observed_at=NOW, exchanges=exchanges)


def answer(
    status: int,
    *fields: tuple[str, str],
    purpose: Purpose = Purpose.IDENTITY,
    body: Body | None = None,
) -> Exchange:
    head = Head(version="HTTP/1.1", status=status, fields=fields)
    return Exchange(purpose=purpose, url="http://a.example/", head=head, body=body)


def failure(kind: FailureKind) -> Exchange:
    return Exchange(
        purpose=Purpose.IDENTITY, url="http://a.example/", failure=Failure(kind=kind, detail="so")
    )


TRANSIENT = {
    FailureKind.RESOLUTION,
    FailureKind.CLOSED,
    FailureKind.TIMEOUT,
    FailureKind.UNREACHABLE,
    FailureKind.TLS_CLOSED,
}


@pytest.mark.parametrize("kind", list(FailureKind))
def test_failures(kind: FailureKind) -> None:
    trouble = transient(seen(failure(kind)))
    assert (trouble is not None) is (kind in TRANSIENT)
    assert trouble is None or (trouble.detail, trouble.retry_after) == ("so", None)


@pytest.mark.parametrize(
    ("status", "again"),
    [(200, False), (206, False), (301, False), (400, False), (403, False), (404, False), (408, True), (410, False), (418, False), (425, True),
     (429, True), (499, False), (500, True), (501, True), (503, True), (599, True), (600, False), (999, False)],
)  # fmt: skip
def test_statuses(status: int, again: bool) -> None:
    assert (transient(seen(answer(status))) is not None) is again
    later = seen(answer(200), answer(status, purpose=Purpose.GZIP))
    assert (transient(later) is not None) is again


def test_a_framing_fault_is_never_repeated() -> None:
    for status, passes in ((200, False), (302, False), (404, False), (503, True)):
        both = read_head(
            b"HTTP/1.1 %d X\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n" % status
        )
        one = Exchange(purpose=Purpose.IDENTITY, url="http://a.example/", head=both)
        assert (transient(seen(one)) is not None) is passes, "a busy server's form does not count"
    for end in BodyEnd:
        again = transient(seen(answer(200, body=Body(end=end))))
        assert (again is not None) is (end is BodyEnd.TIMEOUT)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("1", 1), (" 7 ", 7), ("007", 7), ("30", 30), ("31", 30), ("1000000000", 30), ("9" * 5_000, 30),
        ("Wed, 14 Oct 2026 17:46:50 GMT", 10), ("Wed, 14 Oct 2026 17:46:40 GMT", 0), ("Wed, 21 Oct 2099 07:28:00 GMT", 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wednesday, 14-Oct-26 17:46:50 GMT", 10), ("Wed Oct 14 17:46:50 2026", None),
        ("", None), ("abc", None), ("-1", None), ("+5", None), ("1.5", None), ("1e9", None), ("0x10", None), ("\xb2", None), ("5, 6", None),
        ("Wed, 99 Oct 2026 17:46:50 GMT", None), ("Wed, 14 Oct 99999 17:46:50 GMT", None), ("\x00", None), ("Mon, 1 Jan 0001 00:00:00 +2359", 0),
    ],
)  # fmt: skip
def test_retry_after(text: str, seconds: float | None) -> None:
    trouble = transient(seen(answer(503, ("Retry-After", text))))
    assert trouble is not None
    if text == "Wed Oct 14 17:46:50 2026":  # asctime has no zone; the library may take it for one
        assert trouble.retry_after is None or 0 <= trouble.retry_after <= RETRY_AFTER_MOST_S
    else:
        assert trouble.retry_after == seconds


def test_the_first_of_two_counts() -> None:
    trouble = transient(seen(answer(429, ("Retry-After", "3"), ("retry-after", "9"))))
    assert trouble is not None and trouble.retry_after == 3
