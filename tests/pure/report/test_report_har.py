from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from preflight.observation import Failure, FailureKind, Observation, Timing
from preflight.report import Look
from preflight.verdict import Finding, Verdict

Verdicts = Callable[..., Verdict]
Observations = Callable[..., Observation]
Rendered = Callable[..., str]


def _log(text: str) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert set(log["creator"]) == {"name", "version"}
    for entry in log["entries"]:
        _check_entry(entry)
    return log


def _check_entry(entry: dict[str, Any]) -> None:
    """What HAR 1.2 asks of an entry."""
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= set(entry)
    assert {
        *("method", "url", "httpVersion", "cookies", "headers"),
        *("queryString", "headersSize", "bodySize"),
    } == set(entry["request"])
    assert {
        *("status", "statusText", "httpVersion", "cookies", "headers"),
        *("content", "redirectURL", "headersSize", "bodySize"),
    } == set(entry["response"])
    assert {"size", "mimeType"} == set(entry["response"]["content"])
    timings = entry["timings"]
    assert min(timings[key] for key in ("send", "wait", "receive")) >= 0
    phases = [value for key, value in timings.items() if key != "ssl" and value > 0]
    assert round(sum(phases), 3) == entry["time"]


def test_a_media_type_and_a_failure_are_masked_as_everything_else(
    verdict_of: Verdicts, observation_of: Observations, rendered: Rendered
) -> None:
    verdict = verdict_of()
    seen = observation_of(verdict)
    first = seen.exchanges[0]
    assert first.head is not None
    head = replace(first.head, fields=(("Content-Type", 'image/jpeg; src="https://u:SECRET@h/?sig=SECRET"'),))  # fmt: skip
    failure = Failure(kind=FailureKind.CLOSED, detail="it said https://u:SECRET@h/?sig=SECRET")
    odd = replace(seen, exchanges=(replace(first, head=head, failure=failure),))
    text = rendered("har", [(verdict, odd)])
    last = _log(text)["entries"][-1]
    assert "SECRET" not in text
    assert last["response"]["content"]["mimeType"] == 'image/jpeg; src="https://***@h/?sig=***"'
    assert last["_preflight"]["failure"]["detail"] == "it said https://***@h/?sig=***"


def test_entries_are_exchanges_after_their_redirects(
    verdict_of: Verdicts, chunked: Finding, observation_of: Observations, rendered: Rendered
) -> None:
    verdict = verdict_of("https://cdn.example.com/a.jpg?sig=abc", chunked)
    log = _log(rendered("har", [(verdict, observation_of(verdict))]))
    hop, identity, hop2, gzip = log["entries"]
    assert hop["request"]["url"] == "http://cdn.example.com/a.jpg?old=***"
    assert hop["response"]["redirectURL"] == "https://cdn.example.com/a.jpg?sig=***"
    assert (hop["response"]["status"], hop2["response"]["status"]) == (301, 301)
    assert identity["request"]["queryString"] == [{"name": "sig", "value": "***"}]
    assert {"name": "Authorization", "value": "***"} in identity["request"]["headers"]
    assert identity["response"]["statusText"] == "OK"
    assert identity["response"]["content"] == {"size": 26221, "mimeType": "image/jpeg"}
    assert identity["serverIPAddress"] == "203.0.113.7"
    assert identity["startedDateTime"] == "2026-11-22T10:00:00.000+00:00"
    assert gzip["startedDateTime"] == "2026-11-22T10:00:00.101+00:00"
    assert identity["timings"] == {
        "blocked": -1,
        "dns": 1.0,
        "connect": 30.0,
        "ssl": 20.0,
        "send": 0,
        "wait": 30.0,
        "receive": 40.0,
    }
    assert identity["_preflight"]["findings"] == []
    (note,) = gzip["_preflight"]["findings"]
    assert (note["rule"], gzip["_preflight"]["purpose"]) == ("chunked-transfer-encoding", "gzip")


def test_a_failure_is_an_entry_with_status_0(
    verdict_of: Verdicts, observation_of: Observations, rendered: Rendered
) -> None:
    verdict = verdict_of("http://a/b")
    observation = observation_of(verdict)
    exchange = replace(
        observation.exchanges[0],
        hops=(),
        head=None,
        raw_head="",
        body=None,
        peer=None,
        timing=Timing(),
        failure=Failure(kind=FailureKind.REFUSED, detail="nobody listens"),
    )
    log = _log(rendered("har", [(verdict, replace(observation, exchanges=(exchange,)))]))
    (entry,) = log["entries"]
    assert entry["response"]["status"] == 0
    assert entry["_preflight"]["failure"] == {"kind": "refused", "detail": "nobody listens"}
    assert entry["timings"]["dns"] == -1


@pytest.mark.parametrize("private", [False, True])
def test_what_was_not_asked_for_has_no_entry(
    private: bool, verdict_of: Verdicts, observation_of: Observations, rendered: Rendered
) -> None:
    """A single URL that is none made the whole archive invalid; the redirects that led there were made."""
    verdict = verdict_of("http://a b/")
    seen = observation_of(verdict)
    kind = FailureKind.PRIVATE_ADDRESS if private else FailureKind.INVALID_URL
    failed = replace(
        seen.exchanges[0],
        url="http://a b/",
        request=seen.exchanges[0].request if private else "",
        raw_head="",
        head=None,
        body=None,
        failure=Failure(kind=kind, detail="why"),
    )
    led = replace(seen, exchanges=(failed,))
    (entry,) = _log(rendered("har", [(verdict, led)]))["entries"]
    assert entry["request"]["url"] == "http://cdn.example.com/a.jpg?old=***"
    assert entry["_preflight"]["purpose"] == "redirect"
    assert entry["_preflight"]["failure"] == {"kind": kind.value, "detail": "why"}
    alone = replace(seen, exchanges=(replace(failed, hops=()),))
    offline = replace(seen, exchanges=(replace(failed, hops=(), request="", failure=None),))
    assert _log(rendered("har", [(verdict, alone), (verdict, offline)]))["entries"] == []


def test_a_verdict_without_an_observation_has_no_entry(
    verdict_of: Verdicts, rendered: Rendered
) -> None:
    assert _log(rendered("har", [verdict_of()]))["entries"] == []


def test_a_relative_location_keeps_its_path(
    verdict_of: Verdicts, observation_of: Observations, rendered: Rendered
) -> None:
    verdict = verdict_of()
    observation = observation_of(verdict)
    hop = replace(observation.exchanges[0].hops[0], location="/new/a.jpg?sig=abc")
    exchange = replace(observation.exchanges[0], hops=(hop,))
    pair = (verdict, replace(observation, exchanges=(exchange,)))
    assert _log(rendered("har", [pair]))["entries"][0]["response"]["redirectURL"] == (
        "/new/a.jpg?sig=***"
    )
    shown = _log(rendered("har", [pair], Look(show_secrets=True)))["entries"]
    assert shown[0]["response"]["redirectURL"] == "/new/a.jpg?sig=abc"
    assert {"name": "Authorization", "value": "Bearer SECRET"} in shown[1]["request"]["headers"]


def test_a_url_that_is_none_has_no_query(
    verdict_of: Verdicts, observation_of: Observations, rendered: Rendered
) -> None:
    verdict = verdict_of("http://[1/?a=b")
    look = Look(show_secrets=True)
    entries = _log(rendered("har", [(verdict, observation_of(verdict))], look))["entries"]
    assert entries[1]["request"]["queryString"] == []
