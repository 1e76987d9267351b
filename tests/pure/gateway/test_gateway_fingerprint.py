"""The hashes of a request: the same for what is sent alike, and the same as yesterday."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from preflight.gateway.fingerprint import default_key, fingerprint
from preflight.gateway.problem import errors
from preflight.gateway.request import Api, CustomText, SendRequest
from preflight.gateway.validate import validate

THERE = "https://gateway.example/"
REQUEST = SendRequest(mms_id="35674", to="15553199144", from_="28444")


def keyed(request: SendRequest) -> tuple[str, str]:
    return default_key(b"salt", THERE, request), fingerprint(b"salt", THERE, request)


def with_slides(*slides: Any) -> SendRequest:
    return replace(REQUEST, custom_slides=slides)


def test_keys_of_earlier_versions_are_found_again() -> None:
    """A key that changed would let a message out a second time."""
    plain = replace(REQUEST, data=(("Name", "A"),), custom_text=(CustomText(slide=1, value="x"),))
    assert default_key(b"salt", THERE, plain) == "4bc9d05d183561dd828324ce1ffde788"
    slides = with_slides({"b": 1, "a": [1.5, {"z": None}]}, {})
    assert default_key(b"salt", THERE, slides) == "810da25f99c7d2599ba4b8fa67a73050"


@pytest.mark.parametrize(
    ("one", "same"),
    [
        (MappingProxyType({"a": "b"}), {"a": "b"}),
        ({"a": MappingProxyType({"b": ("c",)})}, {"a": {"b": ["c"]}}),
        ({"a": 1, 1: 2}, {"1": 2, "a": 1}),
        ({None: 1, True: 2, "x": 3}, {"x": 3, "null": 1, "true": 2}),
    ],
    ids=["proxy", "proxy inside", "numbers as names", "null and true as names"],
)
def test_whatever_is_sent_has_a_key(one: Any, same: Any) -> None:
    assert errors(validate(with_slides(one), Api.JSON)) == []
    assert keyed(with_slides(one)) == keyed(with_slides(same))
    assert keyed(with_slides(one)) != keyed(with_slides({**same, "x": 4}))
