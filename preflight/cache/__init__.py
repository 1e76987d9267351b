"""Verdicts of earlier runs, in one SQLite file that several processes may share."""

from __future__ import annotations

from .key import key_prefix
from .memory import Memory
from .store import KEEP_S, REJECT_AGE_S, VerdictCache

__all__ = ["KEEP_S", "REJECT_AGE_S", "Memory", "VerdictCache", "key_prefix"]
