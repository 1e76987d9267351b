"""What a guard remembers: verdicts by leave only, a cache file, and names that did not exist."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from helpers.command import LOOPBACK

from preflight import Guard, Outcome, Target, UsageError
from preflight.audit import Job
from preflight.sandbox import Hosting


def test_without_an_age_nothing_is_used_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            Hosting() as host,
            Guard(allow_networks=LOOPBACK, cache=tmp_path / "c.sqlite", depth="quick") as guard,
        ):
            for _ in range(3):
                assert (await guard.require([host.url("/good.jpg")]))[0].from_cache_s is None
            assert host.counts["/good.jpg"] == 3

    asyncio.run(scene())


@pytest.mark.parametrize("file", [True, False], ids=["file", "memory"])
def test_with_an_age_accept_and_reject_are_used_again_and_unknown_never(
    tmp_path: Path, file: bool
) -> None:
    async def scene() -> None:
        cache = tmp_path / "c.sqlite" if file else None
        async with Hosting() as host, Guard(
            allow_networks=LOOPBACK, cache=cache, max_age=60, depth="quick", retries=0
        ) as guard:  # fmt: skip
            urls = [host.url(path) for path in ("/good.jpg", "/404.jpg", "/503.jpg")]
            first, second = await guard.check(urls), await guard.check(urls)
            assert [one.from_cache_s is None for one in first] == [True, True, True]
            assert [one.from_cache_s is None for one in second] == [False, False, True]
            assert [one.outcome for one in second] == [one.outcome for one in first]
            assert [host.counts[path] for path in ("/good.jpg", "/404.jpg", "/503.jpg")] == [
                1,
                1,
                2,
            ]

    asyncio.run(scene())


def test_another_guard_finds_the_file_with_the_server_stopped_only_by_leave(tmp_path: Path) -> None:
    async def scene() -> None:
        file = tmp_path / "c.sqlite"
        async with (
            Hosting() as host,
            Guard(allow_networks=LOOPBACK, cache=file, max_age=60) as guard,
        ):
            url = host.url("/good.jpg")
            await guard.require([url])
        async with Guard(allow_networks=LOOPBACK, cache=file, max_age=60) as guard:
            assert (await guard.require([url]))[0].from_cache_s is not None
        for other in (
            Guard(allow_networks=LOOPBACK, cache=file, retries=0),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=0),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, depth="quick"),
            Guard(allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, profile="twilio"),
            Guard(
                allow_networks=LOOPBACK, cache=file, retries=0, max_age=60, headers={"X-Key": "1"}
            ),
        ):
            async with other as guard:
                assert [one.outcome for one in await guard.check([url])] == [Outcome.REJECT]

    asyncio.run(scene())


def test_names_that_did_not_exist_are_asked_for_again_in_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from preflight.api import session as room
    from preflight.observation import FailureKind
    from preflight.wire.resolve import ResolutionError
    from preflight.wire.settings import FetchSettings

    asked: list[str] = []

    async def lookup(host: str) -> list[str]:
        asked.append(host)
        raise ResolutionError(FailureKind.HOST_NOT_FOUND, "the name does not exist")

    async def scene() -> None:
        from preflight import load_profile

        session = room.Session(Job(fetch=FetchSettings(profile=load_profile("sinch"))), lookup)
        target = Target(url="http://absent.example/a.jpg")
        await session.observe([target], 5)
        await session.observe([target], 5)
        assert len(asked) == 1
        monkeypatch.setattr(room, "REMEMBERED_S", 0.0)
        await session.observe([target], 5)
        assert len(asked) == 2
        await session.close()

    asyncio.run(scene())


def test_a_cache_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    file.write_text("hello, " * 500)

    async def scene() -> None:
        async with Guard(cache=file, max_age=1):
            raise AssertionError("it must not open")

    with pytest.raises(UsageError, match="is damaged, or no SQLite file"):
        asyncio.run(scene())
