"""Whatever a server, a list or a gateway sends, a report is only text: no sink finds a command in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from preflight.observation import Failure, FailureKind, Observation
from preflight.report import FORMATS, Look, Run
from preflight.target import Source
from preflight.verdict import (
    Finding,
    Ignored,
    Media,
    MessageVerdict,
    Outcome,
    Severity,
    Skipped,
    Verdict,
)

PAYLOADS = (
    "\x1b[2J\x1b[31mred", "\x1b]0;title\x07", "\x1b]8;;https://evil.example\x1b\\x", "\x9b31m", "\rover",
    "\n::error::x", "\r\n  ::error file=a,line=1::x", "::warning::x", "  ::stop-commands::x", "##[error]x", "a ##[group]b",
    "####[debug]x", "\n##[endgroup]", "%0A::error::x", "::set-output name=a::b", ":: ::", "x\n\n::error::y",
    "\u202egnp.exe\u2066", "\u2028::error::x", "\u2029", "\x85::error::x", "\u200b\ufeff\u00ad", "\x00\x0b\x0c\x7f",
    "\ufffe\uffff", "\udce9\ud800", "\U000e0041", "<script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' x='",
    "]]>", "</testcase><testcase name='x'>", "&lol;", "|a|b|", "`code`", "``` \n# x", "[x](javascript:alert(1))",
    "![x](https://evil.example/p.png)", "<!-- x", "--> x", "<img src=x onerror=alert(1)>", "</details>", "@everyone hello",
    "=cmd|' /C calc'!A1", "+1", "-2", "@SUM(A1)", "\tx", "\\", "\\x1b[2J", "{0} %s %(x)s", "\"},{\"rule\":\"x",
)  # fmt: skip
TEXT_FORMATS = sorted(FORMATS)


def _commands(text: str) -> Iterator[str]:
    """What the GitHub runner would obey: both of its parsers, with every name registered."""
    for line in re.split(r"\r\n|\n|\r", text):
        stripped = line.lstrip()
        if stripped.startswith("::") and "::" in stripped[2:]:
            yield stripped
        elif (start := line.find("##[")) >= 0 and "]" in line[start:]:
            yield line


def test_the_two_parsers_find_commands() -> None:
    assert list(_commands("a\n  ::error::x\nb ##[error]x\n:: no\n##\\[x]")) == [
        "::error::x",
        "b ##[error]x",
    ]


def _hostile(
    payload: str,
    verdict_of: Callable[..., Verdict],
    observation_of: Callable[..., Observation],
    run_of: Callable[..., Run],
    chunked: Finding,
) -> tuple[list[tuple[Verdict, Observation]], Run]:
    finding = replace(
        chunked,
        message=f"the server said {payload}",
        fix=f"{payload} is not a fix",
        url=f"https://cdn.example.com/{payload}?a={payload}",
    )
    pairs = []
    for url in (payload, f"https://cdn.example.com/{payload}/x?{payload}={payload}#{payload}"):
        for shape in (replace(finding, message=payload), finding):
            verdict = verdict_of(
                url,
                shape,
                replace(shape, rule="redirected", severity=Severity.WARNING),
                ignored=(Ignored(finding=shape, reason=payload),),
                skipped=(Skipped(rule="too-many-pixels", reason=payload),),
                media=Media(declared_type=payload, detected_type=payload, length=1),
            )
            source = Source(file=f"dir/{payload}", line=2, column=1, end=9, pointer=payload)
            verdict = replace(verdict, target=replace(verdict.target, source=source))
            observation = observation_of(
                verdict, payload, [("Content-Type", payload), (payload, "x"), ("Location", payload)]
            )
            failure = Failure(kind=FailureKind.CLOSED, detail=payload)
            broken = replace(observation.exchanges[1], failure=failure, peer=payload)
            whole = (observation.exchanges[0], broken)
            pairs.append((verdict, replace(observation, exchanges=whole)))
    excused = replace(pairs[0][0], outcome=Outcome.ACCEPT, findings=())
    pairs.append((excused, pairs[0][1]))
    message = MessageVerdict(
        mms_id=payload,
        outcome=Outcome.REJECT,
        profile="sinch",
        findings=(finding,),
        media=tuple(verdict for verdict, _ in pairs),
    )
    verdicts = [verdict for verdict, _ in pairs]
    return pairs, replace(run_of(verdicts, (message,), notes=(payload,)), profile=payload)


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
def test_every_format_is_inert(
    payload: str,
    verdict_of: Callable[..., Verdict],
    observation_of: Callable[..., Observation],
    run_of: Callable[..., Run],
    chunked: Finding,
    rendered: Callable[..., str],
    tmp_path: Path,
) -> None:
    pairs, run = _hostile(payload, verdict_of, observation_of, run_of, chunked)
    for name in TEXT_FORMATS:
        for secrets in (False, True):
            summary = tmp_path / f"summary-{secrets}.md"
            look = Look(show_secrets=secrets, verbose=1, width=60, summary_file=str(summary))
            _inert(name, rendered(name, pairs, look, run), summary)


def _inert(name: str, text: str, summary: Path) -> None:
    text.encode("utf-8")
    plain = text
    if name == "github":  # names a file, as its runner reads it
        plain = re.sub(r"(?<=,file=)[^,\n]*", "", text)
        for path in re.findall(r",file=([^,\n]*)", text):
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069:]", path)
    assert [c for c in plain if not c.isprintable() and c != "\n"] == [], name
    ours = list(_commands(text))
    if name == "github":
        assert len(ours) == 9  # five errors (one is the message's) and four warnings
        assert all(re.match(r"::(error|warning) title=[a-z-]+", line) for line in ours)
        _inert_markdown(summary.read_text(encoding="utf-8"))
    else:
        assert ours == [], name
    _READERS.get(name, _no_reader)(text)


def _no_reader(text: str) -> None:
    assert text.endswith("\n")


def _inert_xml(text: str) -> None:
    root = etree.fromstring(text.encode("utf-8"))
    assert {element.tag for element in root.iter()} <= {
        *("testsuites", "testsuite", "properties", "property", "testcase"),
        *("failure", "error", "skipped", "system-out", "checkstyle", "file"),
    }


def _inert_json(text: str) -> None:
    assert text.isascii()
    assert all(value.isprintable() for value in _strings(json.loads(text)))


def _inert_lines(text: str) -> None:
    for line in text.splitlines():
        _inert_json(line)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            # The manual page of a rule, which is ours; the name of a file, which a reader of the report opens.
            if key not in ("markdown", "path"):
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _inert_markdown(text: str) -> None:
    """Take away code spans (by their fences) and our own tags and links: no live character may be left."""
    bare = re.sub(r"(?<![`\\])(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", text)
    bare = re.sub(r"</?(details( open)?|summary|code)>", "", bare)
    bare = re.sub(r"\[What it means\]\(https://github\.com/[a-z/.#-]+\)", "", bare)
    bare = re.sub(r"\\[\\`*_{}\[\]()<>#+!|~&$]", "", bare)
    assert re.search(r"[<>`\[\]]", bare) is None
    assert re.search(r"@\w|://|&(?!#8203;)", bare) is None
    rows = [line for line in bare.splitlines() if "|" in line]
    assert all(line.startswith("| ") and line.count("|") == 8 for line in rows)


_READERS: dict[str, Callable[[str], None]] = {
    "junit": _inert_xml,
    "checkstyle": _inert_xml,
    "json": _inert_json,
    "sarif": _inert_json,
    "gitlab": _inert_json,
    "har": _inert_json,
    "jsonl": _inert_lines,
    "markdown": _inert_markdown,
}


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_no_secret_leaves(
    name: str,
    verdict_of: Callable[..., Verdict],
    observation_of: Callable[..., Observation],
    run_of: Callable[..., Run],
    chunked: Finding,
    rendered: Callable[..., str],
    tmp_path: Path,
) -> None:
    url = "https://me:CANARY-1@cdn.example.com/eyJhbGciOi.CANARY_2x.CANARY/a.jpg?sig=CANARY-3#CANARY-4"
    finding = replace(chunked, url=url, message=f"sent on to {url}", fix=f"use {url} itself")
    verdict = verdict_of(url, finding, ignored=(Ignored(finding=finding, reason=url),))
    named = replace(verdict.target.source, file="a.json", pointer=f'["{url}"][0]')
    verdict = replace(verdict, target=replace(verdict.target, source=named))
    headers = [("Set-Cookie", "a=CANARY-5"), ("Location", "/x?sig=CANARY-6"), ("Link", f"<{url}>")]
    message = MessageVerdict(
        mms_id="1", outcome=Outcome.REJECT, profile="sinch", findings=(finding,), media=(verdict,)
    )
    observation = observation_of(verdict, f"see {url}", headers)
    summary = tmp_path / "summary.md"
    look = Look(verbose=2, summary_file=str(summary))
    run = run_of([verdict], (message,), notes=(f"cannot write {url}",))
    text = rendered(name, [(verdict, observation)], look, run)
    assert "CANARY" not in text
    assert "SECRET" not in text
    assert not summary.exists() or "CANARY" not in summary.read_text(encoding="utf-8")
