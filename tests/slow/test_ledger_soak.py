"""The full-size runs: 200 kills, and 8 processes racing over 1,000 keys. Run with ``pytest -m slow -s tests/slow``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "wire"))
from helpers.gateway_soak import run_kills, run_race

pytestmark = pytest.mark.slow


@pytest.mark.timeout(600)
def test_two_hundred_kills(tmp_path: Path) -> None:
    found = asyncio.run(
        run_kills(tmp_path / "ledger", kills=200, keys=8000, longest_life_s=0.1, seed=200)
    )
    print(found)
    assert found.most_posts_a_key == 1
    assert found.killed == 200
    assert found.unposted_but_unknown + found.posted_but_unknown == found.states["unknown"]


@pytest.mark.timeout(600)
def test_eight_processes_race_over_a_thousand_keys(tmp_path: Path) -> None:
    found = asyncio.run(run_race(tmp_path / "ledger", processes=8, keys=1000))
    print(found)
    assert (found.most_posts_a_key, found.posts) == (1, 1000)
    assert found.states == {"sent": 909, "unknown": 91}
