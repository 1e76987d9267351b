"""How findings combine into an outcome, and what applies when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.answers import CHUNKED
from helpers.sight import SINCH, URL, exchange, failing, finding_of, rules_of, seen

from preflight.judging import Ignore, judge, judge_all
from preflight.observation import (
    Attempt,
    BodyEnd,
    Content,
    Decode,
    FailureKind,
    Observation,
    Purpose,
)  # fmt: skip
from preflight.target import Target
from preflight.verdict import Finding, Outcome, Severity, worst


def test_a_good_file_is_accepted_without_a_word() -> None:
    verdict = judge(seen(), SINCH)
    assert (verdict.outcome, verdict.findings, verdict.accepted) == (Outcome.ACCEPT, (), True)
    assert (verdict.media.declared_type, verdict.media.detected_type, verdict.media.length) == (
        "image/jpeg",
        "image/jpeg",
        1000,
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], Outcome.ACCEPT),
        ([Outcome.ACCEPT, Outcome.UNKNOWN], Outcome.UNKNOWN),
        ([Outcome.UNKNOWN, Outcome.REJECT, Outcome.ACCEPT], Outcome.REJECT),
    ],
)
def test_reject_outranks_unknown_outranks_accept(
    outcomes: list[Outcome], expected: Outcome
) -> None:
    assert worst(outcomes) is expected


def test_an_unknown_error_makes_the_outcome_unknown() -> None:
    assert judge(seen(failing(FailureKind.TIMEOUT)), SINCH).outcome is Outcome.UNKNOWN


def test_a_definite_error_beside_an_unknown_one_rejects() -> None:
    slow = exchange(*CHUNKED, end=BodyEnd.TIMEOUT)
    verdict = judge(
        seen(slow, content=Content(length=10, whole=False, detected_type="image/jpeg")), SINCH
    )
    assert verdict.outcome is Outcome.REJECT
    assert rules_of(seen(slow)) >= {"timeout", "chunked-transfer-encoding"}


@pytest.mark.parametrize("status", [403, 404, 301, 206])
def test_a_status_other_than_200_leaves_only_the_reach_rules(status: int) -> None:
    verdict = judge(
        seen(exchange("Content-Type: text/html", status=status, received=0), content=None), SINCH
    )
    assert [finding.rule for finding in verdict.findings] == ["unexpected-status"]


def test_many_are_judged_as_each_alone() -> None:
    gzip = exchange(*CHUNKED, purpose=Purpose.GZIP)
    kinds = [
        seen(), seen(exchange(*CHUNKED)), seen(failing(FailureKind.TIMEOUT)), seen(exchange(), gzip),
        seen(exchange(status=404, received=0), content=None), seen(exchange("Content-Type: image/png")),
        seen(content=Content(length=10, detected_type="text/html", document="a web page"), image=None),
    ]  # fmt: skip
    many = [
        replace(one, target=Target(url=f"{URL}?{number}")) for number, one in enumerate(3 * kinds)
    ]
    verdicts = judge_all(many, SINCH)
    assert verdicts == [judge(one, SINCH) for one in many]
    assert [verdict.url for verdict in verdicts] == [one.target.url for one in many]
    assert len({verdict.findings for verdict in verdicts}) > 4
    assert judge_all([], SINCH) == []


def test_what_is_ignored_of_many_depends_on_each() -> None:
    many = [
        replace(seen(exchange(*CHUNKED)), target=Target(url=f"{URL}?{number}"))
        for number in range(4)
    ]

    def ignoring(one: Observation) -> Ignore | None:
        return (lambda finding: one.target.url) if one.target.url.endswith(("1", "3")) else None

    verdicts = judge_all(many, SINCH, ignoring=ignoring)
    assert [verdict.accepted for verdict in verdicts] == [False, True, False, True]
    reasons = {ignored.reason for verdict in verdicts for ignored in verdict.ignored}
    assert reasons == {f"{URL}?1", f"{URL}?3"}


def test_rules_without_their_evidence_are_listed_with_the_reason() -> None:
    skipped = {one.rule: one.reason for one in judge(seen(), SINCH).skipped}
    assert skipped["too-many-pixels"] == "no image was seen"
    assert skipped["unstable-hosting"] == "only one request was answered"
    assert "chunked-transfer-encoding" not in skipped


def test_what_needs_the_whole_body_is_skipped_without_it() -> None:
    cut = seen(
        exchange(end=BodyEnd.LIMIT),
        content=Content(length=1000, whole=False, truncated="it ends early"),
    )
    assert {one.rule: one.reason for one in judge(cut, SINCH).skipped}[
        "truncated-media"
    ] == "the body was not wholly received"
    assert "truncated-media" not in rules_of(cut)


def test_one_finding_names_the_variants() -> None:
    gzip = exchange(*CHUNKED, "Content-Encoding: gzip", purpose=Purpose.GZIP, end=BodyEnd.DROPPED)
    message = finding_of("chunked-transfer-encoding", seen(exchange(), gzip)).message
    assert message.endswith(", in the answer to the request for gzip.")
    both = finding_of(
        "chunked-transfer-encoding",
        seen(exchange(*CHUNKED), replace(gzip, head=exchange(*CHUNKED).head)),
    )
    assert both.message.endswith(", in every answer.")


def test_where_there_was_no_answer_none_is_spoken_of() -> None:
    late = replace(failing(FailureKind.TIMEOUT), purpose=Purpose.GZIP)
    message = finding_of("timeout", seen(exchange(), late)).message
    assert message.endswith(", when asked for gzip.")
    message = finding_of("timeout", seen(failing(FailureKind.TIMEOUT), late)).message
    assert "asked" not in message and "every" not in message


def test_the_bare_url_is_judged_by_its_own_rule_only() -> None:
    bare = exchange(status=404, purpose=Purpose.BARE, end=None)
    found = judge(seen(exchange(), bare, target=Target(url=URL + "?x=1")), SINCH)
    assert [finding.rule for finding in found.findings] == ["query-dependent-media"]


def test_a_profile_changes_severities_and_switches_rules_off() -> None:
    odd = seen(
        exchange("Content-Type: image/jpeg", "Content-Length: 1000", "Content-Encoding: gzip")
    )
    strict = replace(SINCH, severities={"content-encoding-applied": Severity.ERROR})
    assert judge(odd, strict).outcome is Outcome.REJECT
    silent = replace(SINCH, severities={"content-encoding-applied": None})
    assert judge(odd, silent).findings == ()


def test_an_ignored_error_does_not_count() -> None:
    def ignore(finding: Finding) -> str | None:
        return "known" if finding.rule == "chunked-transfer-encoding" else None

    verdict = judge(seen(exchange(*CHUNKED)), SINCH, ignore=ignore)
    assert verdict.outcome is Outcome.ACCEPT
    assert [(one.finding.rule, one.reason) for one in verdict.ignored] == [
        ("chunked-transfer-encoding", "known")
    ]


def test_the_servers_own_setting_is_the_fix() -> None:
    fix = finding_of("chunked-transfer-encoding", seen(exchange(*CHUNKED, "X-Amz-Cf-Id: x"))).fix
    assert fix.startswith("CloudFront:")


def test_earlier_attempts_are_counted_and_never_judged() -> None:
    late = seen(attempts=(Attempt(detail="the answer was 503", elapsed_s=1.0),), elapsed_s=0.5)
    verdict = judge(late, SINCH)
    assert (verdict.outcome, verdict.attempts, verdict.elapsed_s) == (Outcome.ACCEPT, 2, 1.5)


def test_a_deep_check_that_could_not_be_made_is_listed() -> None:
    content = Content(
        length=1000,
        detected_type="image/jpeg",
        decode=Decode(decoder="PyAV", skipped="the extra is not installed"),
    )
    assert any(
        one.reason == "the extra is not installed"
        for one in judge(seen(content=content), SINCH).skipped
    )


def test_ignores_that_fit_nothing_leave_every_finding() -> None:
    verdict = judge(seen(exchange(*CHUNKED)), SINCH, ignore=lambda _: None)
    assert (verdict.outcome, verdict.ignored) == (Outcome.REJECT, ())


def test_more_profiles_than_are_remembered_judge_the_same() -> None:
    profiles = [replace(SINCH, name=f"p{number}") for number in range(130)]
    assert {judge(seen(exchange(*CHUNKED)), profile).outcome for profile in profiles} == {
        Outcome.REJECT
    }
