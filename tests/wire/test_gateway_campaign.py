"""Many recipients, through the library: whose key it is, and how far a run had come when it was cancelled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.gateway_loopback import counting, people

from preflight.errors import UsageError
from preflight.gateway.client import Phase
from preflight.gateway.endpoint import Gateway
from preflight.gateway.ledger import Ledger
from preflight.gateway.reply import Accepted, NotSent, Reply, Unknown
from preflight.gateway.request import Secret
from preflight.gateway.send import interrupted, send_all, send_saved_mms

ONE, TWO, THREE = people("15551230001", "15551230002", "15551230003")
TAKEN = "this ledger key was used for another message; take another key, or send the same message"


@pytest.mark.parametrize("rate", [None, 1000.0])
def test_a_key_of_another_message_ends_its_line_and_no_other(
    tmp_path: Path, rate: float | None
) -> None:
    async def run() -> list[Reply]:
        async with counting() as (there, hits):
            with Ledger(tmp_path / "ledger") as ledger:
                terms: dict[str, Any] = {
                    "verdicts": (),
                    "gateway": there,
                    "unchecked": True,
                    "ledger": ledger,
                }
                await send_saved_mms(ONE.request, key="k", **terms)
                run = send_all([replace(TWO, key="k"), THREE], rate=rate, **terms)
                replies = [result.reply async for result in run]
                with pytest.raises(UsageError, match=f"^{TAKEN}$"):
                    await send_saved_mms(TWO.request, key="k", **terms)
            assert hits == {"15551230001": 1, "15551230003": 1}
            return replies

    first, second = asyncio.run(run())
    assert first == NotSent(reason=TAKEN)
    assert isinstance(second, Accepted)


def test_a_phase_is_that_of_the_recipient_whose_turn_it_is() -> None:
    async def run() -> None:
        async with counting() as (there, _):
            phase = Phase()
            async for result in send_all(
                [ONE, TWO], verdicts=(), gateway=there, unchecked=True, phase=phase
            ):
                assert isinstance(result.reply, Accepted) and phase.sent
                break
            closed = Gateway(
                api_key=Secret("x"), endpoint="http://127.0.0.1:9/", allow_networks=("127.0.0.1",)
            )
            async for result in send_all(
                [ONE, TWO], verdicts=(), gateway=closed, unchecked=True, phase=phase
            ):
                assert isinstance(result.reply, NotSent) and not phase.sent

    asyncio.run(run())


def test_what_an_interrupted_post_comes_to() -> None:
    assert interrupted(Phase()) == NotSent(reason="interrupted before anything was sent")
    assert interrupted(Phase(sent=True)) == Unknown(
        reason="interrupted before the gateway had answered"
    )
