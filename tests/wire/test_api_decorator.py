"""A function that sends, made to check first."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterable, Iterator
from typing import assert_type

import pytest
from helpers.command import Stage

from preflight import Guard, NotAcceptedError, UsageError, requires_preflight

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def guard() -> Iterator[Guard]:
    guard = Guard(allow_networks=LOOPBACK, depth="quick")
    yield guard
    guard.close()


def test_a_plain_function_runs_only_with_good_media(stage: Stage, guard: Guard) -> None:
    sent = []

    @requires_preflight(guard=guard)
    def send(to: str, media_urls: Iterable[str], *, subject: str = "-") -> int:
        """Send it."""
        sent.append((to, list(media_urls), subject))
        return len(sent)

    good, bad = stage.url("/good.jpg"), stage.url("/404.jpg")
    assert assert_type(send("1", [good]), int) == 1
    with pytest.raises(NotAcceptedError):
        send("2", media_urls=[good, bad])
    send("3", (url for url in [good, good]), subject="s")
    assert sent == [("1", [good], "-"), ("3", [good, good], "s")]
    assert (send.__name__, send.__doc__, inspect.iscoroutinefunction(send)) == (
        "send",
        "Send it.",
        False,
    )


def test_a_coroutine_function_awaits_the_guard(stage: Stage) -> None:
    async def scene() -> None:
        async with Guard(allow_networks=LOOPBACK, depth="quick") as guard:

            @requires_preflight(url_arg="picture", guard=guard)
            async def send(*, picture: str | None = None) -> str:
                return f"sent {picture}"

            assert inspect.iscoroutinefunction(send)
            assert await send(picture=stage.url("/good.jpg")) == f"sent {stage.url('/good.jpg')}"
            assert await send() == "sent None"
            with pytest.raises(NotAcceptedError):
                await send(picture=stage.url("/chunked.jpg"))

    asyncio.run(scene())


def test_a_method_and_a_default_are_looked_at_too(stage: Stage, guard: Guard) -> None:
    class Sender:
        @requires_preflight(guard=guard)
        def send(self, media_urls: tuple[str, ...] = (stage.url("/404.jpg"),)) -> str:
            return "sent"

    with pytest.raises(NotAcceptedError):
        Sender().send()
    assert Sender().send((stage.url("/good.jpg"),)) == "sent"


def test_a_function_without_the_argument_is_refused_at_once(guard: Guard) -> None:
    with pytest.raises(UsageError, match="has no argument 'media_urls'"):

        @requires_preflight(guard=guard)
        def send(urls: list[str]) -> None:
            """Never."""


def test_what_is_no_url_stops_the_call(guard: Guard) -> None:
    @requires_preflight(guard=guard)
    def send(media_urls: object) -> None:
        raise AssertionError("it must not be sent")

    for wrong in (3, [None], b"http://a.example/"):
        with pytest.raises(UsageError):
            send(wrong)


def test_without_a_guard_it_has_one_of_its_own(stage: Stage) -> None:
    @requires_preflight()
    def send(media_urls: list[str]) -> None:
        raise AssertionError("it must not be sent")

    with pytest.raises(NotAcceptedError, match="private-address"):
        send([stage.url("/good.jpg")])
