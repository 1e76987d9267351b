"""For other programs: check URLs, require that they are good, guard a send. Installs nothing global and prints nothing."""

from __future__ import annotations

from .calls import check, check_async, require, require_async
from .cap import MAX_FETCHES
from .decorator import requires_preflight
from .guard import Guard
from .observability import Instrument, opentelemetry_spans, prometheus_metrics

__all__ = [
    "MAX_FETCHES", "Guard", "Instrument", "check", "check_async", "opentelemetry_spans", "prometheus_metrics", "require",
    "require_async", "requires_preflight",
]  # fmt: skip
