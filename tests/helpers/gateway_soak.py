"""Real processes, a real gateway on loopback, real kills: what the ledger promises, at any size."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from helpers.gateway_loopback import SUCCESS, Act, Seen, answer, gateway, read_request

from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import State

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a run showed, the gateway's own count among it."""

    keys: int
    posts: int
    most_posts_a_key: int
    killed: int
    states: dict[str, int]
    posted_but_unknown: int
    unposted_but_unknown: int


def counting(hits: Counter[int]) -> Act:
    """Count POSTs a key; every eleventh key gets no answer."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        body = await read_request(reader, seen)
        found = re.search(rb"<to>1555([0-9]{7})</to>", body)
        assert found
        key = int(found.group(1))
        hits[key] += 1
        if key % 11:
            writer.write(answer(200, SUCCESS))
            await writer.drain()

    return act


async def start_worker(ledger: Path, port: int) -> Process:
    script = Path(__file__).with_name("gateway_worker.py")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(ledger),
        f"http://127.0.0.1:{port}/",
        stdin=PIPE,
        stdout=PIPE,
        env=environment,
    )


async def send_through(worker: Process, keys: int, seed: int, life_s: float = 0) -> int:
    """Let a worker fork a sender that lives that long, or to its end; gives how it ended."""
    assert worker.stdin and worker.stdout
    worker.stdin.write(f"{keys} {seed} {life_s}\n".encode())
    return int(await worker.stdout.readline())


async def dismiss(workers: list[Process]) -> None:
    for worker in workers:
        assert worker.stdin
        worker.stdin.close()
        await worker.wait()


async def run_kills(
    ledger: Path, kills: int, keys: int, longest_life_s: float, seed: int
) -> Figures:
    """Kill senders at random moments, one after the other, then let the last one come to the end."""
    hits: Counter[int] = Counter()
    chance = random.Random(seed)
    killed = 0
    async with gateway(counting(hits)) as (port, _):
        worker = await start_worker(ledger, port)
        for _ in range(kills):
            life_s = chance.uniform(0.001, longest_life_s)
            killed += (
                await send_through(worker, keys, chance.randrange(1 << 30), life_s)
                == -signal.SIGKILL
            )
        assert await send_through(worker, keys, chance.randrange(1 << 30)) == 0
        await dismiss([worker])
    return figures(ledger, hits, keys, killed)


async def run_race(ledger: Path, processes: int, keys: int) -> Figures:
    """Let several senders go through the same keys at once, each in its own order."""
    hits: Counter[int] = Counter()
    async with gateway(counting(hits)) as (port, _):
        workers = [await start_worker(ledger, port) for _ in range(processes)]
        ends = await asyncio.gather(
            *(send_through(worker, keys, seed) for seed, worker in enumerate(workers))
        )
        assert ends == [0] * processes
        await dismiss(workers)
    return figures(ledger, hits, keys, 0)


def figures(ledger: Path, hits: Counter[int], keys: int, killed: int) -> Figures:
    """Compare what the ledger shows with what the gateway counted; every difference is an error."""
    with closing(sqlite3.connect(ledger)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with Ledger(ledger) as opened:
        entries = {int(entry.key.removeprefix("key-")): entry for entry in opened.list()}
    assert set(entries) == set(range(keys))
    unknown = {key for key, entry in entries.items() if entry.state is State.UNKNOWN}
    sent = {key for key, entry in entries.items() if entry.state is State.SENT}
    assert all(hits[key] == 1 for key in sent)
    assert all(hits[key] == 0 for key, entry in entries.items() if entry.state is State.NOT_SENT)
    assert not any(entry.under_way for entry in entries.values())
    assert {key for key in hits if key % 11 == 0} <= unknown
    return Figures(
        keys=keys,
        posts=hits.total(),
        most_posts_a_key=max(hits.values()),
        killed=killed,
        states=dict(Counter(entry.state.value for entry in entries.values())),
        posted_but_unknown=sum(hits[key] == 1 for key in unknown),
        unposted_but_unknown=sum(hits[key] == 0 for key in unknown),
    )
