"""Many URLs at once: what is to be done (``Job``), and doing it on one event loop (``run``)."""

from __future__ import annotations

from .batch import MOST
from .feed import SOURCE_THREAD, each, read_in_thread
from .hosts import Pace, origin_of
from .job import Job, Lookout, fetches_at_once, observe_each, run
from .once import Once
from .scheduler import Audit
from .spill import STREAM_WINDOW, Spill
from .trouble import Pass

__all__ = [
    "MOST",
    "SOURCE_THREAD",
    "STREAM_WINDOW",
    "Audit",
    "Job",
    "Lookout",
    "Once",
    "Pace",
    "Pass",
    "Spill",
    "each",
    "fetches_at_once",
    "observe_each",
    "origin_of",
    "read_in_thread",
    "run",
]
