"""The report for people: why, what was seen, what to do; its width, marks and last line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from preflight.observation import Failure, FailureKind, Observation, Purpose
from preflight.report import Look, Run, open_report
from preflight.verdict import (
    Finding,
    Ignored,
    Media,
    MessageVerdict,
    Outcome,
    Severity,
    Verdict,
)

Verdicts = Callable[..., Verdict]


Rendered = Callable[..., str]


ESCAPE = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


def test_a_rejected_url_says_why_what_was_seen_and_what_to_do(
    verdict_of: Verdicts,
    chunked: Finding,
    observation_of: Callable[..., Observation],
    rendered: Rendered,
) -> None:
    verdict = verdict_of("https://cdn.example.com/a.jpg?sig=abc", chunked)
    text = rendered("text", [(verdict, observation_of(verdict))], Look(width=200))
    assert text.splitlines()[:4] == [
        "\u2717 rejected  https://cdn.example.com/a.jpg?sig=***  media.txt:3",
        "    error chunked-transfer-encoding: "
        "the answer to a request for gzip has Transfer-Encoding: chunked",
        "      seen: HTTP/1.1 200 OK | Server: nginx/1.22 | Content-Type: image/jpeg "
        "| Transfer-Encoding: chunked (asked for gzip)",
        "      fix:  switch off compression on the fly for image/jpeg",
    ]


@pytest.mark.parametrize(
    ("media", "shown"),
    [
        (Media(declared_type="image/png", length=26221, width=3, height=4), "image/png, 26.2 KB, 3x4"),
        (Media(detected_type="audio/amr", length=999, duration_s=12.34), "audio/amr, 999 bytes, 12.3 s"),
        (Media(length=0), "0 bytes"),
        (Media(declared_type="image/gif", width=3), "image/gif"),
    ],
)  # fmt: skip
def test_an_accepted_url_is_one_line(
    media: Media, shown: str, verdict_of: Verdicts, rendered: Rendered
) -> None:
    line = rendered("text", [verdict_of("http://a/b", media=media)]).splitlines()[0]
    assert line == f"\u2713 accepted  http://a/b  media.txt:3  {shown}"


def test_a_failure_is_told_in_our_words(
    verdict_of: Verdicts,
    chunked: Finding,
    observation_of: Callable[..., Observation],
    rendered: Rendered,
) -> None:
    verdict = verdict_of("http://a/b", replace(chunked, rule="unreachable-host"))
    observation = observation_of(verdict)
    failure = Failure(kind=FailureKind.REFUSED, detail="203.0.113.7:80 refused the connection")
    broken = replace(observation.exchanges[0], head=None, failure=failure)
    text = rendered("text", [(verdict, replace(observation, exchanges=(broken,)))])
    assert "unreachable-host: " in text
    assert "seen:" not in text  # the message is all that there is to say


def test_worst_first_then_by_place(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    late = replace(chunked, rule="timeout", unknown=True)
    pairs = [
        verdict_of("http://a/ok", line=1),
        verdict_of("http://b/unknown", late, line=2),
        verdict_of("http://c/second", chunked, line=11),
        verdict_of("http://d/first", chunked, line=9),
        verdict_of("http://e/other-file", chunked, file="n.txt", line=1),
    ]
    text = rendered("text", pairs)
    order = ["d/first", "c/second", "e/other-file", "b/unknown", "a/ok"]
    assert re.findall(r"http://(\S+)  ", text) == order


def _many(verdict_of: Verdicts, finding: Finding, host: str, number: int) -> list[Verdict]:
    return [
        verdict_of(
            f"https://{host}/{n}.jpg",
            replace(finding, message=f"{n * 1000} bytes is wrong"),
            line=n,
        )
        for n in range(1, number + 1)
    ]


def test_the_same_fault_of_a_host_is_told_once(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    pairs = _many(verdict_of, chunked, "cdn.example.com", 42)
    pairs += _many(verdict_of, chunked, "img.example.com:8443", 3)
    pairs += _many(verdict_of, replace(chunked, rule="empty-content"), "cdn.example.com", 2)
    text = rendered("text", pairs, Look(width=400))
    assert "    and 41 more on cdn.example.com: media.txt:2, media.txt:3," in text
    assert "    and 2 more on img.example.com:8443: media.txt:2, media.txt:3\n" in text
    assert text.count("error empty-content:") == 2
    assert text.count("error chunked-transfer-encoding:") == 2
    verbose = rendered("text", pairs, Look(verbose=1))
    assert "more on" not in verbose
    assert verbose.count("error chunked-transfer-encoding:") == 45


def test_many_accepted_urls_are_counted_not_listed(
    verdict_of: Verdicts, rendered: Rendered
) -> None:
    pairs = [verdict_of(f"http://a/{n}.jpg", line=n) for n in range(1, 201)]
    text = rendered("text", pairs)
    assert text.count("\u2713 accepted") == 50
    assert "and 150 more without a finding (-v lists them)" in text
    assert rendered("text", pairs, Look(verbose=1)).count("\u2713 accepted") == 200


def test_quiet_shows_only_what_is_not_accepted(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    warned = replace(chunked, rule="redirected", severity=Severity.WARNING)
    pairs = [
        verdict_of("http://a/fine"),
        verdict_of("http://a/warned", warned),
        verdict_of("http://a/bad", chunked),
    ]
    text = rendered("text", pairs, Look(quiet=True))
    assert re.findall(r"http://a/(\w+)", text) == ["bad"]
    assert "3 checked: 1 rejected, 2 accepted (1 error, 1 warning)" in text


@pytest.mark.parametrize("width", [1, 40, 60, 100])
def test_lines_keep_to_the_width(
    width: int,
    verdict_of: Verdicts,
    chunked: Finding,
    observation_of: Callable[..., Observation],
    rendered: Rendered,
) -> None:
    verdict = verdict_of("https://cdn.example.com/" + "x/" * 100 + "photo.jpg", chunked)
    text = rendered("text", [(verdict, observation_of(verdict))], Look(width=width, terminal=True))
    title, *rest = text.splitlines()
    assert "photo.jpg  media.txt:3" in title
    findings = rest[: rest.index("")]
    assert max(len(line) for line in [title, *findings]) <= max(width, 60)
    assert "x/" * 100 in rendered("text", [verdict], Look(width=width, verbose=1))


def test_colour_and_links_change_nothing_else(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    pairs = [verdict_of("http://a/bad", chunked), verdict_of("http://a/fine", line=4)]
    plain = rendered("text", pairs)
    assert "\x1b" not in plain
    vivid = rendered("text", pairs, Look(color=True, links=True))
    assert "\x1b[1;31m\u2717 rejected\x1b[0m" in vivid
    page = "https://github.com/mms-preflight/preflight/blob/main/docs/rules.md"
    assert f"\x1b]8;;{page}#chunked-transfer-encoding\x1b\\" in vivid
    assert ESCAPE.sub("", vivid) == plain
    assert "\x1b]8" not in rendered("text", pairs, Look(color=True))


def test_outcomes_differ_in_word_and_shape_where_the_stream_knows_no_marks(
    verdict_of: Verdicts, chunked: Finding, run_of: Callable[..., Run]
) -> None:
    verdicts = [verdict_of("http://a/b\u00f6se", chunked), verdict_of("http://a/fine", line=4)]
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    report = open_report("text", out, Look())
    for verdict in verdicts:
        report.add(verdict, None)
    report.finish(run_of(verdicts))
    text = raw.getvalue().decode("ascii")
    assert "x rejected  http://a/b\\xf6se" in text
    assert "+ accepted  http://a/fine" in text


@pytest.mark.parametrize(
    ("kinds", "exit_code", "complete", "ending"),
    [
        ("", None, True, "exit code 0: nothing was checked"),
        ("a", None, True, "exit code 0: everything was accepted"),
        ("ar", None, True, "exit code 1: rejected media will not be delivered"),
        ("au", None, True, "exit code 3: nothing was rejected, but something could not be told"),
        ("ru", None, True, "exit code 1: rejected media will not be delivered"),
        ("a", 1, True, "exit code 1: nothing was rejected, but there are findings at or above"),
        ("ar", None, False, "exit code 130: interrupted"),
        ("ar", 1, False, "exit code 1: interrupted"),
        ("a", 2, True, "exit code 2: not everything could be checked"),
        ("a", 2, False, "exit code 2: not everything could be checked"),
    ],
)
def test_the_last_line_says_what_the_exit_code_means(
    kinds: str,
    exit_code: int | None,
    complete: bool,
    ending: str,
    verdict_of: Verdicts,
    chunked: Finding,
    rendered: Rendered,
    run_of: Callable[..., Run],
) -> None:
    findings = {"a": (), "r": (chunked,), "u": (replace(chunked, unknown=True),)}
    verdicts = [verdict_of(f"http://a/{kind}", *findings[kind]) for kind in kinds]
    run = run_of(verdicts, exit_code=exit_code, complete=complete)
    assert rendered("text", verdicts, run=run).splitlines()[-1].startswith(ending)
    inner = rendered("text", verdicts, run=replace(run, final=False)).splitlines()[-1]
    assert inner.startswith(ending.partition(": ")[2])


def test_notes_ignores_cache_tries_and_messages(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    ignored = (Ignored(finding=chunked, reason="origin move, ticket 4711"),)
    verdicts = [
        verdict_of("http://a/b", ignored=ignored, from_cache_s=7300.0),
        verdict_of("http://a/c", replace(chunked, unknown=True), line=4, attempts=3),
    ]
    subject = replace(chunked, rule="subject-too-long", message="87 characters", fix="shorten it")
    message = MessageVerdict(
        mms_id="35674",
        outcome=Outcome.REJECT,
        profile="sinch",
        findings=(subject,),
        media=tuple(verdicts),
    )
    run = run_of(verdicts, (message,), notes=("the ignore for http://a/** has expired",))
    text = rendered("text", verdicts, run=run)
    assert "320x240  from cache, 2 h old" in text
    assert "media.txt:4  3 tries" in text
    assert "\u2717 rejected  message 35674  media: 1 unknown, 1 accepted\n" in text
    assert "    error subject-too-long: 87 characters\n      fix:  shorten it\n" in text
    assert "(1 error, 0 warnings, 1 finding ignored)" in text
    assert "profile sinch, 1.2 s, 1 from cache, the oldest 2 h old" in text
    assert "\nnote: the ignore for http://a/** has expired\n" in text
    assert "ticket 4711" not in text
    verbose = rendered("text", verdicts, Look(verbose=1), run)
    assert "    ignored chunked-transfer-encoding: origin move, ticket 4711" in verbose


def test_each_finding_shows_the_exchange_that_it_is_about(
    verdict_of: Verdicts,
    chunked: Finding,
    observation_of: Callable[..., Observation],
    rendered: Rendered,
) -> None:
    mismatch = replace(chunked, rule="media-type-mismatch", url="http://a/b")
    bare = replace(chunked, rule="query-dependent-media", url="http://a/b")
    verdict = verdict_of("http://a/b?c=1", mismatch, bare)
    observation = observation_of(verdict)
    exchanges = (
        *observation.exchanges,
        replace(observation.exchanges[0], purpose=Purpose.BARE, url="http://a/b"),
    )
    text = rendered("text", [(verdict, replace(observation, exchanges=exchanges))], Look(width=300))
    assert len(re.findall(r"seen: .* \(asked without the query\)", text)) == 1


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7199, "2 h"), (90_000, "25 h"), (200_000, "2 days")],
)
def test_ages(seconds: float, age: str, verdict_of: Verdicts, rendered: Rendered) -> None:
    assert f"from cache, {age} old" in rendered("text", [verdict_of(from_cache_s=seconds)])


def test_urls_without_a_host_are_grouped_too(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    invalid = replace(chunked, rule="invalid-url", message="no host")
    pairs = [verdict_of(f"http://[{n}", invalid, file=None) for n in range(4)]
    text = " ".join(rendered("text", pairs).split())
    assert "and 3 more: <unparsable URL, 9 characters>, <unparsable URL, 9 characters>," in text


def test_no_rejected_url_goes_unnamed(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    pairs = [
        verdict_of(f"https://a.example/{n}.jpg?k=SECRET", chunked, file=None) for n in range(9)
    ]
    text = " ".join(rendered("text", pairs).split())
    assert "and 8 more on a.example: https://a.example/1.jpg?k=***," in text
    assert "https://a.example/6.jpg?k=***, ... (-v lists them)" in text
    for n in range(9):
        assert f"https://a.example/{n}.jpg?k=***" in rendered("text", pairs, Look(verbose=1))


def test_only_what_is_mended_alike_is_told_once(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    fixes = [f"{server}: write this." for server in ("nginx", "Apache", "IIS") for _ in range(4)]
    pairs = [
        verdict_of(f"https://a.example/{n}.jpg", replace(chunked, fix=fix))
        for n, fix in enumerate(fixes)
    ]
    text = " ".join(rendered("text", pairs).split())
    assert [text.count(f"fix: {server}: write this.") for server in ("nginx", "Apache", "IIS")] == [
        1,
        1,
        1,
    ]
    assert text.count("and 3 more on a.example:") == 3


def test_a_long_url_is_cut_on_a_terminal_alone(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    url = f"https://cdn.example.com/{'campaign/' * 20}a.jpg"
    pairs = [verdict_of(url, chunked)]
    assert url in rendered("text", pairs, Look(width=80))
    shown = rendered("text", pairs, Look(width=80, terminal=True))
    assert url not in shown and "https://cdn.example.com/campai" in shown and "n/a.jpg" in shown


def test_quiet_leaves_accepted_messages_out(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered, run_of: Callable[..., Run]
) -> None:
    messages = tuple(
        MessageVerdict(mms_id=name, outcome=outcome, profile="sinch")
        for name, outcome in (("1", Outcome.ACCEPT), ("2", Outcome.UNKNOWN), (None, Outcome.REJECT))
    )
    run = run_of([], messages)
    loud, quiet = rendered("text", [], run=run), rendered("text", [], Look(quiet=True), run)
    assert re.findall("message (.+?)  ", loud) == ["1", "2", "number 3"]
    assert re.findall("message (.+?)  ", quiet) == ["2", "number 3"]


def test_a_finding_without_a_fix_has_no_fix_line(
    verdict_of: Verdicts, chunked: Finding, rendered: Rendered
) -> None:
    text = rendered("text", [verdict_of("http://a/b", replace(chunked, fix=""))])
    assert "fix:" not in text


def test_a_finding_that_no_exchange_shows_is_shown_the_one_at_its_url(
    verdict_of: Verdicts,
    chunked: Finding,
    observation_of: Callable[..., Observation],
    rendered: Rendered,
) -> None:
    verdict = verdict_of("http://a/b", replace(chunked, rule="malformed-response"))
    text = rendered("text", [(verdict, observation_of(verdict))], Look(width=200))
    assert re.search(r"seen: HTTP/1.1 200 OK .* Content-Length: 26221$", text, re.MULTILINE)
