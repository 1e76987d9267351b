"""How a request is written, for both generations of the API."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from helpers.good_request import GOOD, KEY
from hypothesis import given
from hypothesis import strategies as st

from preflight.errors import UsageError
from preflight.gateway.encode import encode, preview
from preflight.gateway.problem import errors
from preflight.gateway.request import (
    Api,
    CustomText,
)
from preflight.gateway.validate import validate


def read_xml(body: bytes) -> dict[str, str | None]:
    return {element.tag: element.text for element in ElementTree.fromstring(body)}  # noqa: S314  (our own)


@given(
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
        ),
        min_size=1,
    ).filter(str.strip)
)
def test_any_text_comes_out_of_xml_as_it_went_in(text: str) -> None:
    request = replace(GOOD, fallback_sms_text=text, data=(("tag", text),))
    if errors(validate(request, Api.XML)):
        return
    root = ElementTree.fromstring(encode(request, Api.XML, KEY)[1])  # noqa: S314
    assert root.findtext("fallback-sms-text") == text
    assert root.findtext("data/tag") == text


@pytest.mark.parametrize(
    "text",
    [
        "</to><to>15550001111</to>",
        "a & b",
        "]]>",
        "<!--",
        "a\r\nb\rc\td",
        "\U0001f600",
        "\"quotes'",
    ],
)
def test_markup_in_a_field_stays_text(text: str) -> None:
    headers, body = encode(replace(GOOD, fallback_sms_text=text), Api.XML, KEY)
    fields = read_xml(body)
    assert (fields["fallback-sms-text"], fields["to"], fields["action"]) == (
        text,
        "15553199144",
        "sendSavedMMS",
    )
    assert headers == {"Content-Type": "text/xml; charset=utf-8"}


def test_several_custom_texts_are_repeated_elements() -> None:
    request = replace(
        GOOD, custom_text=(CustomText(slide=2, value="b"), CustomText(slide=1, value="a"))
    )
    root = ElementTree.fromstring(encode(request, Api.XML, KEY)[1])  # noqa: S314
    assert [
        (text.findtext("slide"), text.findtext("value")) for text in root.findall("custom-text")
    ] == [("2", "b"), ("1", "a")]


def test_ddm_is_encoded_as_documented() -> None:
    request = replace(GOOD, ddm_force=True, ddm_message_text="May we?", ddm_message_timeout=5)
    fields = read_xml(encode(request, Api.XML, KEY)[1])
    assert (fields["ddm-force"], fields["ddm-message-text"], fields["ddm-message-timeout"]) == (
        "true",
        "May we?",
        "5",
    )
    assert "ddm-message-subject" not in fields


def test_json_keeps_the_key_out_of_the_body() -> None:
    slides = ({"slide": 1, "text": "\u00e9"},)
    headers, body = encode(
        replace(GOOD, custom_slides=slides, disable_fallback_sms=False), Api.JSON, KEY
    )
    assert headers["x-api-key"] == KEY.reveal()
    assert KEY.reveal().encode() not in body
    assert json.loads(body) == {
        "action": "sendsavedmms", "mms-id": "35674", "service-id": "12345", "to": "15553199144", "from": "28444",
        "fallback-sms-text": "See it", "disable-fallback-sms": False, "custom-slides": [{"slide": 1, "text": "\u00e9"}],
    }  # fmt: skip


def test_the_content_type_is_an_option() -> None:
    assert encode(GOOD, Api.XML, KEY, content_type="application/xml")[0] == {
        "Content-Type": "application/xml"
    }


@pytest.mark.parametrize("text", ["", "text/xml\r\nX: y", "text/\u00e9"])
def test_a_content_type_that_cannot_be_sent(text: str) -> None:
    with pytest.raises(UsageError):
        encode(GOOD, Api.XML, KEY, content_type=text)


def test_a_wrong_request_is_never_encoded() -> None:
    with pytest.raises(UsageError, match="custom-subject must be printable ASCII"):
        encode(replace(GOOD, custom_subject="\u00e9"), Api.XML, KEY)


@pytest.mark.parametrize("api", list(Api))
def test_a_preview_shows_all_but_the_key(api: Api) -> None:
    headers, body = preview(GOOD, api)
    assert "35674" in body
    assert "***" in body + headers.get("x-api-key", "")
