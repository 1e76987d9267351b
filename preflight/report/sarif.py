"""``sarif``: SARIF 2.1.0 as GitHub code scanning takes it.

GitHub refuses a whole file for one result without a location, or with one that is not a relative path; so every
result stands at the line of the file that named its URL, never at the URL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import quote

from .._version import __version__
from ..rules import BY_ID
from ..rules.explain import markdown
from ..verdict import Severity, Verdict
from . import shown
from .base import Look, Run
from .closing import is_whole
from .ink import RULES_PAGE
from .json_values import Value, text
from .kept import kept, with_findings_or_ignored
from .remarks import Remark, fingerprints, ignored, remarks, with_fix

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/mms-preflight/preflight"
_RESULTS = 5000  # GitHub keeps no more of a run
_DESCRIPTION = 1024  # characters of a full description, the same source
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _pieces(verdicts: list[Verdict], run: Run, look: Look) -> Iterator[str]:
    """The document: the worst 5,000 findings, and how many were left out."""
    found = remarks(verdicts, run, look) + ignored(verdicts, run, look)
    written = found[:_RESULTS]
    names = sorted({each.finding.rule for each in written})
    index = {name: number for number, name in enumerate(names)}
    driver = {
        "name": "preflight",
        "version": __version__,
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(name) for name in names],
    }
    only_run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"preflight/{shown.escaped(run.profile)}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(run, look, len(found) - len(written))],
        "results": [
            _result(each, index[each.finding.rule], fingerprint, look)
            for each, fingerprint in zip(written, fingerprints(written), strict=True)
        ],
    }
    yield text({"$schema": SCHEMA, "version": "2.1.0", "runs": [only_run]}) + "\n"


def _result(remark: Remark, index: int, fingerprint: str, look: Look) -> Value:
    finding = remark.finding
    message = f"{shown.words(finding.message, look)} ({remark.subject})"
    result: Value = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _no_links(with_fix(message, shown.words(finding.fix, look)))},
        "locations": [_location(remark, look)],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }
    if remark.reason is not None:
        reason = shown.words(remark.reason, look)
        result["suppressions"] = [{"kind": "external", "justification": reason}]
    return result


def _location(remark: Remark, look: Look) -> Value:
    path, line = shown.path_in_project(remark.source, look)
    region: Value = {"startLine": line}
    source = remark.source
    if source.column and line == source.line:
        region["startColumn"] = source.column
        if source.end and source.end > source.column:
            region |= {"endLine": line, "endColumn": source.end}
    return {
        "physicalLocation": {"artifactLocation": {"uri": _uri(path)}, "region": region},
        "logicalLocations": [{"fullyQualifiedName": remark.subject, "kind": "resource"}],
    }


def _uri(path: str) -> str:
    """A relative reference to the file by the bytes of its name, whatever they are."""
    try:
        return quote(os.fsencode(path))
    except UnicodeEncodeError:  # half a character, which no file of this machine's has in its name
        return quote(shown.escaped(path))


def _no_links(text: str) -> str:
    """Square brackets make a link in a SARIF message (section 3.11.6), unless a backslash stands before them."""
    if "](" not in text:
        return text
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _rule(name: str) -> Value:
    known = BY_ID.get(name)
    summary = known.summary if known else name.replace("-", " ")
    full = f"{summary} Why: {known.why}" if known else summary
    value: Value = {
        "id": name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": full[:_DESCRIPTION]},
        "help": {"text": full},
        "helpUri": f"{RULES_PAGE}#{quote(name)}",
    }
    if "-" in name:  # a name that only repeats the id is not allowed
        value["name"] = "".join(word.capitalize() for word in name.split("-"))
    if known:
        value["help"] = {"text": f"{full} Fix: {known.fix}", "markdown": markdown(known)}
        value["defaultConfiguration"] = {"level": _LEVELS[known.severity]}
        value["properties"] = {"tags": ["mms", "media", "hosting"], "precision": "very-high"}
    return value


def _invocation(run: Run, look: Look, left_out: int) -> Value:
    notes = [shown.words(note, look) for note in run.notes]
    if left_out:
        notes.append(
            f"{left_out:,} findings, the least severe, are left out: a run holds {_RESULTS:,}."
        )
    if not run.complete:
        notes.append("The run was interrupted; only what had finished by then is here.")
    value: Value = {
        "executionSuccessful": is_whole(run),
        "startTimeUtc": shown.instant(run.started_at),
        "endTimeUtc": shown.instant(run.started_at + run.elapsed_s),
    }
    if notes:
        value["toolExecutionNotifications"] = [
            {"level": "warning", "message": {"text": _no_links(note)}} for note in notes
        ]
    return value


sarif = kept(_pieces, with_findings_or_ignored)
