"""A coroutine run on a loop of its own, with a bound of time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """What it gives, within 20 seconds."""
    return asyncio.run(asyncio.wait_for(work, 20))
