"""Every path of the sandbox's hosting: the table that the server answers from and that the tests read."""

from __future__ import annotations

from .case import Case
from .framing import FRAMING
from .media import MEDIA
from .reach import REACH
from .servers import SERVERS
from .types import TYPES

__all__ = ["DEMO", "PATHS", "Case"]

PATHS: dict[str, Case] = {case.path: case for case in (*MEDIA, *FRAMING, *TYPES, *REACH, *SERVERS)}

# What the demo checks, in the order of its story.
DEMO = (
    "/good.jpg", "/good.mp3", "/good.mp4",
    "/chunked.jpg", "/chunked-when-gzip.jpg", "/no-length.jpg",
    "/octet-stream.bin", "/octet-stream.jpg", "/page.jpg",
    "/truncated.jpg", "/too-large.jpg", "/slow.jpg",
)  # fmt: skip
