"""The middle ring: our own reader against real bytes on loopback, and the library against the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from helpers.command import Stage
from helpers.tls import CA


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A sandbox for the tests of one file."""
    stage = Stage()
    yield stage
    stage.close()


@pytest.fixture(scope="module")
def cafile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file of the tests' own authority."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return str(path)
