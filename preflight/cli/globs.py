"""URL patterns of the settings file: ``*`` within a path segment, ``**`` across them; everything else is itself."""

from __future__ import annotations

import re
from functools import lru_cache


def fits(glob: str, url: str) -> bool:
    """Whether a pattern fits a whole URL."""
    return _pattern(glob).fullmatch(url) is not None


@lru_cache(maxsize=1024)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*+|\*)", glob)
    wild = {"**": ".*", "*": "[^/]*"}
    return re.compile("".join(wild.get(part[:2]) or re.escape(part) for part in parts), re.DOTALL)
