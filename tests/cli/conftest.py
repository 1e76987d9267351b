"""The outer ring: the command as people run it, against the sandbox on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.command import Stage


@pytest.fixture(scope="session")
def whole_stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    """The sandbox, with its counts at nothing."""
    whole_stage.hosting.forget()
    whole_stage.gateway.calls.clear()
    return whole_stage
