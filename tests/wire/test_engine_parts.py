"""The small parts of the engines: batches, the look ahead, the shares of workers, a journal, and a worker process by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from preflight.audit import Pace
from preflight.audit.batch import Batch
from preflight.engines import Seen
from preflight.engines.hand import hire
from preflight.engines.journal import Journal
from preflight.engines.sharing import Ahead, shares
from preflight.errors import UsageError
from preflight.target import Target
from preflight.verdict import Outcome, Skipped, Verdict

# Batches


def test_a_batch_is_handed_over_when_it_is_full_and_soon_in_any_case() -> None:
    async def work() -> list[list[int]]:
        given: list[list[int]] = []
        rung = asyncio.Event()

        def done(numbers: list[int]) -> None:
            given.append(numbers)
            rung.set()

        batch: Batch[int] = Batch(done, 3)
        for number in range(4):
            batch.add(number)
        assert given == [[0, 1, 2]]
        rung.clear()
        async with asyncio.timeout(5):
            await rung.wait()
        batch.flush()
        batch.add(9)
        batch.flush()
        return given

    assert asyncio.run(work()) == [[0, 1, 2], [3], [9]]


@pytest.mark.parametrize("call", [lambda batch: batch.add(2), lambda batch: batch.flush()])
def test_an_error_that_nobody_heard_is_raised_by_the_next_call(call: object) -> None:
    assert callable(call)

    async def work() -> None:
        rung = asyncio.Event()

        def done(numbers: list[int]) -> None:
            rung.set()
            raise BrokenPipeError

        batch: Batch[int] = Batch(done)
        batch.add(1)
        async with asyncio.timeout(5):
            await rung.wait()
        await asyncio.sleep(0)
        with pytest.raises(BrokenPipeError):
            call(batch)

    asyncio.run(work())


# Looking ahead


def numbered(count: int) -> list[Target]:
    return [Target(url=f"http://h/{number}") for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 1_023, 1_024, 1_025, 3_000])
def test_nothing_is_lost_between_the_look_and_the_rest(count: int) -> None:
    async def stream() -> AsyncIterator[Target]:
        for number, target in enumerate(numbered(count)):
            if number % 100 == 99:
                await asyncio.sleep(0)
            yield target

    async def work() -> list[Target]:
        ahead = Ahead(stream())
        first = await ahead.look()
        assert (
            bool(count) <= len(first) <= min(count, 1_024)
        )  # all of them, unless the machine is busy
        return first + [target async for target in ahead.rest(len(first))]

    assert asyncio.run(work()) == numbered(count)


def test_a_slow_stream_is_looked_at_as_far_as_it_goes() -> None:
    go_on = asyncio.Event()

    async def stream() -> AsyncIterator[Target]:
        for number, target in enumerate(numbered(5)):
            if number == 2:
                await go_on.wait()
            yield target

    async def work() -> list[Target]:
        ahead = Ahead(stream())
        first = await ahead.look()
        assert first == numbered(2)
        go_on.set()
        return first + [target async for target in ahead.rest(len(first))]

    assert asyncio.run(work()) == numbered(5)


def test_an_error_of_a_stream_comes_behind_what_was_read() -> None:
    async def stream() -> AsyncIterator[Target]:
        for target in numbered(3):
            yield target
        raise ValueError("broken")

    async def work() -> None:
        ahead = Ahead(stream())
        assert await ahead.look() == numbered(3)
        with pytest.raises(ValueError, match="broken"):
            async for _ in ahead.rest(3):
                pass

    asyncio.run(work())


# Shares


@pytest.mark.parametrize("count", [1, 2, 3, 16])
@pytest.mark.parametrize("hosts", [1, 3, 100])
@pytest.mark.parametrize(
    "pace",
    [Pace(), Pace(jobs=3), Pace(per_host=1), Pace(jobs=64, per_host=5, per_address=7, rate=10)],
)
def test_shares_never_add_up_to_more_than_the_whole(count: int, hosts: int, pace: Pace) -> None:
    first = [Target(url=f"http://h{number % hosts}.example/{number}") for number in range(1_000)]
    by_host, paces = shares(pace, count, first)
    assert 1 <= len(paces) <= count
    assert sum(one.jobs for one in paces) <= max(pace.jobs, len(paces))
    whole = pace.per_address or 2 * pace.per_host
    assert sum(one.per_address or 0 for one in paces) == whole or len(paces) < count
    if by_host:
        assert hosts >= 4 * count
        assert all(one.per_host == pace.per_host for one in paces)
    else:
        assert sum(one.per_host for one in paces) <= max(pace.per_host, len(paces))
        assert pace.rate is None or sum(one.rate or 0.0 for one in paces) <= pace.rate + 1e-9


# A journal


def gone_through(path: Path, targets: list[Target]) -> list[str]:
    """Go on with the journal; what is left is accepted. The URLs that were judged before."""
    before: list[str] = []

    async def stream() -> AsyncIterator[Target]:
        for target in targets:
            yield target

    async def work(journal: Journal) -> None:
        async for target in journal.resumed(
            stream(), lambda seen: before.append(seen.verdict.target.url)
        ):
            skipped = (Skipped(rule="redirected", reason="no"),)
            verdict = Verdict(
                target=target, outcome=Outcome.ACCEPT, profile="sinch", skipped=skipped
            )
            journal.write(Seen(verdict=verdict))

    with closing(Journal(path)) as journal:
        asyncio.run(work(journal))
    return before


def test_a_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    path, targets = tmp_path / "journal.jsonl", numbered(3)
    assert gone_through(path, targets[:2]) == []
    assert gone_through(path, targets) == ["http://h/0", "http://h/1"]
    path.write_bytes(path.read_bytes()[:-1])  # cut off by a kill
    assert gone_through(path, targets) == ["http://h/0", "http://h/1"]
    assert gone_through(path, targets) == ["http://h/0", "http://h/1", "http://h/2"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"profile"', '"prof'),
        ('"attempts":1', '"attempts":"one"'),
        ("[1,", "[-1,"),
        ("[1,", "[4294967295,"),  # room for 4 billion places would be made
        ("[1,", "[1,-1,"),
        ("[1,", "[1,4294967296,"),
        ("[1,", "[1" + 5_000 * "0" + ","),
        ("},0,", "},1,"),
        ("},0,", "},-1,"),
        ('"redirected"', "redirected"),
    ],
)
def test_a_damaged_journal_is_one_sentence(right: str, wrong: str, tmp_path: Path) -> None:
    path, targets = tmp_path / "journal.jsonl", numbered(2)
    gone_through(path, targets)
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    with pytest.raises(UsageError, match="its journal is damaged; name another directory"):
        gone_through(path, targets)


# A process


def test_a_new_interpreter_ends_with_its_socket() -> None:
    async def work() -> None:
        hand = hire()
        frames = await hand.open()
        hand.close()  # as a parent that is gone
        async with asyncio.timeout(20):
            assert await frames.read() == b""
            await hand.wait()

    asyncio.run(work())


def test_a_process_is_killed_once() -> None:
    async def work() -> None:
        hand = hire()
        await hand.open()
        async with asyncio.timeout(20):
            await hand.kill()
            await hand.kill()

    asyncio.run(work())
