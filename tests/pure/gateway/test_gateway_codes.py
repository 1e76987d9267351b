from __future__ import annotations

import re

import pytest

from preflight.gateway.codes import ADVICE, CODES, CodeClass, Kind, explain, lookup

_IDS = """invalid-url private-address unresolvable-host unreachable-host timeout not-checked untrusted-certificate unexpected-status
    too-many-redirects redirected insecure-redirect non-standard-port expiring-url query-dependent-media chunked-transfer-encoding
    missing-content-length malformed-response irregular-response truncated-content content-length-mismatch empty-content
    content-encoding-applied unstable-hosting missing-content-type malformed-content-type unresolved-octet-stream generic-content-type
    media-type-mismatch unaccepted-media-type web-page-content misleading-extension negotiated-media-type content-too-large
    oversized-for-carriers unreadable-image truncated-media corrupt-media too-many-pixels cmyk-image progressive-jpeg transparent-image
    animated-image rotated-by-exif location-metadata unreadable-audio unaccepted-audio-codec audio-too-long unreadable-video
    unaccepted-video-codec too-many-frame-pixels video-too-long late-movie-header too-many-slides empty-slide repeated-media-type
    conflicting-slide-media subject-too-long text-too-long non-ascii-subject missing-subject message-too-large"""
RULES = frozenset(_IDS.split())


@pytest.mark.parametrize("row", CODES.values(), ids=lambda row: f"{row.kind}-{row.code}")
def test_every_row_is_sound(row: object) -> None:
    code = CODES[(getattr(row, "kind"), getattr(row, "code"))]  # noqa: B009
    assert code is row
    assert re.fullmatch(r"[EN][0-9]{3}", code.code)
    assert set(code.rules) <= RULES
    assert len(code.rules) == len(set(code.rules))
    assert code.meaning.endswith(".")
    assert code.advice
    informational = code.klass is CodeClass.INFORMATIONAL
    assert informational == (code.code.startswith("N"))
    assert code.kind is Kind.POSTBACK or not informational
    assert code.klass is not CodeClass.FIX_HOSTING or code.rules


@pytest.mark.parametrize(
    ("kind", "code", "klass"),
    [
        (Kind.API, "E104", CodeClass.STOP_RUN), (Kind.API, "E105", CodeClass.STOP_RUN), (Kind.API, "E112", CodeClass.STOP_RUN),
        (Kind.API, "E713", CodeClass.STOP_RUN), (Kind.API, "E106", CodeClass.RETRY_LATER), (Kind.API, "E113", CodeClass.RETRY_LATER),
        (Kind.API, "E618", CodeClass.RETRY_LATER), (Kind.API, "E626", CodeClass.RETRY_LATER), (Kind.API, "E503", CodeClass.AMBIGUOUS),
        (Kind.API, "E999", CodeClass.AMBIGUOUS), (Kind.POSTBACK, "E999", CodeClass.AMBIGUOUS), (Kind.API, "E152", CodeClass.AMBIGUOUS),
        (Kind.API, "E629", CodeClass.FIX_HOSTING), (Kind.API, "E353", CodeClass.FIX_HOSTING), (Kind.API, "E110", CodeClass.DEFINITE),
        (Kind.POSTBACK, "E003", CodeClass.FIX_HOSTING), (Kind.POSTBACK, "N102", CodeClass.INFORMATIONAL),
        (Kind.API, "e629 ", CodeClass.FIX_HOSTING), (Kind.API, "E930", CodeClass.AMBIGUOUS),
    ],
)  # fmt: skip
def test_classes(kind: Kind, code: str, klass: CodeClass) -> None:
    found = lookup(kind, code)
    assert found is not None and found.klass is klass


def test_the_two_name_spaces_do_not_mix() -> None:
    api, postback = lookup(Kind.API, "E101"), lookup(Kind.POSTBACK, "E101")
    assert api is not None and postback is not None and api.meaning != postback.meaning
    assert lookup(Kind.API, "N102") is None
    assert lookup(Kind.POSTBACK, "E629") is None


@pytest.mark.parametrize("code", ["E000", "E432", "E1000", "", "Z999", "E35x"])
def test_codes_that_nobody_knows_are_legal(code: str) -> None:
    assert explain(code) is None
    assert lookup(Kind.API, code) is None


def test_a_page() -> None:
    page = explain("e629")
    assert page is not None
    assert page.startswith(
        "# E629\n\n## As the answer to a call\n\nThe content type is not recognised.\n"
    )
    assert "`unresolved-octet-stream`" in page
    assert "In a postback" not in page


def test_a_page_for_both_kinds() -> None:
    page = explain("E100")
    assert page is not None
    assert page.index("## As the answer to a call") < page.index("## In a postback")
    assert page.endswith("\n")


def test_every_class_has_advice() -> None:
    assert set(ADVICE) == set(CodeClass)
