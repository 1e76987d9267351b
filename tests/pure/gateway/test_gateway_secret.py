"""The key, which nothing shows."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from helpers.good_request import KEY

from preflight.errors import UsageError
from preflight.gateway.request import (
    Secret,
)


@pytest.mark.parametrize(
    "show",
    [repr, str, "{}".format, "%s".__mod__, lambda key: f"{key!r:>20}", lambda key: repr([key])],
)
def test_a_secret_shows_nothing(show: Callable[[Secret], str]) -> None:
    assert "qTFk" not in show(KEY)
    assert "***" in show(KEY)


def test_a_secret_cannot_be_pickled_or_hashed_but_compared() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    with pytest.raises(TypeError):
        copy.copy(KEY)
    with pytest.raises(TypeError):
        hash(KEY)
    assert Secret("a") == Secret("a") != Secret("b")


@pytest.mark.parametrize("text", ["", "a b", "a\n", "\u00e9", "x" * 513])
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Secret(text)
    assert not text or text not in str(caught.value)
