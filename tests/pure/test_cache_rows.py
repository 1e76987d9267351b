"""The verdict cache: what is found again, for how long, and what the file gives away."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from preflight.cache import VerdictCache
from preflight.errors import UsageError
from preflight.target import Target
from preflight.text import mask_url
from preflight.verdict import Finding, Ignored, Media, Outcome, Severity, Skipped, Verdict

URL = "https://cdn.example.com/media/a.jpg?token=s3cr3t&name=x"
NOW = 1_800_000_000.0


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def opened(
    path: Path, clock: Clock, max_age: float | None = 3600.0, prefix: bytes = b"p"
) -> VerdictCache:
    return VerdictCache(path, prefix=prefix, max_age=max_age, clock=clock, horizon_s=3 * 86_400)


def finding(
    rule: str = "chunked-transfer-encoding",
    severity: Severity = Severity.ERROR,
    *,
    unknown: bool = False,
) -> Finding:
    message = f"Seen at {mask_url(URL)}, in every answer."
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        fix="Serve it whole.",
        url=URL,
        unknown=unknown,
    )


def verdict(outcome: Outcome = Outcome.ACCEPT, *findings: Finding, url: str = URL) -> Verdict:
    return Verdict(
        target=Target(url=url), outcome=outcome, profile="sinch", findings=findings,
        skipped=(Skipped(rule="too-many-pixels", reason="no image was seen"),),
        media=Media(declared_type="image/jpeg", length=26_221, width=320, height=240), attempts=2, elapsed_s=0.25,
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "verdicts.sqlite"


@pytest.fixture
def clock() -> Iterator[Clock]:
    yield Clock()


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


def test_the_file_shows_neither_url_nor_secret_and_is_private(path: Path, clock: Clock) -> None:
    bad = replace(
        finding(), url="https://user:pa55@other.example.net/b?sig=hidden99",
        message=f"Seen at {mask_url(URL)} and at {URL}.",
    )  # fmt: skip
    with opened(path, clock) as cache:
        cache.store(verdict(Outcome.REJECT, bad))
        cache.flush()
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            content = file.read_bytes()
            for word in (b"cdn.example.com", b"s3cr3t", b"hidden99", b"pa55"):
                assert word not in content


@pytest.mark.parametrize(
    "content", [b"not a database at all, but a text of some length" * 50, b"x"]
)
def test_a_file_of_another_kind_is_refused_and_left_alone(
    path: Path, clock: Clock, content: bytes
) -> None:
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is damaged, or no SQLite file"):
        opened(path, clock)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(path: Path, clock: Clock) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE verdict (name TEXT)")
    path.chmod(0o644)
    with pytest.raises(UsageError, match="a database of something else"):
        opened(path, clock)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("place", ["no/such/directory.sqlite", "."])
def test_a_place_that_cannot_be_a_file_is_one_sentence(
    tmp_path: Path, clock: Clock, place: str
) -> None:
    with pytest.raises(UsageError, match="cannot open the cache"):
        opened(tmp_path / place, clock)


def test_a_file_damaged_inside_is_one_sentence(path: Path, clock: Clock) -> None:
    with opened(path, clock) as cache:
        for number in range(600):
            cache.store(verdict(url=f"https://a.example/{number}"))
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is damaged"), opened(path, clock) as cache:
        for number in range(600):
            cache.lookup(Target(url=f"https://a.example/{number}"))


def test_an_empty_file_becomes_a_cache(path: Path, clock: Clock) -> None:
    path.touch(0o644)
    with opened(path, clock) as cache:
        cache.store(verdict())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with opened(path, clock) as cache:
        assert cache.lookup(Target(url=URL)) is not None


def test_another_schema_is_dropped_and_built_anew(path: Path, clock: Clock) -> None:
    with opened(path, clock) as cache:
        cache.store(verdict())
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("ALTER TABLE verdict RENAME COLUMN body TO text")
        database.execute("PRAGMA user_version = 99")
    database.close()
    with opened(path, clock) as cache:
        assert cache.lookup(Target(url=URL)) is None
        cache.store(verdict())
        cache.flush()
        assert cache.lookup(Target(url=URL)) is not None


def test_expired_rows_are_deleted_when_the_file_is_opened(path: Path, clock: Clock) -> None:
    with opened(path, clock) as cache:
        cache.store(verdict(Outcome.REJECT, finding()))
        cache.store(verdict(url="https://a.example/x"))
    clock.now += 1_000
    opened(path, clock).close()
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute("SELECT count(*) FROM verdict").fetchone() == (1,)
    database.close()


def test_rows_are_written_in_batches_by_number_and_by_time(path: Path, clock: Clock) -> None:
    def written() -> int:
        with closing(sqlite3.connect(path)) as database, database:
            count = int(database.execute("SELECT count(*) FROM verdict").fetchone()[0])
        database.close()
        return count

    with opened(path, clock) as cache:
        for number in range(499):
            cache.store(verdict(url=f"https://a.example/{number}"))
        assert written() == 0
        cache.store(verdict(url="https://a.example/499"))
        assert written() == 500
        cache.store(verdict(url="https://a.example/500"))
        clock.now += 1.0
        cache.store(verdict(url="https://a.example/501"))
        assert written() == 502


def test_a_locked_file_costs_no_verdict(path: Path, clock: Clock) -> None:
    with opened(path, clock) as cache:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        cache.store(verdict())
        cache.flush()
        assert cache.lookup(Target(url=URL)) is not None
        other.execute("ROLLBACK")
        other.close()
    with opened(path, clock) as cache:
        assert cache.lookup(Target(url=URL)) is not None


def _fill(path: str, name: str) -> None:
    with VerdictCache(path, prefix=b"p", max_age=60) as cache:
        for number in range(300):
            cache.store(verdict(url=f"https://a.example/{name}/{number}"))
            if number % 50 == 0:
                cache.flush()


def test_several_processes_share_one_file(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_fill, args=(str(path), name)) for name in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(40)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with VerdictCache(path, prefix=b"p", max_age=600) as cache:
        urls = [f"https://a.example/{name}/{number}" for name in "abc" for number in range(300)]
        assert all(cache.lookup(Target(url=url)) for url in urls)


@pytest.mark.timeout(5)
def test_a_file_is_opened_while_another_process_writes(path: Path, clock: Clock) -> None:
    """A service that starts must not stand still for it, nor fail."""
    with opened(path, clock) as cache:
        cache.store(verdict())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with opened(path, clock) as cache:
            assert cache.lookup(Target(url=URL)) is not None


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    def fill(number: int) -> None:
        with VerdictCache(tmp_path / f"{number // 4}.sqlite", prefix=b"p", max_age=60) as cache:
            cache.store(verdict(url=f"https://a.example/{number}"))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(fill, range(400)))


@pytest.mark.parametrize("age", [-1.0, float("nan")])
def test_an_age_below_zero_is_refused(path: Path, clock: Clock, age: float) -> None:
    with pytest.raises(UsageError, match="max_age"):
        opened(path, clock, age)
