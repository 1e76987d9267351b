"""Tables of functions that are imported when they are first asked for: every place in them exists."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from preflight.late import Late
from preflight.manifest.base import FORMS
from preflight.manifest.reading import _READERS
from preflight.media import image, timed


@pytest.mark.parametrize("table", [image.WALKERS, timed.WALKERS, _READERS])
def test_every_place_exists(table: Mapping[str, object]) -> None:
    assert len(list(table)) == len(table) > 5
    for name in table:
        assert name in table
        assert callable(table[name])


def test_every_form_has_a_reader() -> None:
    assert set(_READERS) == set(FORMS)


def test_what_is_not_there() -> None:
    table: Late[object] = Late("preflight.media", {"image/jpeg": "jpeg:walk_jpeg"})
    assert "image/none" not in table
    assert table.get("image/none") is None
    assert table.get("image/jpeg") is table["image/jpeg"]
    with pytest.raises(KeyError):
        table["image/none"]
