"""When signed URLs end, by the schemes of S3, Google Cloud Storage, Azure and CloudFront."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.observation import Signed
from preflight.wire.signed import signed

END = 1_800_000_000.0  # 2027-01-15T08:00:00Z


def policy(document: object) -> str:
    text = base64.b64encode(json.dumps(document).encode()).decode()
    return text.replace("+", "-").replace("=", "_").replace("/", "~")


def condition(end: object) -> dict[str, object]:
    return {"Statement": [{"Resource": "*", "Condition": {"DateLessThan": {"AWS:EpochTime": end}}}]}


KEY = "Key-Pair-Id=K&Signature=abc"

SIGNED = [
    ("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20270115T070000Z&X-Amz-Expires=3600&X-Amz-Signature=0", "S3"),
    ("x-amz-date=20270115T070000Z&x-amz-expires=3600&x-amz-signature=0", "S3"),
    ("AWSAccessKeyId=A&Expires=1800000000&Signature=a%2Bb%3D", "S3"),
    ("X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Date=20270115T070000Z&X-Goog-Expires=3600&X-Goog-Signature=0", "Google Cloud Storage"),
    ("GoogleAccessId=a@b&Expires=1800000000&Signature=x", "Google Cloud Storage"),
    ("sv=2022-11-02&st=2026-01-01&se=2027-01-15T08:00:00Z&sr=b&sp=r&sig=x%3D", "Azure SAS"),
    ("se=2027-01-15T08%3A00%3A00Z&sig=x", "Azure SAS"),
    ("se=2027-01-15T08%3A00Z&sig=x", "Azure SAS"),
    ("s%65=2027-01-15T08:00Z&s%69g=x", "Azure SAS"),
    ("s\te=2027-01-15T08:00Z&s\nig=x", "Azure SAS"),
    ("SE=2027-01-15T08:00Z&SIG=x", "Azure SAS"),
    ("se=2027-02-15T08:00Z&sks=b&skt=2027-01-08T08:00Z&ske=2027-01-15T08:00:00Z&sig=x", "Azure SAS"),
    ("se=2027-01-15T08:00Z&ske=2027-02-15T08:00Z&sig=x", "Azure SAS"),
    ("se=2027-01-15T08:00Z&ske=soon&sig=x", "Azure SAS"),
    ("X-Amz-Date=20270115T070000Z&X-Amz-Expires=3600", "S3"),
    ("se=2027-01-15T10:00:00%2B02:00&sig=x", "Azure SAS"),
    (f"Expires=1800000000&{KEY}", "CloudFront"),
    (f"Policy={policy(condition(1_800_000_000))}&{KEY}", "CloudFront"),
    (f"a=1&b=2&Policy={policy({**condition(1_800_000_000), 'Version': '??>>'})}&{KEY}", "CloudFront"),
]  # fmt: skip

UNSIGNED = [
    "", "x=1", "Expires=1800000000", "Signature=a", "se=2027-01-15T08:00:00Z", "sig=x", "se=never&sig=x", "se=&sig=x",
    "X-Amz-Date=20270115T070000Z", "X-Amz-Expires=3600", "X-Amz-Date=tomorrow&X-Amz-Expires=3600", "X-Amz-Date=20270115T070000Z&X-Amz-Expires=-1",
    "X-Amz-Date=20270115T070000Z&X-Amz-Expires=99999999999", "X-Amz-Date=20271315T070000Z&X-Amz-Expires=1", "X-Amz-Date=20270115T070000Z&X-Amz-Expires=\xb2",
    "AWSAccessKeyId=A&Signature=x", "AWSAccessKeyId=A&Expires=soon&Signature=x", "AWSAccessKeyId=A&Expires=1800000000",
    f"{KEY}", f"Policy=%%%&{KEY}", f"Policy={policy([])}&{KEY}", f"Policy={policy({'Statement': []})}&{KEY}", f"Policy={policy(condition('x'))}&{KEY}",
    f"Policy={policy(condition(-1))}&{KEY}", f"Policy={policy(condition(1e300))}&{KEY}", f"Policy={policy(7)}&{KEY}", f"Policy=a&{KEY}", f"Expires=x&{KEY}",
    f"Policy={policy('[' * 500)}&{KEY}", "&".join(f"a{n}=1" for n in range(500)),
]  # fmt: skip


@pytest.mark.parametrize(("query", "scheme"), SIGNED)
def test_the_end_of_a_signature(query: str, scheme: str) -> None:
    assert signed(f"https://a.example/b.png?{query}") == Signed(scheme=scheme, ends_at=END)
    assert signed(f"https://a.example/b.png?{query}#{query}") == Signed(scheme=scheme, ends_at=END)


@pytest.mark.parametrize("query", UNSIGNED)
def test_what_is_no_signature_that_ends(query: str) -> None:
    assert signed(f"https://a.example/b.png?{query}") is None


def test_texts_that_are_no_url() -> None:
    assert signed("https://[::1/?se=2027-01-15T08:00:00Z&sig=x") is None
    assert signed("no query") is None


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_nothing_is_ever_raised(text: str) -> None:
    for prefix in (
        "",
        "https://a.example/?",
        "https://a.example/?se=",
        "https://a.example/?sig=1&se=",
        f"https://a.example/?{KEY}&Policy=",
        f"https://a.example/?{KEY}&Expires=",
    ):
        found = signed(prefix + text)
        assert found is None or isinstance(found.ends_at, float)
