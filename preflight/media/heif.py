"""HEIC and AVIF: whether every top-level box is whole, and the largest picture's size (``ispe``); no more."""

from __future__ import annotations

from ..observation import Image
from .walk import MAX_ITEMS, Walk


def walk_heic(data: bytes, whole: bool) -> Walk:
    """Read an HEIC's or HEIF's boxes."""
    return _walk(data, whole, "heic")


def walk_avif(data: bytes, whole: bool) -> Walk:
    """Read an AVIF's boxes."""
    return _walk(data, whole, "avif")


def _walk(data: bytes, whole: bool, name: str) -> Walk:
    at, meta, media, truncated, overrun = 0, b"", False, None, None
    for _ in range(MAX_ITEMS):
        if at >= len(data):
            break
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        if size == 0 and len(kind) == 4:
            size = len(data) - at
        if kind in (b"meta", b"moov") and not meta:
            meta = data[at : at + size]
        media = media or kind == b"mdat"
        if at + size > len(data) or size < 8:
            truncated = f"the {name.upper()} data end inside a box"
            break
        at += size
    else:
        overrun = f"the {name.upper()} file has over {MAX_ITEMS:,} boxes"
    if truncated is None and overrun is None and not media and b"idat" not in meta:
        truncated = f"the {name.upper()} data end before the picture"
    width, height = _largest(meta)
    unmet = whole and not (width or truncated or overrun)
    problem = "no box tells its size" if unmet else None
    image = Image(
        format=name, width=width or None, height=height or None, mode="rgb", problem=problem
    )
    return Walk(image=image, truncated=truncated if whole else None, overrun=overrun)


def _largest(meta: bytes) -> tuple[int, int]:
    """The largest of the spatial extents (ISO/IEC 23008-12 section 6.5.3), which is that of the picture shown."""
    best, at = (0, 0), meta.find(b"ispe")
    for _ in range(1000):
        if at < 0:
            break
        size = int.from_bytes(meta[at + 8 : at + 12]), int.from_bytes(meta[at + 12 : at + 16])
        best = max(best, size, key=lambda pair: pair[0] * pair[1])
        at = meta.find(b"ispe", at + 4)
    return best
