from __future__ import annotations

import asyncio
from pathlib import Path

from helpers.gateway_soak import run_kills, run_race


def test_killed_senders_never_send_twice(tmp_path: Path) -> None:
    found = asyncio.run(
        run_kills(tmp_path / "ledger", kills=15, keys=600, longest_life_s=0.1, seed=5)
    )
    assert found.most_posts_a_key == 1
    assert found.killed == 15
    assert set(found.states) <= {"sent", "unknown"}


def test_racing_senders_send_each_key_once(tmp_path: Path) -> None:
    found = asyncio.run(run_race(tmp_path / "ledger", processes=4, keys=100))
    assert (found.most_posts_a_key, found.posts) == (1, 100)
    assert found.states == {"sent": 90, "unknown": 10}
