"""What was checked, as OpenTelemetry spans and Prometheus metrics. Both libraries are extras, and imported here when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..observation import Observation
from ..text import mask_url, printable
from ..verdict import Verdict
from ..wire.url import Url, parse

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider
    from prometheus_client import CollectorRegistry

Instrument = Callable[[Verdict, Observation | None], object]
"""Called once for each verdict; without an observation where the verdict came from a cache."""

_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
_Attributes = dict[str, str | int | float | bool | list[str]]


def opentelemetry_spans(tracer_provider: TracerProvider | None = None) -> Instrument:
    """An instrument that makes a span ``preflight.check`` for each URL, under the caller's current span.

    It ends when the last attempt did, and is as long as all of them; the waits between them are not in it. A verdict from a cache is a moment.
    ``tracer_provider`` is the global one by default. URLs are masked. Raises UsageError where opentelemetry-api is not installed.
    """
    try:
        from opentelemetry import trace
    except ImportError:
        raise UsageError(
            "OpenTelemetry is not installed: pip install 'mms-preflight[otel]'"
        ) from None
    tracer = trace.get_tracer("preflight", tracer_provider=tracer_provider)

    def record(verdict: Verdict, observation: Observation | None) -> None:
        begun = ended = None
        if observation is not None:  # of the last attempt; the verdict's time covers all of them
            ended = int((observation.observed_at + observation.elapsed_s) * 1e9)
            begun = ended - int(verdict.elapsed_s * 1e9)
        span = tracer.start_span(
            "preflight.check", start_time=begun, attributes=_attributes(verdict, observation)
        )
        if not verdict.accepted:
            reason = verdict.findings[0].rule if verdict.findings else str(verdict.outcome)
            span.set_status(trace.Status(trace.StatusCode.ERROR, reason))
        span.end(ended)

    return record


def _attributes(verdict: Verdict, observation: Observation | None) -> _Attributes:
    """By the semantic conventions for HTTP clients where those have a name for it."""
    attributes: _Attributes = {
        "url.full": printable(mask_url(verdict.url), 2_000),
        "http.request.method": "GET",
        "preflight.outcome": str(verdict.outcome),
        "preflight.profile": verdict.profile,
        "preflight.rules": [finding.rule for finding in verdict.findings],
        "preflight.attempts": verdict.attempts,
        "preflight.cached": verdict.from_cache_s is not None,
    }
    url = parse(verdict.url)
    if isinstance(url, Url):
        attributes |= {
            "url.scheme": url.scheme,
            "server.address": url.host,
            "server.port": url.port,
        }
    status = observation.identity.status if observation else None
    if status is not None:
        attributes["http.response.status_code"] = status
    if verdict.media.length is not None:
        attributes["http.response.body.size"] = verdict.media.length
    return attributes


def prometheus_metrics(registry: CollectorRegistry) -> Instrument:
    """An instrument that counts verdicts and findings, and times the checks, in the caller's registry.

    ``preflight_checks_total`` (profile, outcome, cached), ``preflight_findings_total`` (rule, severity), ``preflight_ignored_total``
    (rule), ``preflight_check_seconds``. Raises UsageError where prometheus-client is not installed, or the registry has these already.
    """
    try:
        from prometheus_client import Counter, Histogram
    except ImportError:
        raise UsageError(
            "the Prometheus client is not installed: pip install 'mms-preflight[prometheus]'"
        ) from None
    try:
        checks = Counter(
            "preflight_checks", "URLs checked.", ("profile", "outcome", "cached"), registry=registry
        )
        findings = Counter(
            "preflight_findings", "Findings made.", ("rule", "severity"), registry=registry
        )
        ignored = Counter("preflight_ignored", "Findings ignored.", ("rule",), registry=registry)
        seconds = Histogram(
            "preflight_check_seconds", "Seconds a check took, all attempts.", buckets=_BUCKETS, registry=registry
        )  # fmt: skip
    except ValueError:
        raise UsageError("the registry has the metrics of preflight already") from None

    def record(verdict: Verdict, observation: Observation | None) -> None:
        cached = "yes" if verdict.from_cache_s is not None else "no"
        checks.labels(verdict.profile, str(verdict.outcome), cached).inc()
        for finding in verdict.findings:
            findings.labels(finding.rule, str(finding.severity)).inc()
        for one in verdict.ignored:
            ignored.labels(one.finding.rule).inc()
        if observation is not None:
            seconds.observe(verdict.elapsed_s)

    return record
