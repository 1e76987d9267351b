"""Sources of media URLs, one small reader a kind. ``read`` recognises the kind by content."""

from __future__ import annotations

from .base import FORMS, Entry, Options, is_url, meant_as_url
from .reading import read

__all__ = ["FORMS", "Entry", "Options", "is_url", "meant_as_url", "read"]
