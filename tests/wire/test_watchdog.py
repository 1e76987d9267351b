"""What overruns its time is ended, and nothing else is."""

from __future__ import annotations

import asyncio

import pytest

from preflight.wire.watchdog import Watchdog


async def _wait(dog: Watchdog, seconds: float, *, slip: bool = False) -> str:
    loop = asyncio.get_running_loop()
    with dog.until(loop.time() + seconds, loop) as leash:
        if slip:
            leash.slip()
        await asyncio.sleep(0.6)
    return "done"


def test_an_overrun_ends_in_timeout_and_the_task_goes_on() -> None:
    async def work() -> str:
        dog = Watchdog()
        with pytest.raises(TimeoutError):
            await _wait(dog, 0.05)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        return await _wait(dog, 5)

    assert asyncio.run(work()) == "done"


def test_each_has_its_own_time() -> None:
    async def work() -> list[object]:
        dog = Watchdog()
        waits = [_wait(dog, 0.05), _wait(dog, 5), _wait(dog, 0.05, slip=True)]
        return await asyncio.gather(*waits, return_exceptions=True)

    first, second, third = asyncio.run(work())
    assert isinstance(first, TimeoutError)
    assert (second, third) == ("done", "done")


def test_a_cancellation_from_outside_stays_one() -> None:
    async def work() -> None:
        task = asyncio.ensure_future(_wait(Watchdog(), 5))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())


def test_an_error_inside_is_not_hidden() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        with Watchdog().until(loop.time() + 5, loop):
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        asyncio.run(work())
