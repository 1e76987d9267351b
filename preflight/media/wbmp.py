"""WBMP, the wireless bitmap of WAP-237: one bit a pixel, and no checksum."""

from __future__ import annotations

from ..observation import Image
from .structure import wbmp_size
from .walk import Walk


def walk_wbmp(data: bytes, whole: bool) -> Walk:
    """The size of a wireless bitmap; its length has been proved by identification."""
    width, height = wbmp_size(data) or (None, None)
    problem = "its length does not fit its size" if whole and width is None else None
    return Walk(
        image=Image(format="wbmp", width=width, height=height, mode="gray", problem=problem)
    )
