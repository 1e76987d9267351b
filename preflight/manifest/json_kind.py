"""Which kind of JSON a document is, from its beginning."""

from __future__ import annotations

import io

from .json_scan import Event, JsonError, scan

# What preflight writes itself, by keys that are always there: its URLs are masked, and were checked when they were written.
_RECORDING = frozenset({"recording", "preflight", "profile", "observation"})
_REPORTS = (
    frozenset({"schema", "preflight", "verdicts"}),  # json
    frozenset({"url", "outcome", "profile", "findings"}),  # jsonl
    frozenset({"$schema", "version", "runs"}),  # sarif
    frozenset({"check_name", "fingerprint", "location"}),  # gitlab
)
_HARS = ({"log", "log.entries"}, {"log", "log.version", "log.creator"})
_HAR_MAKER: list[str | int] = ["log", "creator", "name"]
_ACTIONS = frozenset({"savemms", "sendmms", "sendsavedmms"})


def json_kind(head: str, hint: str | None = None) -> str | None:
    """json, har, savemms or inventory; recording or report for what preflight itself wrote; None if it is no JSON.

    ``hint`` is har where the file is named so.
    """
    keys: set[str] = set()
    action = None
    try:
        # Where the document is cut inside a string, the line end that follows is none of its own, and no fault.
        for event in scan(io.StringIO(head.rstrip())):
            path = event.path[1:] if event.path and event.path[0] == 0 else event.path
            if _is_first_value(event, path) and len(path) <= 2:
                keys.add(".".join(str(part) for part in path))
            if path == _HAR_MAKER and event.text == "preflight":
                return "report"
            if path == ["action"] and event.kind == "string":
                action = normal(event.text)
            if event.kind in "}]" and not event.path and action not in _ACTIONS:
                break  # the first document says it
    except JsonError as error:
        if not error.cut:
            return None
    return _kind(keys, action, hint)


def _is_first_value(event: Event, path: list[str | int]) -> bool:
    return event.kind not in ("}", "]") and bool(path)


def _kind(keys: set[str], action: str | None, hint: str | None) -> str:
    if action in _ACTIONS:
        return "savemms"
    # The entries come last, and may begin behind many pages.
    if any(log <= keys for log in _HARS) or (hint == "har" and "log" in keys):
        return "har"
    if {"files", "fileSchema", "fileFormat"} & keys >= {"files", "fileSchema"}:
        return "inventory"
    if keys >= _RECORDING:
        return "recording"
    if any(keys >= report for report in _REPORTS):
        return "report"
    return "json"


def normal(name: str) -> str:
    """A vendor's name without what its generations spell differently: case, dashes, underscores."""
    return name.lower().replace("-", "").replace("_", "")
