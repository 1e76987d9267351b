"""One small writer per report format, named in one table and imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TextIO

from ..errors import UsageError
from .base import Format, Look, Report, Run, Summary

__all__ = ["FORMATS", "Format", "Look", "Report", "Run", "Summary", "open_report"]

FORMATS: dict[str, str] = {
    "text": "terminal:Text",
    "json": "json_document:json",
    "jsonl": "json_lines:JsonLines",
    "junit": "junit:junit",
    "sarif": "sarif:sarif",
    "github": "github:github",
    "gitlab": "gitlab:gitlab",
    "markdown": "markdown:markdown",
    "checkstyle": "checkstyle:checkstyle",
    "prometheus": "prometheus:Prometheus",
    "har": "har:Har",
    "html": "html:Html",
}
"""The name of each format, and where its writer is: ``module:name`` inside this package."""


def open_report(name: str, out: TextIO, look: Look) -> Report:
    """Begin a report. Raises ``UsageError`` for a format that we do not have."""
    if name not in FORMATS:
        from ..nearest import nearest

        hint = nearest(name, list(FORMATS)) or f"; there are {', '.join(FORMATS)}"
        raise UsageError(f"there is no report format {name!r}{hint}")
    module, _, writer = FORMATS[name].partition(":")
    begin: Format = getattr(import_module(f".{module}", __name__), writer)
    return begin(out, look)
