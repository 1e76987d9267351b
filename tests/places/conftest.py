"""Where other people's machinery runs preflight: hooks, actions, pipelines, test suites."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.command import Stage


@pytest.fixture(scope="module")
def whole_stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture
def stage(whole_stage: Stage) -> Stage:
    """The sandbox, with its counts at nothing."""
    whole_stage.hosting.forget()
    return whole_stage
