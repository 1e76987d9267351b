from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.gateway.codes import CODES, CodeClass, Kind
from preflight.gateway.decode import decode
from preflight.gateway.reply import Accepted, Refused, Unknown

REPLIES = Path(__file__).parents[3] / "fixtures" / "replies"
SENT = b"<response><status>Success</status><tracking-id>T1</tracking-id></response>"


def reply_of(body: bytes | str, status: int = 200, **headers: str) -> Accepted | Refused | Unknown:
    return decode(status, headers, body.encode() if isinstance(body, str) else body)


def failure(code: str) -> str:
    return f"<response><status>Failure</status><error-code>{code}</error-code><error-info>words</error-info></response>"


@pytest.mark.parametrize(
    ("name", "tracking_id", "from_"),
    [
        ("xml-success.xml", "TU1TXzU5Nzg3OQ==", "28444"), ("xml-camel-case.xml", "MMS_12345", "28444"),
        ("skycore-success.xml", "MMS_12345", "60856"), ("json-success.json", "DrXAFP-Ylpc-JZL", "28444"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 201, 302, 404, 499])
def test_success_in_every_generation_whatever_the_status(
    name: str, tracking_id: str, from_: str, status: int
) -> None:
    reply = reply_of((REPLIES / name).read_bytes(), status)
    assert isinstance(reply, Accepted)
    assert (reply.tracking_id, reply.mms_id, reply.to, reply.from_) == (
        tracking_id,
        "35674",
        "15553199144",
        from_,
    )
    assert (reply.http_status, reply.from_ledger) == (status, False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("xml-failure.xml", Refused(code="E713", klass=CodeClass.STOP_RUN, text="There is a billing problem on your account", to="15553199144", http_status=200)),
        ("skycore-failure.xml", Refused(code="E101", klass=CodeClass.DEFINITE, text="Invalid action", http_status=200)),
        ("json-failure.json", Refused(code="E100", klass=CodeClass.DEFINITE, text="Invalid request", http_status=200)),
    ],
)  # fmt: skip
def test_failure_in_every_generation(name: str, expected: Refused) -> None:
    assert reply_of((REPLIES / name).read_bytes()) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + SENT,
        b"\r\n \t" + SENT,
        SENT.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="iso-8859-1"?><response><status>Success</status><tracking-id>T1</tracking-id><x>\xe9</x></response>',
        b"<Response><Status> SUCCESS </Status><Tracking_Id><![CDATA[T1]]></Tracking_Id></Response>",
        b"<response><!-- x --><status>Success</status><tracking-id>T1</tracking-id><errorCode/><error-info></error-info></response>",
        b'{"Status": "success", "trackingId": "T1", "error-code": null, "nested": {"error-code": "E110"}, "list": [1, {}]}',
    ],
)
def test_odd_but_clear_successes(body: bytes) -> None:
    reply = reply_of(body)
    assert isinstance(reply, Accepted)
    assert reply.tracking_id == "T1"


@pytest.mark.parametrize("status", [99, 0, 500, 599, 600, 999])
def test_a_status_that_there_is_not_settles_no_more_than_a_5xx(status: int) -> None:
    reply = decode(status, {}, SENT)
    assert isinstance(reply, Unknown)
    assert (reply.tracking_id, reply.http_status) == ("T1", status)
    assert (
        reply.reason
        == f"the endpoint answered HTTP {status}, an error, with a document that reports success"
    )


@pytest.mark.parametrize("status", [100, 200, 299, 302, 404, 499])
def test_any_other_status_leaves_it_to_the_body(status: int) -> None:
    assert isinstance(decode(status, {}, SENT), Accepted)


