"""Many URLs at once: what is to be done (``Job``), and doing it on one event loop (``run``)."""

from __future__ import annotations

from .job import Job, run
from .scheduler import Audit, Pace, origin_of

__all__ = ["Audit", "Job", "Pace", "origin_of", "run"]
