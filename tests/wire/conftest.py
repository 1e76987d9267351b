"""The middle ring: our own reader against real bytes on loopback, and the library against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.command import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A sandbox for the tests of one file."""
    stage = Stage()
    yield stage
    stage.close()
