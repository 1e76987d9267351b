"""The newest verdicts in memory: the same ages as in the file, and no more than fit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from preflight.cache import Memory
from preflight.target import Target
from preflight.verdict import Finding, Ignored, Outcome, Severity, Verdict

NOW = 1_800_000_000.0
WRONG = Finding(rule="empty-content", severity=Severity.ERROR, message="m.", fix="f.", url="u")
SLOW = replace(WRONG, rule="timeout", unknown=True)
ACCEPT = Verdict(target=Target(url="https://a.example/"), outcome=Outcome.ACCEPT, profile="sinch")
REJECT = replace(ACCEPT, outcome=Outcome.REJECT, findings=(WRONG,))
UNKNOWN = replace(ACCEPT, outcome=Outcome.UNKNOWN, findings=(SLOW,))


@pytest.mark.parametrize(
    ("verdict", "after", "found"),
    [
        (ACCEPT, 0, True),
        (ACCEPT, 3_600, True),
        (ACCEPT, 3_601, False),
        (ACCEPT, -1, False),
        (REJECT, 900, True),
        (REJECT, 901, False),
        (UNKNOWN, 0, False),
        (replace(ACCEPT, from_cache_s=3_000.0), 600, True),
        (replace(ACCEPT, from_cache_s=3_000.0), 601, False),
        (replace(ACCEPT, ignored=(Ignored(finding=WRONG, reason="r"),)), 901, False),
        (replace(ACCEPT, ignored=(Ignored(finding=SLOW, reason="r"),)), 0, False),
    ],
)
def test_how_long_a_verdict_is_good(verdict: Verdict, after: float, found: bool) -> None:
    now = [NOW]
    memory = Memory(3_600, clock=lambda: now[0])
    memory.store(verdict)
    now[0] += after
    expected = (
        replace(verdict, from_cache_s=after + (verdict.from_cache_s or 0.0)) if found else None
    )
    assert memory.lookup(verdict.target) == expected


def test_a_signed_url_ends_with_its_signature() -> None:
    now = [NOW]
    target = Target(url=f"https://a.example/?Signature=x&AWSAccessKeyId=y&Expires={int(NOW) + 60}")
    memory = Memory(3_600, clock=lambda: now[0])
    memory.store(replace(ACCEPT, target=target))
    now[0] += 61
    assert memory.lookup(target) is None


def test_the_target_is_the_one_that_was_asked_for() -> None:
    memory = Memory(3_600)
    memory.store(ACCEPT)
    again = Target(url=ACCEPT.url)
    found = memory.lookup(again)
    assert found is not None
    assert found.target is again
    assert memory.lookup(Target(url=ACCEPT.url, declared_length=3)) is None


def test_the_oldest_of_too_many_go_first() -> None:
    memory = Memory(3_600)
    targets = [Target(url=f"https://a.example/{number}") for number in range(4_200)]
    for target in targets:
        memory.store(replace(ACCEPT, target=target))
        assert memory.lookup(targets[0]) is not None  # in use, and so never the oldest
    kept = [memory.lookup(target) is not None for target in targets]
    assert (sum(kept), kept[0], kept[1], kept[-1]) == (4_096, True, False, True)
