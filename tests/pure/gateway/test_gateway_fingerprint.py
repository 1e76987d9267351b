"""The hashes of a request: the same for what is sent alike, and the same as yesterday."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from preflight.errors import UsageError
from preflight.gateway.fingerprint import default_key, fingerprint, fingerprints, former_key
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import Claim, Entry, State
from preflight.gateway.problem import errors
from preflight.gateway.reply import Accepted
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


def texts(*pairs: tuple[int, str]) -> SendRequest:
    return replace(
        REQUEST, custom_text=tuple(CustomText(slide=slide, value=value) for slide, value in pairs)
    )


def test_custom_texts_belong_to_their_slides_wherever_they_stand() -> None:
    one, same, other = (
        texts((1, "A"), (2, "B")),
        texts((2, "B"), (1, "A")),
        texts((1, "B"), (2, "A")),
    )
    assert keyed(one) == keyed(same) != keyed(other)
    assert (
        default_key(b"salt", THERE, one) == "b8be4eb4093da3768922d06e78f879ab"
    )  # as it always was
    assert former_key(b"salt", THERE, one) is None
    assert former_key(b"salt", THERE, same) == "16e1883fa0a08d36e504a10e96f0bcd3"


def test_what_an_earlier_version_sent_in_another_order_is_not_sent_again(tmp_path: Path) -> None:
    """Its key and its fingerprint went by the order in which the texts were given."""
    given = texts((2, "B"), (1, "A"))
    with Ledger(tmp_path / "ledger") as ledger:
        today = ledger.key_of(THERE, given)
        assert today == ledger.key_of(THERE, texts((1, "A"), (2, "B")))
        former = former_key(ledger._salt, THERE, given)
        assert former is not None
        for key in (former, "of-ours"):
            granted = ledger.claim(key, THERE, given)
            assert isinstance(granted, Claim)
            assert ledger.settle(granted, Accepted(tracking_id="T1"))
        (_, old) = fingerprints(ledger._salt, THERE, given)
        ledger._database.execute("UPDATE send SET fingerprint = ?", (old,))
        assert ledger.key_of(THERE, given) == former
        for key in (former, "of-ours"):
            standing = ledger.claim(key, THERE, given)
            assert isinstance(standing, Entry) and standing.state is State.SENT
        with pytest.raises(UsageError, match="used for another message"):
            ledger.claim(former, THERE, texts((2, "A"), (1, "B")))


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
