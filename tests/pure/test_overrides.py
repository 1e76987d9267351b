"""Overrides: a file is read as far as any profile that may judge it wants to know it."""

from __future__ import annotations

import pytest

from preflight.cli.overrides import Override, Overrides
from preflight.profile import load
from preflight.verdict import Severity


@pytest.mark.parametrize(
    ("override", "octets"),
    [
        (Override(url="**", severities={"redirected": None}), 1_000_000),
        (Override(url="**", profile="twilio"), 5_000_000),
        (Override(url="**", severities={"content-too-large": Severity.WARNING}), None),
        (Override(url="**", severities={"content-too-large": None}), None),
        (Override(url="**", profile="telnyx"), None),  # it only warns of a size
    ],
)
def test_how_far_a_file_is_read(override: Override, octets: int | None) -> None:
    fetching = Overrides(load("sinch"), [override]).fetching()
    assert fetching.max_bytes("image/jpeg") == octets
