from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.gateway.codes import CodeClass
from preflight.gateway.postback import ContentFile, Postback, Unreadable, parse

POSTBACKS = Path(__file__).parents[3] / "fixtures" / "replies" / "postbacks"

EXPECTED = {
    "mt-delivered.xml": Postback(
        code="N102", origin="MMS_MT", sent_as="MMS", status="Message Sent/Delivered", mms_id="35674", from_="28444", to="15553199144",
        tracking_id="MMS_12345", operator_id="31002", timestamp="2013-01-15T10:13:48-05:00", handset="Apple iPhone",
        status_details="Delivered",
    ),
    "mt-impossible.xml": Postback(
        code="E101", origin="MMS_MT", status="Message Failed", mms_id="35674", from_="28444", to="15553199144",
        tracking_id="MMS_12345", status_details="Error fetching dynamic content",
    ),
    "mt-json.json": Postback(
        code="N101", origin="MMS_MT", sent_as="MMS", status="Message Sent", status_details="sent", to="15553199144", from_="28444",
        timestamp="2026-01-15T10:13:48Z", tracking_id="DrXAFP", client_reference="order 7", campaign_ref="c1",
        extra=(("novel-field", "n"), ("one", "a"), ("one", "b")),
    ),
    "save-failed.xml": Postback(code="E002", origin="saveMMS", mms_id="35674", audio_name="https://cdn.example.com/a.mp3"),
    "save-ready.json": Postback(code="N003", origin="savemms", mms_id="35674"),
    "skycore-sms.xml": Postback(
        code="N202", origin="MMS_MT", sent_as="SMS", status="Message Sent", from_="60856", to="15553199144", tracking_id="MMS_12345",
        spid="0001470", aggregator_id="9", from_mask="Shop", timestamp="2013-01-15 10:13:48",
    ),
    "notification-2011.xml": Postback(
        code="N101", origin="MMS_MT", tracking_id="MMS_1", to="15553199144", notification_id="7781", created="2011-03-01T08:00:00-05:00"
    ),
    "mo.xml": Postback(
        code="N401", origin="MMS_MO", from_="15553199144", to="28444", keyword="photo", tracking_id="in-1", operator_id="31003",
        timestamp="2021-05-11T09:00:00+00:00", message_subject="Hi",
        files=(ContentFile(url="https://mms.example.com/in/1.jpg"), ContentFile(url="https://mms.example.com/in/2.txt")),
    ),
    "mo.json": Postback(
        code="N401", origin="MMS_MO", from_="15553199144", to="28444", copy_to=("15550001111", "15550002222"), tracking_id="in-2",
        files=(
            ContentFile(url="https://mms.example.com/in/1.jpg", fields=(("name", "1.jpg"), ("url", "https://mms.example.com/in/1.jpg"))),
            ContentFile(url="https://mms.example.com/in/2.txt"),
        ),
    ),
}  # fmt: skip


def test_every_fixture_is_expected() -> None:
    assert {path.name for path in POSTBACKS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_form(name: str) -> None:
    assert parse((POSTBACKS / name).read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<postback><code>n101</code></postback>", Postback(code="N101")),
        (b"<postback><code>N777</code></postback>", Postback(code="N777")),
        (b'{"postback": {"code": "N101"}}', Postback(code="N101")),
        (b"<POSTBACK><CODE>N101</CODE><OPERATORID>31002</OPERATORID><SPID>0001470</SPID></POSTBACK>", Postback(code="N101", operator_id="31002", spid="0001470")),
        (b'{"CODE": "N101", "mmsId": null}', Postback(code="N101")),
        (b'<Postback version="2"><Code>N101</Code></Postback>', Postback(code="N101", extra=(("version", "2"),))),
        (b"<postback><code>N401</code><copy-to>1, 2</copy-to><copy-to>3</copy-to></postback>", Postback(code="N401", copy_to=("1", "2", "3"))),
        (b"<postback><code>N401</code><content>text</content></postback>", Postback(code="N401", files=(ContentFile(url="text"),))),
        (b"<NOTIFICATION><CODE>N101</CODE><BODY>plain</BODY></NOTIFICATION>", Postback(code="N101", extra=(("BODY", "plain"),))),
    ],
)  # fmt: skip
def test_odd_forms(body: bytes, expected: Postback) -> None:
    assert parse(body) == expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b"<postback><origin>MMS_MT</origin></postback>", "it has no code"),
        (b'{"code": ""}', "it has no code"),
        (b"[]", "neither XML nor a JSON object"),
        (b"<html/>", "not a postback document"),
        (b"<!DOCTYPE postback><postback><code>N101</code></postback>", "document type declaration"),
        (b"<postback><code>N101</code><code>N102</code></postback>", "given twice"),
        (b"<postback><code>N101</code></postback>" + b" " * 65_536, "larger than"),
    ],
)
def test_what_is_no_postback(body: bytes, reason: str) -> None:
    found = parse(body)
    assert isinstance(found, Unreadable)
    assert reason in found.reason


def test_the_moment_and_the_meaning() -> None:
    delivered, plain = EXPECTED["mt-delivered.xml"], EXPECTED["skycore-sms.xml"]
    assert delivered.when == datetime(2013, 1, 15, 10, 13, 48, tzinfo=timezone(timedelta(hours=-5)))
    assert EXPECTED["mt-json.json"].when == datetime(2026, 1, 15, 10, 13, 48, tzinfo=UTC)
    assert (plain.when, EXPECTED["mt-impossible.xml"].when) == (None, None)
    assert delivered.known is not None and delivered.known.klass is CodeClass.INFORMATIONAL
    assert Postback(code="N777").known is None


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    assert isinstance(parse(body), Unreadable)
