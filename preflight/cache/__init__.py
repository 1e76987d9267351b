"""Verdicts of earlier runs, in one SQLite file that several processes may share."""

from __future__ import annotations

from .key import file_mark, key_prefix, profile_mark
from .memory import Memory
from .store import KEEP_S, REJECT_AGE_S, VerdictCache

__all__ = [
    "KEEP_S",
    "REJECT_AGE_S",
    "Memory",
    "VerdictCache",
    "file_mark",
    "key_prefix",
    "profile_mark",
]
