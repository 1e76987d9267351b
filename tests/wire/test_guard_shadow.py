"""A guard that only watches: it checks what the others check, where they do, and never raises."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator

import pytest

from preflight import Guard, Outcome, Verdict
from preflight.api.guard import Policy

POLICIES: tuple[Policy, ...] = ("warn", "shadow")


@pytest.mark.parametrize("policy", POLICIES)
def test_urls_are_read_in_the_callers_thread(policy: Policy) -> None:
    """A cursor of SQLite, a session of an ORM and a request belong to the thread that made them."""
    threads: list[str] = []
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE media AS SELECT 'ftp://x' AS url")

    def rows() -> Iterator[str]:
        for (url,) in database.execute("SELECT url FROM media"):
            threads.append(threading.current_thread().name)
            yield url

    with Guard(policy=policy) as guard:
        assert [one.outcome for one in guard.require_blocking(rows())] == [Outcome.REJECT]
    database.close()
    assert threads == [threading.current_thread().name]


def test_it_never_raises_whatever_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Iterator[str]:
        yield "ftp://x"
        raise KeyError("theirs")

    inner: list[list[Verdict]] = []

    def again(verdict: Verdict) -> None:
        inner.append(shadow.require_blocking([verdict.url]))

    with Guard(policy="shadow") as shadow, Guard(on_verdict=again) as guard:
        assert shadow.require_blocking(broken()) == []
        guard.check_blocking(["ftp://x"])
    assert inner == [[]]
    assert [(one.levelno, one.message) for one in caplog.records] == [
        (logging.ERROR, "the media could not be checked")
    ] * 2