@pytest.mark.parametrize(
    "body",
    [
        "<response><status>Success</status><tracking-id>T</tracking-id><error-code>{}</error-code></response>",
        "<response><status>Failure</status><tracking-id>T</tracking-id><error-code>{}</error-code></response>",
        "<response><status>Queued</status><error-code>{}</error-code></response>",
        "<response><status>Failure</status><error-code>{}</error-code></response>",
    ],
)
def test_what_stands_in_the_place_of_a_code_and_looks_like_none_is_not_kept(body: str) -> None:
    """In capitals, nothing would have masked the api-key in it."""
    for status in (200, 500):
        reply = decode(status, {}, body.format("qTFkykO9JTfahCOqJ0V2Wf5Cg1t8iWlZ").encode())
        assert isinstance(reply, Unknown) and reply.code is None
        reply = decode(status, {}, body.format("e999").encode())
        assert isinstance(reply, Unknown) and reply.code == "E999"


def test_a_number_as_tracking_id_keeps_its_digits() -> None:
    reply = reply_of('{"status": "Success", "tracking-id": 12345678901234567890123}')
    assert isinstance(reply, Accepted) and reply.tracking_id == "12345678901234567890123"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "it is empty"),
        (" \r\n", "it is empty"),
        ("OK", "neither XML nor a JSON object"),
        ('["Success"]', "neither XML nor a JSON object"),
        ("<html><body>Success</body></html>", "not a response document"),
        ("<request><status>Success</status><tracking-id>T</tracking-id></request>", "not a response document"),
        ('<response xmlns:a="b"><a:status>Success</a:status></response>', "does not say whether"),
        ("<!DOCTYPE html><html></html>", "document type declaration"),
        ("<!doctype response><response/>", "document type declaration"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><response><status>&a;</status></response>', "document type declaration"),
        ("<response><status>&nbsp;</status></response>", "not well-formed"),
        ("<response><status>Success</status>", "not well-formed"),
        ("<response/><response/>", "not well-formed"),
        ('<?xml version="1.0" encoding="nonsense"?><response/>', "not well-formed"),
        ('{"status": "Success"', "it is not JSON"),
        ('{"status": NaN}', "it is not JSON"),
        ("<response/>", "does not say whether"),
        ("{}", "does not say whether"),
        ("<response><status>Queued</status><tracking-id>T</tracking-id></response>", "does not say whether"),
        ("<response><status>Success</status></response>", "gives no tracking id"),
        ("<response><status>Success</status><tracking-id> </tracking-id></response>", "gives no tracking id"),
        ('{"status": "Success", "tracking-id": ["T"], "tracking_id": "U"}', "given twice"),
        ("<response><status>Success</status><status>Failure</status></response>", "given twice"),
        ("<response><status>Failure</status></response>", "gives no code"),
        ("<response><status>Success</status><tracking-id>T</tracking-id><error-code>E110</error-code></response>", "contradicts"),
        ("<response><status>Failure</status><tracking-id>T</tracking-id><error-code>E110</error-code></response>", "contradicts"),
        ("<response><status><b>Success</b></status><tracking-id>T</tracking-id></response>", "does not say whether"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_unknown(body: str, reason: str) -> None:
    reply = reply_of(body)
    assert isinstance(reply, Unknown)
    assert reason in reply.reason


def test_a_declaration_in_another_encoding_is_refused_too() -> None:
    body = '<!DOCTYPE response [<!ENTITY s "Success">]><response><status>&s;</status></response>'
    reply = reply_of(body.encode("utf-16"))
    assert isinstance(reply, Unknown) and "document type declaration" in reply.reason


def test_size_and_depth_are_bounded() -> None:
    padding = 65_536 - len(SENT)
    assert isinstance(reply_of(SENT + b" " * padding), Accepted)
    assert isinstance(reply_of(SENT + b" " * (padding + 1)), Unknown)
    for body in ("<response>" + "<a>" * 9000, '{"a":' * 9000, '{"a":' + "[" * 60_000):
        assert isinstance(reply_of(body), Unknown)
    deep = (
        "<response>"
        + "<a>" * 40
        + "</a>" * 40
        + "<status>Success</status><tracking-id>T</tracking-id></response>"
    )
    assert "nested" in str(reply_of(deep))


@pytest.mark.parametrize(
    ("coding", "body", "accepted"),
    [
        ("gzip", gzip.compress(SENT, mtime=0), True),
        ("X-GZIP", gzip.compress(SENT, mtime=0), True),
        ("identity", SENT, True),
        ("", SENT, True),
        ("gzip", SENT, False),
        ("gzip", gzip.compress(SENT, mtime=0)[:-9], False),
        ("gzip", gzip.compress(SENT + b" " * 10_000_000, mtime=0), False),
        ("br", SENT, False),
        ("gzip, gzip", gzip.compress(gzip.compress(SENT, mtime=0), mtime=0), False),
    ],
)
def test_content_codings(coding: str, body: bytes, accepted: bool) -> None:
    reply = decode(200, {"content-ENCODING": coding}, body)
    assert isinstance(reply, Accepted if accepted else Unknown)


@pytest.mark.parametrize(
    "code", ["E503", "E999", "E000", "E432", "N101", "X1", "E1100", "E951", "E400", "garbage!"]
)
def test_codes_that_do_not_say_that_nothing_was_queued(code: str) -> None:
    reply = reply_of(failure(code))
    assert isinstance(reply, Unknown)
    assert reply.text == "words"
    assert reply.code == (None if code == "garbage!" else code)


@pytest.mark.parametrize(
    "row", [row for row in CODES.values() if row.kind is Kind.API], ids=lambda row: row.code
)
def test_every_api_code_is_refused_unless_it_is_ambiguous(row: object) -> None:
    code, klass = getattr(row, "code"), getattr(row, "klass")  # noqa: B009
    reply = reply_of(failure(f" {code.lower()} "), 400)
    if klass is CodeClass.AMBIGUOUS:
        assert isinstance(reply, Unknown) and reply.code == code
    else:
        assert reply == Refused(code=code, klass=klass, text="words", http_status=400)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_after_an_error_of_the_server_nothing_is_certain(status: int) -> None:
    """What its document says stays for a person to see, and a tracking id for a postback to settle it."""
    sent = reply_of((REPLIES / "xml-success.xml").read_bytes(), status)
    assert sent == Unknown(
        reason=f"the endpoint answered HTTP {status}, an error, with a document that reports success",
        tracking_id="TU1TXzU5Nzg3OQ==", text="MMS request accepted and queued for delivery", http_status=status,
    )  # fmt: skip
    refused = reply_of((REPLIES / "xml-failure.xml").read_bytes(), status)
    assert refused == Unknown(
        reason=f"the endpoint answered HTTP {status}, an error, which does not say whether the message was queued",
        code="E713", text="There is a billing problem on your account", http_status=status,
    )  # fmt: skip


def test_an_answer_that_contradicts_itself_keeps_its_tracking_id() -> None:
    reply = reply_of(SENT.replace(b"</response>", b"<error-code>E110</error-code></response>"))
    assert isinstance(reply, Unknown)
    assert (reply.tracking_id, reply.code) == ("T1", "E110")


@pytest.mark.parametrize(
    "status", [301, 307, 400, 401, 403, 404, 408, 413, 415, 429, 500, 502, 503, 504]
)
def test_a_status_alone_never_settles_anything(status: int) -> None:
    reply = reply_of("nope", status)
    assert isinstance(reply, Unknown)
    assert (f"HTTP {status}" in reply.reason, reply.http_status) == (True, status)


@given(st.binary(max_size=300), st.integers(100, 599))
def test_no_bytes_break_the_decoder(body: bytes, status: int) -> None:
    assert isinstance(decode(status, {}, body), Unknown)


@given(st.integers(0, len(SENT)), st.integers(0, len(SENT)), st.binary(max_size=3))
def test_no_damage_breaks_the_decoder(start: int, end: int, insert: bytes) -> None:
    reply = decode(200, {}, SENT[:start] + insert + SENT[end:])
    assert isinstance(reply, Accepted | Unknown | Refused)
