"""``junit``: a suite a source, a case a URL; within Jenkins' junit-10.xsd, which not every reader goes beyond."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

from ..verdict import Finding, MessageVerdict, Outcome, Severity, Verdict
from . import markup, shown
from .base import Look, Run
from .closing import counts_line
from .kept import every_verdict, kept
from .order import by_place, finding_rank
from .remarks import message_name

_ELEMENTS = {Outcome.REJECT: "failure", Outcome.UNKNOWN: "error"}


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    root = Element("testsuites", name="preflight", time=f"{run.elapsed_s:.3f}")
    in_order = sorted(verdicts, key=by_place)
    for name, of_source in groupby(in_order, key=lambda each: _suite_name(each, look)):
        _suite(root, name, run, [_case(each, name, look) for each in of_source], look)
    if run.messages:
        _suite(root, "messages", run, [_message(each, look) for each in run.messages], look)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    yield markup.document(root)


def _suite_name(verdict: Verdict, look: Look) -> str:
    source = verdict.target.source
    name = shown.file(source, look)
    return name or ("standard input" if source.file else "command line")


def _suite(root: Element, name: str, run: Run, cases: list[Element], look: Look) -> None:
    suite = SubElement(root, "testsuite", name=name, timestamp=shown.instant(run.started_at)[:-1])
    suite.set("tests", str(len(cases)))
    for key, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(element) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    facts = {
        "profile": run.profile,
        "complete": str(run.complete).lower(),
        "run": counts_line(run),
    }
    properties = SubElement(suite, "properties")
    for key, value in facts.items():
        SubElement(properties, "property", name=key, value=shown.escaped(value))
    for note in run.notes:
        SubElement(properties, "property", name="note", value=shown.words(note, look))
    suite.extend(cases)


def _case(verdict: Verdict, suite: str, look: Look) -> Element:
    case = Element("testcase", name=shown.url(verdict.url, look), classname=suite)
    case.set("time", f"{verdict.elapsed_s:.3f}")
    place = shown.place(verdict.target.source, look)
    _result(case, verdict, f"at {place}" if place else "", look)
    return case


def _message(verdict: MessageVerdict, look: Look) -> Element:
    case = Element("testcase", name=message_name(verdict, look), classname="messages", time="0.000")
    media = ", ".join(f"{each.outcome} {shown.url(each.url, look)}" for each in verdict.media)
    _result(case, verdict, f"media: {media}" if media else "", look)
    return case


def _result(case: Element, verdict: Verdict | MessageVerdict, place: str, look: Look) -> None:
    findings = sorted(verdict.findings, key=finding_rank)
    lines = [line for each in findings for line in _lines(each, look)]
    excused = [each for each in verdict.ignored if each.finding.severity is Severity.ERROR]
    if element := _ELEMENTS.get(verdict.outcome):
        result = SubElement(
            case, element, type=shown.escaped(findings[0].rule) if findings else "media"
        )
        message = shown.words(findings[0].message, look) if findings else "see its media"
        result.set("message", message)
        result.text = "\n".join(line for line in (*lines, place) if line)
    elif excused:
        reasons = (
            f"{shown.escaped(each.finding.rule)}: {shown.words(each.reason, look)}"
            for each in excused
        )
        SubElement(case, "skipped", type="ignored", message="; ".join(reasons))
    elif lines:
        SubElement(case, "system-out").text = "\n".join((*lines, place))


def _lines(finding: Finding, look: Look) -> list[str]:
    first = (
        f"{finding.severity} {shown.escaped(finding.rule)}: {shown.words(finding.message, look)}"
    )
    return [first, f"fix: {shown.words(finding.fix, look)}"] if finding.fix else [first]


junit = kept(_pieces, every_verdict)
