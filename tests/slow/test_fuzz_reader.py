"""30,000 mutated answers through the whole reader: a verdict each time, in time, and memory stays flat.

Half of them come from a fixed seed, half from a fresh one, which is printed where the test fails.
"""

from __future__ import annotations

import asyncio
import gc
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from helpers.checking import settings, sinch
from helpers.replay import Cutter, End, Step, at_random, serving, whole
from helpers.vectors import load_vectors

from preflight.judging import judge
from preflight.observe import Depth, Observer
from preflight.target import Target
from preflight.wire.fetch import Fetcher

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

COUNT = 15_000
INSERTS = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\x00",
    b" ",
    b"\t",
    b":",
    b",",
    b";",
    b"0",
    b"9",
    b"-",
    b"\xff",
    b"chunked",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"HTTP/1.1 100 C\r\n\r\n",
]


def _bases() -> list[bytes]:
    steps = [vector.steps for vector in load_vectors() if not vector.slow]
    whole_answers = [step[0] for step in steps if isinstance(step[0], bytes)]
    return [
        answer for answer in whole_answers if 0 < len(answer) < 4_000 and b"169.254" not in answer
    ]


def _mutated(base: bytes, chance: random.Random) -> bytes:
    data = bytearray(base)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        act = chance.randrange(6)
        if act == 0 and data:
            data[at % len(data)] = chance.randrange(256)
        elif act == 1:
            data[at:at] = chance.choice(INSERTS)
        elif act == 2:
            del data[at : at + chance.randrange(1, 20)]
        elif act == 3:
            data[at:at] = data[at : at + chance.randrange(1, 60)]
        elif act == 4 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        else:
            data = data[:at] if chance.randrange(4) == 0 else data
    return bytes(data)


def _resident() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


async def _run(seed: int, count: int) -> tuple[Counter[str], float, int]:
    bases = _bases()
    outcomes: Counter[str] = Counter()

    def answer(request: bytes) -> Sequence[Step]:
        number = (
            int(request.split(b" ", 2)[1].split(b"/")[1].split(b".")[0] or 0)
            if request[5:6].isdigit()
            else 0
        )
        chance = random.Random(seed * 1_000_003 + number)
        return [
            _mutated(chance.choice(bases), chance),
            chance.choice([End.CLOSE, End.CLOSE, End.RESET]),
        ]

    def cut(request: bytes) -> Cutter:
        return at_random(len(request)) if request[6:7] in b"13579" else whole

    async with serving(answer, cut=cut) as server:
        fetcher = Fetcher(settings(total_s=20.0))
        observer = Observer(fetcher=fetcher, depth=Depth.QUICK)
        numbers = iter(range(count))

        async def work() -> None:
            for number in numbers:
                seen = await observer.observe(Target(url=server.url(f"/{number}.png")))
                verdict = judge(seen, sinch())
                outcomes[str(verdict.outcome)] += 1
                assert "a fault of our own" not in str(verdict.findings), (seed, number)
                assert verdict.elapsed_s < 25, (seed, number)

        await asyncio.gather(
            *(work() for _ in range(24))
        )  # a first round, so that caches and pools are full
        gc.collect()
        before, started = _resident(), time.monotonic()
        numbers = iter(range(count, 2 * count))
        await asyncio.gather(*(work() for _ in range(24)))
        took = time.monotonic() - started
        gc.collect()
        grown = _resident() - before
        assert fetcher.budget.used == 0 and not fetcher._active
        await fetcher.close()
    return outcomes, took, grown


@pytest.mark.parametrize("seed", [20_261_122, secrets.randbelow(2**31)], ids=["fixed", "fresh"])
def test_mutated_answers(seed: int) -> None:
    outcomes, took, grown = asyncio.run(_run(seed, COUNT // 2))
    print(
        f"seed {seed}: {dict(outcomes)}, {COUNT // 2 / took:,.0f} a second, {grown / 1e6:+.1f} MB"
    )
    assert sum(outcomes.values()) == COUNT
    assert set(outcomes) <= {"accept", "reject", "unknown"}
    assert grown < 10_000_000
