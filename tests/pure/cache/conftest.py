"""A cache's file and clock, handed out as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.cached import Clock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a cache may be made."""
    return tmp_path / "verdicts.sqlite"


@pytest.fixture
def clock() -> Iterator[Clock]:
    """A clock that the test sets."""
    yield Clock()
