"""Spans and metrics: what they say, what they hide, and a missing extra."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers.command import Stage
from helpers.sight import SINCH
from helpers.sight import seen as sight
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import preflight
from preflight import Guard, UsageError, judge, opentelemetry_spans, prometheus_metrics
from preflight.observation import Attempt

LOOPBACK = ["127.0.0.0/8"]


def test_a_span_for_each_url_under_the_callers_own(stage: Stage) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = opentelemetry_spans(provider)
    urls = [stage.url("/good.jpg?token=s3cr3t"), stage.url("/404.jpg"), "not a URL"]
    with provider.get_tracer("test").start_as_current_span("send") as parent:
        preflight.check(urls, allow_networks=LOOPBACK, depth="quick", instruments=[spans])
    good, missing, wrong, _ = exporter.get_finished_spans()
    assert {span.name for span in (good, missing, wrong)} == {"preflight.check"}
    for span in (good, missing, wrong):
        assert span.parent is not None
        assert span.parent.span_id == parent.get_span_context().span_id
        assert span.start_time is not None
        assert span.end_time is not None
        assert 0 <= span.end_time - span.start_time < 20e9
    assert good.attributes is not None
    assert missing.attributes is not None
    assert wrong.attributes is not None
    port = stage.hosting.port
    assert dict(good.attributes) == {
        "url.full": f"http://127.0.0.1:{port}/good.jpg?token=***", "url.scheme": "http", "server.address": "127.0.0.1",
        "server.port": port, "http.request.method": "GET", "http.response.status_code": 200,
        "http.response.body.size": good.attributes["http.response.body.size"], "preflight.outcome": "accept",
        "preflight.profile": "sinch", "preflight.rules": (), "preflight.attempts": 1, "preflight.cached": False,
    }  # fmt: skip
    assert good.status.is_unset
    assert (missing.attributes["http.response.status_code"], missing.status.description) == (
        404,
        "unexpected-status",
    )
    assert not missing.status.is_ok
    assert "server.address" not in wrong.attributes


def test_a_span_ends_when_the_last_attempt_did_and_is_as_long_as_all_of_them() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    seen = replace(
        sight(), observed_at=1_000.0, elapsed_s=0.25,
        attempts=(Attempt(detail="503", elapsed_s=2.0), Attempt(detail="503", elapsed_s=0.75)),
    )  # fmt: skip
    opentelemetry_spans(provider)(judge(seen, SINCH), seen)
    (span,) = exporter.get_finished_spans()
    assert (span.start_time, span.end_time) == (997_250_000_000, 1_000_250_000_000)


def test_a_verdict_from_a_cache_is_a_span_too_and_says_so(stage: Stage) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))

    async def scene() -> None:
        options = {
            "max_age": 60.0,
            "allow_networks": LOOPBACK,
            "instruments": [opentelemetry_spans(provider)],
        }
        async with Guard(**options) as guard:  # type: ignore[arg-type]
            for _ in range(2):
                await guard.check([stage.url("/good.jpg")])

    asyncio.run(scene())
    cached = [
        span.attributes["preflight.cached"]
        for span in exporter.get_finished_spans()
        if span.attributes
    ]
    assert cached == [False, True]


def test_metrics_in_the_callers_registry(stage: Stage) -> None:
    registry = CollectorRegistry()
    metrics = prometheus_metrics(registry)

    async def scene() -> None:
        async with Guard(
            allow_networks=LOOPBACK, depth="quick", max_age=60, instruments=[metrics],
            ignore=lambda finding: "known" if finding.rule == "chunked-transfer-encoding" else None,
        ) as guard:  # fmt: skip
            for _ in range(2):
                await guard.check(
                    [stage.url(path) for path in ("/good.jpg", "/404.jpg", "/chunked.jpg")]
                )

    asyncio.run(scene())

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    for cached in ("no", "yes"):
        assert (
            value("preflight_checks_total", profile="sinch", outcome="accept", cached=cached) == 2
        )
        assert (
            value("preflight_checks_total", profile="sinch", outcome="reject", cached=cached) == 1
        )
    assert value("preflight_findings_total", rule="unexpected-status", severity="error") == 2
    assert value("preflight_ignored_total", rule="chunked-transfer-encoding") == 2
    assert value("preflight_check_seconds_count") == 3
    with pytest.raises(UsageError, match="has the metrics of preflight already"):
        prometheus_metrics(registry)


@pytest.mark.parametrize(
    ("make", "extra"),
    [
        (opentelemetry_spans, "otel"),
        (lambda: prometheus_metrics(CollectorRegistry()), "prometheus"),
    ],
)
def test_a_missing_extra_is_one_sentence_with_the_line_to_install_it(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], object], extra: str
) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: object, **named: object) -> object:
        if name.partition(".")[0] in ("opentelemetry", "prometheus_client"):
            raise ImportError(name)
        return real(name, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(UsageError, match=rf"pip install 'mms-preflight\[{extra}\]'"):
        make()
