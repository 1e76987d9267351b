"""``junit``: a suite a source, a case a URL; within Jenkins' junit-10.xsd, which not every reader goes beyond."""

from __future__ import annotations

from itertools import groupby
from typing import TextIO
from xml.etree.ElementTree import Element, SubElement

from ..observation import Observation
from ..verdict import Finding, MessageVerdict, Outcome, Severity, Verdict
from . import markup, shown
from .base import Look, Run
from .closing import counts_line
from .order import by_place, finding_rank
from .remarks import message_name

_ELEMENTS = {Outcome.REJECT: "failure", Outcome.UNKNOWN: "error"}


class JUnit:
    """Keeps the verdicts: a suite names its counts first."""

    def __init__(self, out: TextIO, look: Look) -> None:
        self._out = out
        self._look = look
        self._verdicts: list[Verdict] = []

    def add(self, verdict: Verdict, observation: Observation | None) -> None:
        """Keep one verdict."""
        self._verdicts.append(verdict)

    def finish(self, run: Run) -> None:
        """Write the document."""
        root = Element("testsuites", name="preflight", time=f"{run.elapsed_s:.3f}")
        by_source = groupby(sorted(self._verdicts, key=by_place), key=self._suite_name)
        for name, verdicts in by_source:
            self._suite(root, name, run, [self._case(each, name) for each in verdicts])
        if run.messages:
            cases = [self._message(each) for each in run.messages]
            self._suite(root, "messages", run, cases)
        for key in ("tests", "failures", "errors"):
            root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
        markup.write(self._out, root)

    def _suite_name(self, verdict: Verdict) -> str:
        source = verdict.target.source
        name = shown.file(source, self._look)
        return name or ("standard input" if source.file else "command line")

    def _suite(self, root: Element, name: str, run: Run, cases: list[Element]) -> None:
        suite = SubElement(
            root, "testsuite", name=name, timestamp=shown.instant(run.started_at)[:-1]
        )
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
            SubElement(properties, "property", name="note", value=shown.words(note, self._look))
        suite.extend(cases)

    def _case(self, verdict: Verdict, suite: str) -> Element:
        case = Element("testcase", name=shown.url(verdict.url, self._look), classname=suite)
        case.set("time", f"{verdict.elapsed_s:.3f}")
        place = shown.place(verdict.target.source, self._look)
        self._result(case, verdict, f"at {place}" if place else "")
        return case

    def _message(self, verdict: MessageVerdict) -> Element:
        case = Element("testcase", name=message_name(verdict), classname="messages", time="0.000")
        media = ", ".join(
            f"{each.outcome} {shown.url(each.url, self._look)}" for each in verdict.media
        )
        self._result(case, verdict, f"media: {media}" if media else "")
        return case

    def _result(self, case: Element, verdict: Verdict | MessageVerdict, place: str) -> None:
        look, findings = self._look, sorted(verdict.findings, key=finding_rank)
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
