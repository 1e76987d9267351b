"""The way of a target through a run: whatever its result came from, each place of a URL gets that one."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Any

from helpers.checking import good
from helpers.crowd import Reply, crowd
from helpers.runs import arguments, check, environment, verdicts

from preflight.engines import Seen, Sink
from preflight.engines.flow import flow
from preflight.target import Source, Target
from preflight.verdict import Outcome, Verdict


def seen(target: Target, profile: str) -> Seen:
    """A result that says by its profile where it was made."""
    return Seen(verdict=Verdict(target=target, outcome=Outcome.ACCEPT, profile=profile))


class Forgetful:
    """A cache in which a verdict is young enough when it is first looked at, and too old after that."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.stored: list[str] = []

    def lookup(self, target: Target) -> Verdict | None:
        if target.url not in self.known:
            return None
        self.known.discard(target.url)
        return seen(target, "cached").verdict

    def store(self, verdict: Verdict) -> None:
        self.stored.append(verdict.url)


class Begun:
    """A journal in which the first so many places stand."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.written: list[int | None] = []

    async def resumed(self, targets: AsyncIterable[Target], sink: Sink) -> AsyncIterator[Target]:
        number = 0
        async for target in targets:
            number += 1
            if number > self.count:
                yield target
            else:
                sink(seen(target, "kept"))

    def write(self, one: Seen) -> None:
        self.written.append(one.verdict.target.source.line)


def reported(
    urls: list[str], memory: Forgetful | None = None, ledger: Begun | None = None
) -> tuple[list[tuple[int | None, str]], list[str]]:
    """What each line got, and what the engine was given."""
    given: list[str] = []
    out: list[tuple[int | None, str]] = []

    async def engine(task: Any, targets: AsyncIterable[Target], sink: Sink) -> None:
        async for target in targets:
            given.append(target.url)
            sink(seen(target, "fetched"))

    def sink(one: Seen) -> None:
        out.append((one.verdict.target.source.line, one.verdict.profile))

    places = [
        Target(url=url, source=Source(file="urls.txt", line=line))
        for line, url in enumerate(urls, 1)
    ]
    task: Any = None
    asyncio.run(flow(engine, task, places, sink, ledger=ledger, memory=memory))
    return sorted(out, key=lambda one: one[0] or 0), given


def test_the_later_places_of_a_resumed_url_get_its_verdict() -> None:
    ledger = Begun(2)
    out, given = reported(["http://h/a", "http://h/b", "http://h/a", "http://h/c"], ledger=ledger)
    assert out == [(1, "kept"), (2, "kept"), (3, "kept"), (4, "fetched")]
    assert given == ["http://h/c"]
    assert ledger.written == [3, 4]  # the third is kept as well, the first two were


def test_a_verdict_of_the_cache_that_ends_between_two_places_holds_for_both() -> None:
    memory = Forgetful("http://h/a")
    out, given = reported(["http://h/a", "http://h/b", "http://h/a"], memory=memory)
    assert out == [(1, "cached"), (2, "fetched"), (3, "cached")]
    assert given == ["http://h/b"] and memory.stored == ["http://h/b"]


def test_what_was_judged_in_the_run_outranks_the_cache() -> None:
    out, given = reported(
        ["http://h/a", "http://h/a"], memory=Forgetful("http://h/a"), ledger=Begun(1)
    )
    assert out == [(1, "kept"), (2, "kept")] and given == []


def test_a_url_that_was_judged_before_a_kill_is_not_fetched_for_its_later_places(
    tmp_path: Path,
) -> None:
    def once(path: str, times: int) -> Reply:
        return good() if times == 1 else b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    command = ["-", "--quick", "--run", "kept", "-f", "jsonl"]
    with crowd(1, answer=once) as servers:
        line = servers.url("/a.png") + "\n"
        process = subprocess.Popen(
            arguments(*command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(), cwd=tmp_path
        )  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        assert '"accept"' in process.stdout.readline()
        process.kill()
        process.wait(10)
        process.stdin.close()
        process.stdout.close()
        done = check(*command, "-o", "out.jsonl", cwd=tmp_path, stdin=2 * line)
        assert (done.code, done.err) == (0, "")
        found, _ = verdicts(tmp_path / "out.jsonl")
        assert [one["outcome"] for one in found] == ["accept", "accept"]
        assert servers.requests == 1
