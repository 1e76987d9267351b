from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from preflight.errors import SourceError
from preflight.gateway.recipients import Recipient, read_recipients
from preflight.gateway.request import Api, CustomText, SendRequest

TEMPLATE = SendRequest(
    mms_id="35674", to="", from_="28444", service_id="1", custom_subject="Sale", data=(("City", "Oslo"),),
    custom_text=(CustomText(slide=1, value="one"),),
)  # fmt: skip


def read(tmp_path: Path, text: str | bytes, api: Api = Api.XML) -> list[Recipient]:
    path = tmp_path / "people.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_recipients(path, TEMPLATE, api, "no"))


def test_a_plain_list(tmp_path: Path) -> None:
    people = read(tmp_path, "to\n15553199144\n\n15553199145\n")
    assert [(person.request.to, person.source.line, person.key) for person in people] == [
        ("15553199144", 2, None),
        ("15553199145", 4, None),
    ]
    assert people[0].request.data == (("city", "Oslo"),)
    assert people[0].source.file == str(tmp_path / "people.csv")


def test_what_a_line_changes(tmp_path: Path) -> None:
    (person, other) = read(
        tmp_path,
        "\ufeffTo,data_FirstName,DATA-city,custom-text-2,Custom_Subject,key,custom_text_1\r\n"
        '15553199144,"Ann, ""A""\r\nB",Rome,two,Hello,k1,\r\n15553199145,,,,,,uno\r\n',
    )
    assert person.request.data == (("city", "Rome"), ("firstname", 'Ann, "A"\r\nB'))
    assert person.request.custom_text == (
        CustomText(slide=1, value="one"),
        CustomText(slide=2, value="two"),
    )
    assert (person.request.custom_subject, person.key, person.source.line) == ("Hello", "k1", 2)
    assert other.request.data == (("city", "Oslo"),)
    assert other.request.custom_text == (CustomText(slide=1, value="uno"),)
    assert (other.request.custom_subject, other.key, other.source.line) == ("Sale", None, 4)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    (person,) = read(tmp_path, f"data_a{separator}to\nx{separator} 15553199144 \n")
    assert (person.request.to, person.request.data) == (
        "15553199144",
        (("city", "Oslo"), ("a", "x")),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty; its first line must name the columns"),
        ("\n\n", "is empty; its first line"),
        ("15553199144\n", ':1: unknown column "15553199144"'),
        ("number\n1\n", ':1: unknown column "number"'),
        ("to,custom_subjet\n", "did you mean 'custom_subject'?"),
        ("to,custom_text_0\n", ":1: unknown column"),
        ("to,to\n", ':1: the column "to" is there twice'),
        ("to,data_A,data_a\n", "is there twice"),
        ("data_a\nx\n", ":1: no column is named to"),
        ("\n\nto,data_a\n15553199144\n", ":4: has 1 cells, and the first line has 2"),
        ("to\n15553199144,x\n", ":2: has 2 cells"),
        ("to,data_a\n,x\n", ":2: to is empty"),
        ("to\n15553199144\n+15553199144\n", ":3: to must not begin with +"),
        ("to\n1.5553E10\n", ":2: to must be digits only"),
        ("to,custom_subject\n15553199144,é\n", ":2: custom-subject must be printable ASCII"),
        ("to,custom_text_9\n15553199144,x\n", ":2: custom-text names slide 9"),
        ("to,data_a b\n15553199144,x\n", ":2: a data name is not an XML element name"),
        (
            "to,message_subject\n15553199144,x\n",
            ":2: message-subject is not a parameter of the XML API",
        ),
        ('to,data_a\n15553199144,"x\n', "is not CSV"),
        ("to\n15553199144\n15553199145\n15553199144\n", ":4: repeats line 2"),
        ("to,data_b,data_a\n", "names its columns, and no recipient below them"),
        (
            "to,key\n15553199144,k\n15553199145, k \n",
            ":3: has the key of line 2; each message needs one of its own",
        ),
        (
            "to,key\n15553199144," + "k" * 257,
            ":2: a ledger key must be 1 to 256 printable characters",
        ),
        (b"to\n\xff\n", "is not UTF-8"),
        (b"to\n1555\x003199144\n", "people.csv:2: "),
        ("to,\x1b[31m\n", "\\x1b[31m"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert "people.csv" in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_the_same_person_may_get_two_messages(tmp_path: Path) -> None:
    assert len(read(tmp_path, "to,data_a\n15553199144,x\n15553199144,y\n")) == 2


def test_a_key_of_its_own_makes_a_line_another_message(tmp_path: Path) -> None:
    people = read(tmp_path, "to,key\n15553199144,a\n15553199144,b\n15553199145,\n15553199146,\n")
    assert [person.key for person in people] == ["a", "b", None, None]


def test_a_line_that_repeats_the_template_in_another_order_is_no_other_message(
    tmp_path: Path,
) -> None:
    """Custom texts belong to their slides: what the columns say comes after what is the same for all."""
    path = tmp_path / "people.csv"
    path.write_text("to,custom_text_1,custom_text_2\n15553199144,A,B\n15553199144,A,\n")
    template = replace(TEMPLATE, custom_text=(CustomText(slide=2, value="B"),))
    with pytest.raises(SourceError, match="csv:3: repeats line 2"):
        list(read_recipients(path, template, Api.XML, "no"))


def test_what_is_odd_about_a_line_goes_with_it(tmp_path: Path) -> None:
    (odd, plain) = read(tmp_path, "to\n61412345678\n15553199144\n")
    assert [problem.field for problem in odd.warnings] == []
    path, now = tmp_path / "people.csv", datetime(2026, 1, 1, tzinfo=UTC)
    template = SendRequest(
        mms_id="1", to="", from_="15559990000", mms_expiry_timestamp="2026-01-01T00:00:00Z"
    )
    (odd, plain) = read_recipients(path, template, Api.JSON, "no")
    assert [problem.field for problem in odd.warnings] == ["from"]
    assert plain.warnings == ()
    with pytest.raises(SourceError, match="csv:2: mms-expiry-timestamp is over already"):
        list(read_recipients(path, template, Api.JSON, "no", now=now))


def test_json_recipients(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("to,message_subject,client_reference\n15553199144,Hello,order 7\n")
    template = SendRequest(mms_id="1", to="", from_="28444")
    (person,) = read_recipients(path, template, Api.JSON, "no")
    assert (person.request.message_subject, person.request.client_reference) == ("Hello", "order 7")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        list(read_recipients(tmp_path / "absent", TEMPLATE, Api.XML))
