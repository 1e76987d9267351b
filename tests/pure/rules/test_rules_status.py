"""What a status, a redirect and a signature say, and what is to be done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.answers import MP3, gzip, heard, moved, song
from helpers.sight import SINCH, exchange, finding_of, rules_of, seen

from preflight.judging import judge
from preflight.observation import (
    Observation,
    Purpose,
    Signed,
)
from preflight.profile import Profile
from preflight.verdict import Outcome, Severity


@pytest.mark.parametrize(
    ("status", "fields", "to_do"),
    [
        (403, ("Server: cloudflare", "cf-mitigated: challenge"), "action Skip"),
        (405, ("x-amzn-waf-action: captcha",), "web ACL"),
        (403, ("Server: AkamaiGHost",), "log of Akamai"),
        (404, ("Server: cloudflare",), "upload the file"),
        (502, ("Server: nginx",), "error log"),
        (302, ("Content-Length: 0",), "one Location"),
        (418, ("Content-Length: 0",), "answer 200"),
    ],
)
def test_a_status_says_what_to_do(status: int, fields: tuple[str, ...], to_do: str) -> None:
    found = finding_of("unexpected-status", seen(exchange(*fields, status=status)))
    assert to_do.lower() in found.fix.lower()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (404, Outcome.REJECT),
        (503, Outcome.UNKNOWN),
        (429, Outcome.UNKNOWN),
        (600, Outcome.REJECT),
        (206, Outcome.REJECT),
    ],
)
def test_a_passing_status_leaves_it_unknown(status: int, outcome: Outcome) -> None:
    assert judge(seen(exchange(status=status)), SINCH).outcome is outcome
    assert judge(seen(exchange(), gzip(status=status)), SINCH).outcome is outcome
    assert (
        judge(heard(song()[0], exchange(*MP3, status=status, purpose=Purpose.BARE)), SINCH).outcome
        is outcome
    )


@pytest.mark.parametrize(
    ("observation", "said"),
    [
        (seen(exchange("Server: cloudflare", "cf-mitigated: challenge", status=403)), "Cloudflare takes the request for a robot's"),
        (seen(exchange("x-amzn-waf-action: challenge", status=202)), "AWS WAF takes the request for a robot's and answers 202"),
        (seen(exchange("Server: cloudflare", status=403)), "Cloudflare, which stands before the server, may take"),
        (seen(exchange("X-Datadome: 1", status=403)), "DataDome"), (seen(exchange(status=403)), "403 Said"), (seen(exchange("Content-Length: 0", status=301)), "without a Location"),
        (seen(exchange("Location: /a", "Location: /b", status=302)), "Locations that differ"), (seen(exchange("Location: /a", status=300)), "no redirect that can be followed"),
        (seen(exchange(status=304)), "304 Said"),
    ],
)  # fmt: skip
def test_what_a_status_says(observation: Observation, said: str) -> None:
    assert said in finding_of("unexpected-status", observation).message


@pytest.mark.parametrize(
    ("left", "severity", "said"),
    [(-1, Severity.ERROR, "ended 1 second ago"), (0, Severity.ERROR, "ended"), (59, Severity.WARNING, "in 59 seconds"), (3_600, Severity.WARNING, "in 1 hour,"),
     (86_400 * 2, Severity.WARNING, "in 2 days"), (120, Severity.WARNING, "in 2 minutes")],
)  # fmt: skip
def test_how_long_a_signature_lasts(left: int, severity: Severity, said: str) -> None:
    finding = finding_of(
        "expiring-url", seen(signed=Signed(scheme="S3", ends_at=1_795_000_000.0 + left))
    )
    assert finding.severity is severity and said in finding.message


def policy(redirects: str) -> Profile:
    return replace(SINCH, fetch=replace(SINCH.fetch, redirects=redirects))


def test_what_a_redirect_means_is_the_profiles() -> None:
    one = seen(replace(exchange(), hops=moved("https://a.example/")))
    assert judge(one, policy("forbid")).outcome is Outcome.REJECT
    assert judge(one, policy("warn")).outcome is Outcome.ACCEPT
    assert rules_of(one, policy("allow")) == set()
