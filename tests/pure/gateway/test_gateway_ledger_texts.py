"""The gateway's texts as a ledger keeps them: without telephone numbers, in linear time."""

from __future__ import annotations

import time

import pytest

from preflight.gateway.ledger_entry import settlement
from preflight.gateway.reply import Unknown


def kept(text: str) -> str | None:
    return settlement(Unknown(reason="lost", text=text)).text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to 15551230044 failed", "to ***44 failed"),
        ("+1 (555) 123-0044", "***44"),
        ("a+15551230044;15551230055", "a***44;***55"),
        ("1555123 0044. Call 7", "***44. Call 7"),
        ("5 5 5 5 5 5 12", "***12"),
        ("1 1 1 1 1 1 1", "1 1 1 1 1 1 1"),
        ("E104 after 12.5 s", "E104 after 12.5 s"),
        ("(", "("),
    ],
)
def test_numbers_keep_two_digits(text: str, shown: str) -> None:
    assert kept(text) == shown


@pytest.mark.parametrize("pattern", ["1 ", "1-", "+1", "1", " ", "+1 ", "1 1+"])
def test_a_text_of_any_kind_takes_linear_time(pattern: str) -> None:
    start = time.process_time()
    kept(pattern * (64_000 // len(pattern)))
    assert time.process_time() - start < 2  # 42 s, when each digit began another look to the end
