from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from preflight.report import Look, Run, open_report
from preflight.verdict import Finding, Ignored, MessageVerdict, Outcome, Severity, Verdict


def _samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None
            assert "url" not in sample.labels
            labels = {k: v for k, v in sample.labels.items() if k != "profile"}
            found[sample.name, tuple(sorted(labels.items()))] = sample.value
    return found


def test_gauges(
    verdict_of: Callable[..., Verdict],
    chunked: Finding,
    rendered: Callable[..., str],
    run_of: Callable[..., Run],
) -> None:
    moved = replace(chunked, rule="redirected", severity=Severity.WARNING)
    ignored = (Ignored(finding=chunked, reason="x"),)
    verdicts = [
        verdict_of("http://a/1", chunked, moved),
        verdict_of("http://a/2", moved, from_cache_s=5.0),
        verdict_of("http://a/3", ignored=ignored),
    ]
    message = MessageVerdict(
        mms_id="1", outcome=Outcome.REJECT, profile="sinch", findings=(chunked,), ignored=ignored
    )
    found = _samples(rendered("prometheus", verdicts, run=run_of(verdicts, (message,))))
    assert found["preflight_urls", (("outcome", "reject"),)] == 1
    assert found["preflight_urls", (("outcome", "accept"),)] == 2
    assert found["preflight_urls", (("outcome", "unknown"),)] == 0
    assert found["preflight_messages", (("outcome", "reject"),)] == 1
    labels = (("rule", "chunked-transfer-encoding"), ("severity", "error"))
    assert found["preflight_findings", labels] == 2
    assert found["preflight_findings", (("rule", "redirected"), ("severity", "warning"))] == 2
    assert found["preflight_ignored_findings", ()] == 2
    assert found["preflight_cached_urls", ()] == 1
    assert found["preflight_complete", ()] == 1
    assert found["preflight_duration_seconds", ()] == 1.2
    assert found["preflight_last_run_timestamp_seconds", ()] == 1_795_341_601.2


def test_gauges_of_an_interrupted_run_with_an_odd_name(
    rendered: Callable[..., str], run_of: Callable[..., Run]
) -> None:
    run = replace(run_of([], complete=False), profile='our "own"\\profile\n{x}')
    text = rendered("prometheus", [], run=run)
    assert _samples(text)["preflight_complete", ()] == 0
    profiles = {
        sample.labels.get("profile")
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert profiles == {'our "own"\\profile\\n{x}', None}


@pytest.mark.parametrize(
    ("encoding", "label"), [("utf-8", "g\u00e2teway \u4f60"), ("ascii", "g?teway ?")]
)
def test_a_label_has_no_escape_that_the_format_lacks(
    encoding: str, label: str, run_of: Callable[..., Run]
) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    report = open_report("prometheus", out, Look())
    report.finish(replace(run_of([]), profile="g\u00e2teway \u4f60"))
    text = raw.getvalue().decode(encoding)
    assert f'preflight_complete{{profile="{label}"}} 1\n' in text
    assert "\\" not in text
