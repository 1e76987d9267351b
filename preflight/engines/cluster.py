"""A Dask cluster: the one at an address, or one of our own on this machine that lives as long as the run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from multiprocessing import resource_tracker
from typing import Any

from ..errors import UsageError
from .base import Task
from .sharing import processors

SLOTS = 4
"""Threads of one worker, and so its shards under way: one that waits for slow hosts does not leave it idle."""
_ANSWER_WITHIN_S = 10
_START_WITHIN_S = 30
_CLOSE_WITHIN_S = 1.0
_QUIET = {
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.logging": dict.fromkeys(
        ("distributed", "distributed.client", "distributed.gc"), "critical"
    ),
}
"""What Dask's logger is told at its first import, which is why nothing here imports it sooner."""


@contextlib.asynccontextmanager
async def client(task: Task) -> AsyncIterator[Any]:
    """A client of the cluster at a task's address, else of one of our own. Raises UsageError where no scheduler answers."""
    with import_module("dask").config.set(_QUIET):
        if task.address is None:
            with _interrupted_alone():
                async with (
                    _own_cluster(task.workers or processors()) as own,
                    _closing(await _join(own)) as one,
                ):
                    yield one
        else:
            async with _closing(await _reach(task.address)) as one:
                yield one


async def _join(cluster: Any) -> Any:
    return await distributed().Client(cluster, asynchronous=True)


async def _reach(address: str) -> Any:
    try:
        return await distributed().Client(address, asynchronous=True, timeout=_ANSWER_WITHIN_S)
    except OSError:
        raise UsageError(f"no Dask scheduler answers at {address}") from None


@contextlib.asynccontextmanager
async def _closing(client: Any) -> AsyncIterator[Any]:
    try:
        yield client
    finally:
        await client.close(timeout=_CLOSE_WITHIN_S)


@contextlib.asynccontextmanager
async def _own_cluster(workers: int) -> AsyncIterator[Any]:
    starting = asyncio.ensure_future(_start_cluster(workers))
    try:
        yield await asyncio.shield(starting)
    finally:
        # A worker whose parent ends before it has been told what to do says so with a traceback: a start is waited for.
        await asyncio.wait({starting}, timeout=_START_WITHIN_S)
        with contextlib.suppress(Exception):
            await _end_cluster(starting.result())


async def _start_cluster(workers: int) -> Any:
    return await distributed().LocalCluster(
        n_workers=workers, threads_per_worker=SLOTS, processes=True, asynchronous=True, dashboard_address="127.0.0.1:0",
        host="127.0.0.1", silence_logs=logging.CRITICAL,
    )  # fmt: skip


async def _end_cluster(cluster: Any) -> None:
    """Kill the workers, which keep nothing that has not been written, also one that takes a dead one's place meanwhile."""
    kill = getattr(signal, "SIGKILL", signal.SIGTERM)  # which ends a process as surely on Windows
    nannies = list(cluster.workers.values())
    closing = asyncio.ensure_future(cluster.close(timeout=_CLOSE_WITHIN_S))
    until = time.monotonic() + _START_WITHIN_S
    while not closing.done() and time.monotonic() < until:
        for nanny in nannies:
            if nanny.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(nanny.pid, kill)
        await asyncio.wait({closing}, timeout=0.05)


@contextlib.contextmanager
def _interrupted_alone() -> Iterator[None]:
    """Ctrl-C reaches every process at a terminal; the driver alone decides what comes of it.

    A worker, also one that takes a dead one's place, blocks what the thread that starts it blocks, and that from its first moment on.
    So this thread does, and another one hears the signal for the loop.
    """
    if not hasattr(signal, "pthread_sigmask"):  # no such masks on this platform
        yield
        return
    resource_tracker.ensure_running()  # whoever starts it, as a first worker would, blocks nothing after that
    over = threading.Event()
    threading.Thread(target=over.wait, name="interrupts", daemon=True).start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        over.set()


def distributed() -> Any:
    """Dask's package, imported once it has been told to be silent."""
    return import_module("distributed")
