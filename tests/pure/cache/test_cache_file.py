"""The cache's file: what it gives away, what else may stand there, and many who use it at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.cached import URL, Clock, finding, opened, verdict

from preflight.cache import VerdictCache
from preflight.errors import UsageError
from preflight.target import Target
from preflight.text import mask_url
from preflight.verdict import Outcome


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
