"""Names: a hanging one holds up nobody, and each is asked for once."""

from __future__ import annotations

import asyncio
import time

import pytest
from helpers.checking import good, look, rules, settings
from helpers.replay import always, serving

from preflight.observation import FailureKind
from preflight.wire.fetch import Fetcher
from preflight.wire.resolve import ResolutionError, Resolver, ThreadedLookup


class Slow:
    """A name server on which the names that begin with "hang" never answer; it counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("hang"):
            await asyncio.sleep(60)
        if host.startswith("absent"):
            raise ResolutionError(FailureKind.HOST_NOT_FOUND, "the name does not exist")
        if host.startswith("later"):
            raise ResolutionError(FailureKind.RESOLUTION, "the name servers could not say")
        return ["127.0.0.1"]


def test_hanging_names_hold_up_nobody() -> None:
    async def work() -> None:
        async with serving(always(good())) as server:
            fetcher = Fetcher(settings(total_s=20.0), Resolver(Slow(), timeout_s=3.0))
            hanging = [
                asyncio.create_task(look(fetcher, server.url(host=f"hang{n}.example")))
                for n in range(20)
            ]
            started = time.monotonic()
            fine = await asyncio.gather(
                *(look(fetcher, server.url(host=f"good{n}.example")) for n in range(180))
            )
            assert all(verdict.accepted for verdict in fine)
            assert not any(task.done() for task in hanging) and time.monotonic() - started < 3.0
            stuck = await asyncio.gather(*hanging)
            assert {(str(verdict.outcome), *rules(verdict)) for verdict in stuck} == {
                ("unknown", "unresolvable-host")
            }
            await fetcher.close()

    asyncio.run(work())


def test_a_lookup_is_shared_and_a_definite_no_is_remembered_for_the_run() -> None:
    async def work() -> None:
        slow = Slow()
        resolver = Resolver(slow)
        fetcher = Fetcher(settings(), resolver)
        absent = await asyncio.gather(
            *(look(fetcher, f"http://absent.example/{n}.png") for n in range(20))
        )
        absent.append(await look(fetcher, "http://absent.example/again.png"))
        assert {str(verdict.outcome) for verdict in absent} == {"reject"}
        assert slow.asked == ["absent.example"]
        later = [await look(fetcher, "http://later.example/x.png") for _ in range(2)]
        assert {str(verdict.outcome) for verdict in later} == {"unknown"}
        assert slow.asked.count("later.example") == 2
        await fetcher.close()

    asyncio.run(work())


def test_a_lookup_goes_on_when_the_first_who_asked_has_gone() -> None:
    async def work() -> None:
        gate = asyncio.Event()

        async def lookup(_: str) -> list[str]:
            await gate.wait()
            return ["127.0.0.1"]

        resolver = Resolver(lookup)
        first = asyncio.create_task(resolver.resolve("a.example"))
        second = asyncio.create_task(resolver.resolve("a.example"))
        await asyncio.sleep(0)
        first.cancel()
        gate.set()
        assert await second == ["127.0.0.1"]
        with pytest.raises(asyncio.CancelledError):
            await first

    asyncio.run(work())


def test_threads_resolve_where_c_ares_cannot() -> None:
    async def work() -> None:
        lookup = ThreadedLookup()
        assert "127.0.0.1" in await lookup("127.0.0.1")
        with pytest.raises(ResolutionError):
            await lookup("no such name")

    asyncio.run(work())
