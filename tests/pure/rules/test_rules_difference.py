"""Answers that differ by how they are asked for: what differs is named, and decides what to do."""

from __future__ import annotations

import pytest
from helpers.answers import CHUNKED, digested, gzip
from helpers.sight import exchange, finding_of, seen

from preflight.observation import (
    Exchange,
    Purpose,
)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (gzip(status=404), "status is 404"), (gzip(*CHUNKED), "is chunked"), (gzip("Content-Type: image/jpeg"), "no Content-Length"),
        (gzip("Content-Type: image/png", "Content-Length: 1000"), '"image/png" and not "image/jpeg"'), (gzip("Content-Type: image/jpeg", "Content-Length: 9"), "length is 9 and not 1,000"),
        (gzip("nonsense", "Content-Length: 1000", "Transfer-Encoding: chunked"), "is chunked"),
        (digested(exchange(purpose=Purpose.SECOND), "b"), "bytes are others"), (gzip("Content-Length: 1000"), '"missing"'),
    ],
)  # fmt: skip
def test_what_differs_is_named(other: Exchange, said: str) -> None:
    assert said in finding_of("unstable-hosting", seen(digested(exchange(), "a"), other)).message


@pytest.mark.parametrize(
    ("other", "to_do"),
    [
        (gzip(status=404), "answer 200"), (gzip(*CHUNKED), "Switch compression off"),
        (gzip("Content-Type: image/png", "Content-Length: 1000"), "one Content-Type"),
        (gzip("Content-Type: image/jpeg", "Content-Length: 9"), "one version of the file"),
        (digested(exchange(purpose=Purpose.SECOND), "b"), "stored once"),
    ],
)  # fmt: skip
def test_what_differs_decides_what_to_do(other: Exchange, to_do: str) -> None:
    first = digested(exchange(), "a")
    assert to_do.lower() in finding_of("unstable-hosting", seen(first, other)).fix.lower()


def test_the_other_way_round_is_named_too() -> None:
    assert (
        "not chunked, and otherwise"
        in finding_of("unstable-hosting", seen(exchange(*CHUNKED), gzip())).message
    )
    assert (
        "is a Content-Length"
        in finding_of(
            "unstable-hosting", seen(exchange("Content-Type: image/jpeg"), gzip())
        ).message
    )
