"""Every reach, framing and type rule: what makes it speak, and what leaves it silent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.answers import CHUNKED, MP3, SONG, digested, gzip, heard, jpeg, let_in, moved, song
from helpers.sight import SINCH, URL, exchange, failing, finding_of, rules_of, seen

from preflight.judging import judge
from preflight.observation import (
    Body,
    BodyEnd,
    Decode,
    FailureKind,
    Observation,
    Purpose,
    Signed,
)
from preflight.profile import load
from preflight.rules import FAMILIES
from preflight.verdict import Outcome

OCTETS = ("Content-Type: application/octet-stream", "Content-Length: 1000")

FAILURES = [
    (FailureKind.INVALID_URL, "invalid-url", Outcome.REJECT), (FailureKind.PRIVATE_ADDRESS, "private-address", Outcome.REJECT),
    (FailureKind.HOST_NOT_FOUND, "unresolvable-host", Outcome.REJECT), (FailureKind.RESOLUTION, "unresolvable-host", Outcome.UNKNOWN),
    (FailureKind.REFUSED, "unreachable-host", Outcome.REJECT), (FailureKind.UNREACHABLE, "unreachable-host", Outcome.UNKNOWN),
    (FailureKind.CLOSED, "unreachable-host", Outcome.UNKNOWN), (FailureKind.TIMEOUT, "timeout", Outcome.UNKNOWN),
    (FailureKind.TLS_EXPIRED, "untrusted-certificate", Outcome.REJECT), (FailureKind.TLS_NOT_YET_VALID, "untrusted-certificate", Outcome.REJECT),
    (FailureKind.TLS_NAME, "untrusted-certificate", Outcome.REJECT), (FailureKind.TLS_SELF_SIGNED, "untrusted-certificate", Outcome.REJECT),
    (FailureKind.TLS_CHAIN, "untrusted-certificate", Outcome.REJECT), (FailureKind.TLS_PROTOCOL, "untrusted-certificate", Outcome.REJECT),
    (FailureKind.TLS_CLOSED, "untrusted-certificate", Outcome.UNKNOWN), (FailureKind.HEAD_CUT, "malformed-response", Outcome.REJECT),
    (FailureKind.TOO_MANY_REDIRECTS, "too-many-redirects", Outcome.REJECT), (FailureKind.REDIRECT_LOOP, "too-many-redirects", Outcome.REJECT),
    (FailureKind.PROXY, "not-checked", Outcome.UNKNOWN), (FailureKind.BREAKER, "not-checked", Outcome.UNKNOWN),
    (FailureKind.DESCRIPTORS, "not-checked", Outcome.UNKNOWN), (FailureKind.INTERNAL, "not-checked", Outcome.UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "rule", "outcome"), FAILURES)
def test_each_failure_has_its_one_finding(kind: FailureKind, rule: str, outcome: Outcome) -> None:
    verdict = judge(seen(failing(kind, "so it was")), SINCH)
    assert ([finding.rule for finding in verdict.findings], verdict.outcome) == ([rule], outcome)
    assert "o it was" in verdict.findings[0].message and verdict.findings[0].fix


def test_every_failure_is_covered() -> None:
    assert {kind for kind, _, _ in FAILURES} == set(FailureKind)


def test_a_failure_after_a_redirect_names_where() -> None:
    one = replace(
        failing(FailureKind.REFUSED), url="https://b.example/x?sig=CANARY", hops=moved(URL)
    )
    message = finding_of("unreachable-host", seen(one)).message
    assert "https://b.example/x?sig=***" in message and "CANARY" not in message
    one = replace(failing(FailureKind.INVALID_URL), hops=moved(URL))
    assert "redirect leads" in finding_of("invalid-url", seen(one)).message


SILENT = seen()


SPEAKING: list[tuple[str, Observation]] = [
    ("timeout", seen(exchange(end=BodyEnd.TIMEOUT, received=7))),
    ("not-checked", seen(content=jpeg(overrun="it has too many parts"))),
    ("not-checked", seen(content=jpeg(decode=Decode(decoder="x", stopped="it overran its time")))),
    ("unexpected-status", seen(exchange(status=404))),
    ("too-many-redirects", seen(replace(failing(FailureKind.REDIRECT_LOOP), hops=moved(URL, URL)))),
    ("redirected", seen(replace(exchange(), hops=moved("https://a.example/?t=CANARY")))),
    ("insecure-redirect", seen(replace(exchange(url="http://b.example/a.jpg"), hops=moved(URL)))),
    ("non-standard-port", seen(exchange(url="https://a.example:8443/a.jpg"))),
    ("non-standard-port", seen(replace(exchange(), hops=moved("http://a.example:81/")))),
    ("non-standard-port", seen(replace(exchange(url="http://10.0.0.1/"), hops=moved("http://a.example:81/"), permitted=True))),
    ("non-standard-port", seen(replace(exchange(url="http://a.example:81/"), hops=let_in("http://10.0.0.1:81/")))),
    ("non-standard-port", seen(exchange(url="https://a.example:8443?a=b"))),
    ("non-standard-port", seen(exchange(url="https://[2001:db8::1]:8443/a.jpg"))),
    ("generic-content-type", seen(exchange(*OCTETS), content=jpeg(detected_type="video/quicktime", also=("video/mp4",)))),
    ("media-type-mismatch", seen(content=jpeg(undecoded="its content coding is not a registered one", detected_type=None))),
    ("media-type-mismatch", seen(content=jpeg(undecoded="its coding is broken", detected_type="image/gif"))),
    ("corrupt-media", seen(content=jpeg(undecoded="its coding is broken", corrupt="its coding is broken", detected_type=None))),
    ("empty-content", seen(content=jpeg(length=0))),
    ("empty-content", seen(exchange(), gzip("Content-Type: image/jpeg", "Content-Encoding: gzip", "Content-Length: 0"))),
    ("empty-content", seen(exchange(), exchange("Content-Type: image/jpeg", "Content-Length: 0", purpose=Purpose.WEBP))),
    ("expiring-url", seen(signed=Signed(scheme="S3", ends_at=1_795_000_060.0))),
    ("query-dependent-media", heard(*song(head=None, body=None, failure=failing(FailureKind.REFUSED).failure))),
    ("query-dependent-media", heard(song()[0], exchange(*MP3, status=403, purpose=Purpose.BARE))),
    ("query-dependent-media", heard(song()[0], exchange("Content-Type: audio/wav", "Content-Length: 1000", purpose=Purpose.BARE))),
    ("query-dependent-media", heard(song()[0], exchange("Content-Type: audio/mpeg", "Content-Length: 1001", purpose=Purpose.BARE))),
    ("query-dependent-media", heard(digested(song()[0], "a"), digested(song()[1], "b"))),
    ("chunked-transfer-encoding", seen(exchange(*CHUNKED))),
    ("chunked-transfer-encoding", seen(exchange(), gzip(*CHUNKED))),
    ("missing-content-length", seen(exchange("Content-Type: image/jpeg"))),
    ("malformed-response", seen(exchange("Content-Type: image/jpeg", "Content-Length: x"))),
    ("malformed-response", seen(exchange(*CHUNKED, end=BodyEnd.BAD_CHUNK))),
    ("malformed-response", seen(exchange("no colon", "Location: /", status=302))),
    ("malformed-response", seen(exchange("no colon", status=103))),
    ("irregular-response", seen(exchange("Content-Type: image/jpeg", "Content-Length : 1000"))),
    ("truncated-content", seen(exchange(end=BodyEnd.SHORT, received=10))),
    ("truncated-content", seen(exchange(end=BodyEnd.RESET, received=10))),
    ("empty-content", seen(exchange("Content-Type: image/jpeg", "Content-Length: 0", received=0), content=jpeg(length=0, detected_type=None))),
    ("content-encoding-applied", seen(exchange("Content-Type: image/jpeg", "Content-Length: 1000", "Content-Encoding: GZIP"))),
    ("unstable-hosting", seen(exchange(), gzip("Content-Type: image/jpeg"))),
    ("missing-content-type", seen(exchange("Content-Length: 1000"))),
    ("malformed-content-type", seen(exchange("Content-Type: jpeg", "Content-Length: 1000"))),
    ("unresolved-octet-stream", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000"), content=jpeg(detected_type=None))),
    ("unresolved-octet-stream", seen(exchange("Content-Type: binary/octet-stream", "Content-Length: 1000"), content=jpeg(detected_type="image/webp"))),
    ("unresolved-octet-stream", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000"), content=jpeg(undecoded="its coding is unknown", detected_type=None))),
    ("generic-content-type", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000"))),
    ("media-type-mismatch", seen(content=jpeg(detected_type="image/png"))),
    ("media-type-mismatch", seen(content=jpeg(detected_type=None))),
    ("unaccepted-media-type", seen(exchange("Content-Type: image/webp", "Content-Length: 1000"), content=jpeg(detected_type="image/webp"))),
    ("web-page-content", seen(content=jpeg(document="a web page", detected_type="text/html"))),
    ("misleading-extension", seen(exchange(url="https://a.example/a.png"))),
    ("misleading-extension", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000", url="https://a.example/a.gif"))),
    ("negotiated-media-type", seen(exchange(), exchange("Content-Type: image/webp", "Content-Length: 9", purpose=Purpose.WEBP))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "observation"), SPEAKING)
def test_a_rule_speaks(rule: str, observation: Observation) -> None:
    finding = finding_of(rule, observation)
    assert finding.message.endswith(".") and finding.message[0].isupper() and finding.fix
    assert "CANARY" not in finding.message
    assert rule not in rules_of(SILENT)


def test_each_of_these_rules_is_heard() -> None:
    mismatch = replace(exchange(), body=Body(end=BodyEnd.COMPLETE, received=1000, surplus=5))
    assert "5 bytes or more" in finding_of("content-length-mismatch", seen(mismatch)).message
    heard_rules = (
        {rule for rule, _ in SPEAKING}
        | {rule for _, rule, _ in FAILURES}
        | {"content-length-mismatch"}
    )
    named = {one.id for family in ("reach", "framing", "type") for one in FAMILIES[family]}
    assert named <= heard_rules


QUIET: list[tuple[str, Observation]] = [
    ("redirected", seen(replace(failing(FailureKind.REFUSED), hops=moved(URL)))),
    ("insecure-redirect", seen(replace(exchange(), hops=moved("http://a.example/")))),
    ("non-standard-port", seen(exchange(url="https://a.example:443/a.jpg"))),
    ("non-standard-port", seen(exchange(url="https://a.example?a=b:8443"))),
    ("non-standard-port", seen(exchange(url="https://a.example/a:8443//b:81.jpg"))),
    ("non-standard-port", seen(exchange(url="https://[2001:db8::1]/a.jpg"))),
    ("non-standard-port", seen(exchange(url="https://u:8443@a.example/a.jpg"))),
    ("non-standard-port", seen(replace(exchange(url="https://a.example:8443/a.jpg"), permitted=True))),
    ("non-standard-port", seen(replace(exchange(), hops=let_in("http://10.0.0.1:81/")))),
    ("non-standard-port", seen(replace(failing(FailureKind.INVALID_URL), url="http://a.example:0/"))),
    ("non-standard-port", seen(exchange(url="http://a.example:99999/a.jpg"))),
    ("expiring-url", seen(signed=Signed(scheme="S3", ends_at=1_795_000_000.0 + 259_200))),
    ("query-dependent-media", heard(*song())),
    ("query-dependent-media", heard(digested(song()[0], "a"), digested(song()[1], "a"))),
    ("query-dependent-media", heard(*song(head=None, body=None, failure=failing(FailureKind.DESCRIPTORS).failure))),
    ("query-dependent-media", heard(exchange(*MP3, url=SONG), exchange(*MP3, purpose=Purpose.GZIP, url=SONG))),
    ("query-dependent-media", heard(*song(head=None, body=None))),
    ("missing-content-length", seen(exchange(*CHUNKED))),
    ("missing-content-length", seen(exchange("Content-Type: image/jpeg", status=404))),
    ("malformed-response", seen(exchange("no colon", status=404))),
    ("unexpected-status", seen(exchange("no colon", "Location: /", status=302))),
    ("unexpected-status", seen(exchange("no colon", status=103))),
    ("truncated-content", seen(exchange(end=BodyEnd.LIMIT, received=10))),
    ("content-length-mismatch", seen(replace(exchange(*CHUNKED), body=Body(end=BodyEnd.COMPLETE, received=1000, surplus=5)))),
    ("content-encoding-applied", seen(exchange("Content-Type: image/jpeg", "Content-Length: 1000", "Content-Encoding: identity"))),
    ("unstable-hosting", seen(exchange(), gzip())),
    ("unstable-hosting", seen(exchange(), gzip("Content-Type: image/jpeg", "Content-Encoding: gzip", "Content-Length: 900"))),
    ("unstable-hosting", seen(exchange(), replace(failing(FailureKind.CLOSED), purpose=Purpose.GZIP))),
    ("unstable-hosting", seen(exchange(status=404), gzip(status=404))),
    ("unstable-hosting", seen(exchange(), exchange("Content-Type: image/webp", "Content-Length: 9", purpose=Purpose.WEBP))),
    ("unstable-hosting", seen(digested(exchange(), "a"), digested(exchange(purpose=Purpose.SECOND), "a"))),
    ("unstable-hosting", seen(digested(exchange(), "a"), digested(gzip(), "b"))),
    ("media-type-mismatch", seen(exchange("Content-Type: audio/mp3", "Content-Length: 1000"), content=jpeg(detected_type="audio/mpeg"))),
    ("media-type-mismatch", seen(exchange("Content-Type: text/plain", "Content-Length: 1000"), content=jpeg(detected_type="text/plain"))),
    ("media-type-mismatch", seen(content=jpeg(undecoded="its coding is broken", corrupt="its coding is broken", detected_type=None))),
    ("media-type-mismatch", seen(content=jpeg(undecoded="it unpacks to over 9 bytes", whole=False, detected_type=None))),
    ("media-type-mismatch", seen(content=jpeg(undecoded="its coding is broken"))),
    ("unresolved-octet-stream", seen(exchange(*OCTETS), content=jpeg(detected_type="video/quicktime", also=("video/mp4",)))),
    ("unresolved-octet-stream", seen(exchange(*OCTETS), content=jpeg(detected_type="audio/mp4", also=("video/mp4",)))),
    ("misleading-extension", seen(exchange(*OCTETS, url="https://a.example/a.mp4"), content=jpeg(detected_type="video/quicktime", also=("video/mp4",)))),
    ("empty-content", seen(content=jpeg(length=0, whole=False))),
    ("empty-content", seen(exchange(), gzip())),
    ("media-type-mismatch", seen(content=jpeg(document="a page", detected_type="text/html"))),
    ("media-type-mismatch", seen(content=jpeg(overrun="too many parts", detected_type=None))),
    ("unresolved-octet-stream", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 0"), content=jpeg(length=0, detected_type=None))),
    ("unresolved-octet-stream", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000"), content=jpeg(document="a page"))),
    ("generic-content-type", seen(exchange("Content-Type: application/octet-stream", "Content-Length: 1000"), content=jpeg(detected_type=None))),
    ("unaccepted-media-type", seen(exchange("Content-Type: text/html", "Content-Length: 1000"), content=jpeg(document="a page"))),
    ("misleading-extension", seen(exchange(url="https://a.example/a.jpeg?x=a.png"))),
    ("misleading-extension", seen(exchange(url="https://a.example/a.php"))),
    ("misleading-extension", seen(exchange(url="https://a.example/.png"))),
    ("misleading-extension", seen(exchange(url="https://a.example/a.png"), content=jpeg(length=0))),
    ("negotiated-media-type", seen(exchange(), exchange(purpose=Purpose.WEBP))),
    ("negotiated-media-type", seen(exchange(), exchange(purpose=Purpose.WEBP, status=406))),
    ("negotiated-media-type", seen(exchange(), gzip("Content-Type: image/webp", "Content-Length: 9"))),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "observation"), QUIET)
def test_a_rule_is_silent(rule: str, observation: Observation) -> None:
    assert rule not in rules_of(observation)


def test_foreign_text_in_a_message_is_printable() -> None:
    for fields in (
        ["Transfer-Encoding: chunked;\x1b[31m"],
        ["Content-Type: \x1b[31m"],
        ["Content-Encoding: \x1b]0;x\x07"],
        ["X: \x00"],
    ):
        verdict = judge(seen(exchange(*fields), content=jpeg()), SINCH)
        assert verdict.findings and all(
            finding.message.isprintable() for finding in verdict.findings
        )
    verdict = judge(seen(exchange("Content-Length: 0", status=418)), SINCH)
    assert verdict.findings[0].message.isprintable()


@pytest.mark.parametrize(
    ("profile", "outcome"),
    [("sinch", Outcome.REJECT), ("twilio", Outcome.UNKNOWN), ("telnyx", Outcome.UNKNOWN)],
)
def test_a_recording_that_ends_early_is_no_proof_under_a_profile_that_takes_more(
    profile: str, outcome: Outcome
) -> None:
    """What was read no further than one gateway's limit may be broken behind it."""
    fields = ("Content-Type: image/jpeg", "Content-Length: 1200000")
    cut = seen(
        exchange(*fields, end=BodyEnd.LIMIT, received=65_536),
        content=jpeg(length=1_200_000, whole=False),
    )
    verdict = judge(cut, load(profile))
    assert verdict.outcome is outcome
    names = [one.rule for one in verdict.findings if one.severity == "error"]
    assert names == (["content-too-large"] if profile == "sinch" else ["not-checked"])
