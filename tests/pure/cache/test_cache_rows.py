"""The verdict cache: what is found again, for how long, and for which target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cached import NOW, URL, Clock, finding, opened, verdict

from preflight.errors import UsageError
from preflight.target import Target
from preflight.verdict import Ignored, Outcome, Severity, Verdict


@pytest.mark.parametrize("reopen", [False, True])
@pytest.mark.parametrize(
    "kept",
    [
        verdict(),
        verdict(Outcome.ACCEPT, finding("redirected", Severity.WARNING)),
        verdict(Outcome.REJECT, finding()),
        verdict(Outcome.REJECT, finding("timeout", unknown=True), finding()),
    ],
    ids=["accept", "warned", "reject", "reject-and-unknown"],
)
def test_a_verdict_comes_back_whole_with_its_age(
    path: Path, clock: Clock, kept: Verdict, reopen: bool
) -> None:
    cache = opened(path, clock)
    cache.store(kept)
    if reopen:
        cache.close()
        cache = opened(path, clock)
    clock.now += 90
    assert cache.lookup(kept.target) == replace(kept, from_cache_s=90.0)
    cache.close()


@pytest.mark.parametrize(
    ("kept", "max_age", "after", "found"),
    [
        (verdict(), 3600, 3600, True),
        (verdict(), 3600, 3601, False),
        (verdict(), 0, 0, True),
        (verdict(), 0, 0.5, False),
        (verdict(), None, 0, False),
        (verdict(), 30 * 86_400, 29 * 86_400, True),
        (verdict(Outcome.REJECT, finding()), 3600, 899, True),
        (verdict(Outcome.REJECT, finding()), 3600, 901, False),
        (verdict(Outcome.REJECT, finding()), 60, 61, False),
        (verdict(Outcome.UNKNOWN, finding("timeout", unknown=True)), 3600, 0, False),
        (verdict(), 3600, -59, True),
        (verdict(), 3600, -86_400, False),
    ],
)
def test_how_long_a_verdict_is_good(
    path: Path, clock: Clock, kept: Verdict, max_age: float | None, after: float, found: bool
) -> None:
    with opened(path, clock, max_age) as cache:
        cache.store(kept)
        clock.now += after
        assert (cache.lookup(kept.target) is not None) is found


def test_what_was_stored_without_an_age_serves_a_run_that_gives_one(
    path: Path, clock: Clock
) -> None:
    with opened(path, clock, None) as cache:
        cache.store(verdict())
    with opened(path, clock, 10) as cache:
        assert cache.lookup(Target(url=URL)) is not None


@pytest.mark.parametrize(
    ("left", "after", "found"),
    [(600, 599, True), (600, 601, False), (4 * 86_400, 86_399, True), (4 * 86_400, 86_401, False)],
    ids=["before its end", "after its end", "before the horizon", "inside the horizon"],
)
def test_a_signed_url_is_judged_anew_when_its_end_comes_near(
    path: Path, clock: Clock, left: float, after: float, found: bool
) -> None:
    url = f"https://b.s3.amazonaws.com/a.jpg?AWSAccessKeyId=A&Signature=x&Expires={int(NOW + left)}"
    with opened(path, clock, 30 * 86_400) as cache:
        cache.store(verdict(url=url))
        clock.now += after
        assert (cache.lookup(Target(url=url)) is not None) is found


def test_ignores_are_applied_when_read_and_never_kept(path: Path, clock: Clock) -> None:
    warned, wrong = finding("redirected", Severity.WARNING), finding()
    accepted = replace(
        verdict(Outcome.ACCEPT, warned), ignored=(Ignored(finding=wrong, reason="ticket 4711"),)
    )
    with opened(path, clock) as cache:
        cache.store(accepted)
        bare = cache.lookup(accepted.target)
        assert bare is not None
        assert (bare.outcome, bare.ignored) == (Outcome.REJECT, ())
        assert [one.rule for one in bare.findings] == ["redirected", "chunked-transfer-encoding"]
        again = cache.lookup(accepted.target, lambda one: "ticket 4711" if one == wrong else None)
        assert again == replace(accepted, from_cache_s=0.0)
        clock.now += 1_000  # what it was without the ignore is a reject
        assert cache.lookup(accepted.target) is None


def test_an_ignored_unknown_is_unknown_and_not_kept(path: Path, clock: Clock) -> None:
    ignored = (Ignored(finding=finding("timeout", unknown=True), reason="slow"),)
    with opened(path, clock) as cache:
        cache.store(replace(verdict(), ignored=ignored))
        assert cache.lookup(Target(url=URL), lambda _: "slow") is None


def test_what_came_from_a_cache_is_not_made_young_again(path: Path, clock: Clock) -> None:
    with opened(path, clock) as cache:
        cache.store(replace(verdict(), from_cache_s=10.0))
        assert cache.lookup(Target(url=URL)) is None


@pytest.mark.parametrize(
    "other",
    [
        Target(url=URL.replace("s3cr3t", "S3cr3t")),
        Target(url=URL + "#"),
        Target(url=URL, declared_length=3),
        Target(url=URL, declared_type="image/png"),
        Target(url="http://\ud800/"),
    ],
)
def test_another_target_is_not_found(path: Path, clock: Clock, other: Target) -> None:
    with opened(path, clock) as cache:
        cache.store(verdict())
        assert cache.lookup(other) is None


@pytest.mark.parametrize("age", [-1.0, float("nan")])
def test_an_age_below_zero_is_refused(path: Path, clock: Clock, age: float) -> None:
    with pytest.raises(UsageError, match="max_age"):
        opened(path, clock, age)
